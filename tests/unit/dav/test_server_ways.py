"""Servers are recognised, and what they say in their own words is understood."""

from __future__ import annotations

from calendars.dav.refusals import refusal
from calendars.dav.servers import CYRUS, DAVICAL, NEXTCLOUD, SABRE, UNKNOWN, detect
from calendars.errors import UidConflict


def test_cyrus_is_not_taken_for_davical_whose_tokens_look_the_same() -> None:
    assert detect({"Server": "Cyrus-HTTP/3.6.1-Debian-3.6.1-4+deb12u5"}, "data:,1795415039-5") is CYRUS
    assert detect({}, "data:,1795415039-5") is CYRUS
    assert detect({}, "data:,17") is DAVICAL
    assert detect({"Server": "nginx"}) is UNKNOWN


def test_a_server_behind_a_proxy_that_spells_headers_in_small_letters_is_recognised() -> None:
    # As HAProxy 2.6 hands on what Nextcloud 32.0.1 answers to OPTIONS on its calendars.
    classes = "1, 3, extended-mkcol, access-control, nc-paginate, nextcloud-checksum-update, nc-calendar-search"
    assert detect({"dav": classes}) is NEXTCLOUD
    assert detect({"x-sabre-version": "4.7.0"}) is SABRE
    assert detect({"x-davical-version": "1.1.10"}) is DAVICAL
    assert detect({"server": "Cyrus-HTTP/3.6.1"}) is CYRUS


def test_a_uid_that_cyrus_has_in_another_calendar_is_a_taken_uid() -> None:
    body = (
        b'<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:unique-scheduling-object-resource/></D:error>'
    )
    assert isinstance(refusal("PUT", "/dav/calendars/user/lea/sorties/b.ics", 403, {}, body), UidConflict)
