"""Other accounts and groups: asked as Nextcloud 32.0.1, sabre/dav and DAViCal were seen to understand it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from calendars.dav import DavHome
from calendars.dav.account import Account
from calendars.dav.principals import Principal
from calendars.dav.servers import DAVICAL, NEXTCLOUD, ServerTraits
from tests.unit.dav.standin import Asked, StandIn, raw, standing_in

OURS = "/remote.php/dav/principals/users/service/"
ANNE = """<d:response><d:href>/remote.php/dav/principals/users/{id}/</d:href><d:propstat><d:prop>
<d:displayname>Anne</d:displayname>
<c:calendar-user-address-set><d:href>mailto:{mail}</d:href><d:href>{href}</d:href></c:calendar-user-address-set>
</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"""


def told(*responses: str) -> bytes:
    body = f"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"
        xmlns:s="http://sabredav.org/ns">{"".join(responses)}</d:multistatus>"""
    return raw(207, body.encode(), "application/xml; charset=utf-8")


def anne(id: str = "anne", mail: str = "Anne@example.org") -> str:
    return ANNE.format(id=id, mail=mail, href=OURS)


def home(server: StandIn, traits: ServerTraits = NEXTCLOUD) -> DavHome:
    return DavHome(server.transport(), Account(origin=server.origin, principal=OURS), traits)


def asking(answer: bytes) -> Callable[[Asked], bytes]:
    return lambda _: answer


@pytest.mark.parametrize(
    ("traits", "property"),
    [
        (NEXTCLOUD, "{http://sabredav.org/ns}email-address"),
        (DAVICAL, "{urn:ietf:params:xml:ns:caldav}calendar-user-address-set"),
    ],
)
def test_whose_address_it_is_is_asked_in_the_property_that_the_server_searches(traits: ServerTraits, property: str) -> None:
    with standing_in(asking(told(anne()))) as server:
        assert home(server, traits).accounts_of("anne@EXAMPLE.org") == (
            Principal(id="anne", name="Anne", mails=("anne@example.org",)),
        )
        (asked,) = server.asked
    body = etree.fromstring(asked.body)
    assert (asked.method, asked.path, asked.headers["depth"]) == ("REPORT", OURS, "0")
    assert [e.tag for e in body.find("{DAV:}property-search/{DAV:}prop")] == [property]
    assert body.findtext("{DAV:}property-search/{DAV:}match") == "anne@EXAMPLE.org"
    assert body.find("{DAV:}apply-to-principal-collection-set") is not None


def test_an_account_found_by_a_part_of_the_address_is_left_out() -> None:
    with standing_in(asking(told(anne("joanne", "joanne@example.org"), anne("a b", "anne@example.org")))) as server:
        assert [each.id for each in home(server).accounts_of("anne@example.org") or ()] == ["a b"]


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_server_without_that_search_is_told_from_one_that_finds_nobody(status: int) -> None:
    with standing_in(asking(raw(status, b"no", "text/plain"))) as server:
        assert home(server).accounts_of("anne@example.org") is None
    with standing_in(asking(told())) as server:
        assert home(server).accounts_of("anne@example.org") == ()


def test_an_account_is_looked_up_beside_ours() -> None:
    with standing_in(lambda asked: told(anne()) if asked.path.endswith("/users/anne") else raw(404)) as server:
        found = home(server).account_called("anne")
        assert found is not None
        assert found.mails == ("anne@example.org",)
        assert home(server).account_called("no/body") is None
        assert server.asked[-1].path == "/remote.php/dav/principals/users/no%2Fbody"


def test_a_group_is_looked_up_as_the_server_writes_its_name_and_only_where_there_are_groups() -> None:
    there = "/remote.php/dav/principals/groups/%25C3%2589quipe%2Bde%2Bquartier"
    with standing_in(lambda asked: told(anne()) if asked.path == there else raw(404)) as server:
        assert home(server).has_group("Équipe de quartier") is True
        assert home(server).has_group("Equipe") is False
        assert home(server, DAVICAL).has_group("Equipe") is None
        assert len(server.asked) == 2
