"""Sharing with a group, as Nextcloud 32.0.1 was seen to want it."""

from __future__ import annotations

from lxml import etree

from calendars.dav.sharing import share
from calendars.dav.transport import Answer


class Wire:
    """Remembers what was asked, and answers as Nextcloud does: 200, whatever it was."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []

    def request(self, method: str, href: str, *, body: bytes, headers: dict[str, str]) -> Answer:
        assert headers["Content-Type"].startswith("application/xml")
        self.asked.append((method, href, body))
        return Answer(status=200, headers={}, body=b"", href=href)


def test_a_group_is_named_as_php_encodes_it_with_its_right() -> None:
    wire = Wire()
    share(wire, "/cal/", "Équipe de quartier", writes=False)  # type: ignore[arg-type]
    share(wire, "/cal/", "coordinators", writes=True)  # type: ignore[arg-type]
    seen = []
    for method, href, body in wire.asked:
        asked = etree.fromstring(body)
        assert asked.tag == "{http://owncloud.org/ns}share"
        held = asked.find("{http://owncloud.org/ns}set")
        assert held is not None
        seen.append((method, href, held.findtext("{DAV:}href"), [etree.QName(e).localname for e in held][1:]))
    assert seen == [
        ("POST", "/cal/", "principal:principals/groups/%C3%89quipe+de+quartier", ["read"]),
        ("POST", "/cal/", "principal:principals/groups/coordinators", ["read-write"]),
    ]
