"""Servers are recognised, and what they say in their own words is understood."""

from __future__ import annotations

from calendars.dav.refusals import refusal
from calendars.dav.servers import CYRUS, DAVICAL, UNKNOWN, detect
from calendars.errors import UidConflict


def test_cyrus_is_not_taken_for_davical_whose_tokens_look_the_same() -> None:
    assert detect({"Server": "Cyrus-HTTP/3.6.1-Debian-3.6.1-4+deb12u5"}, "data:,1795415039-5") is CYRUS
    assert detect({}, "data:,1795415039-5") is CYRUS
    assert detect({}, "data:,17") is DAVICAL
    assert detect({"Server": "nginx"}) is UNKNOWN


def test_a_uid_that_cyrus_has_in_another_calendar_is_a_taken_uid() -> None:
    body = (
        b'<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:unique-scheduling-object-resource/></D:error>'
    )
    assert isinstance(refusal("PUT", "/dav/calendars/user/lea/sorties/b.ics", 403, {}, body), UidConflict)
