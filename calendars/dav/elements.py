"""XML of WebDAV: names, building requests, reading answers without entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from calendars.dav.failures import MalformedXml
from calendars.errors import BadAnswer, TooLarge

Element = etree._Element
TAGS = 2_000_000
"""How many tags one answer may have: read, each costs some hundred bytes. 100,000 events listed have fewer."""

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
CARDDAV = "urn:ietf:params:xml:ns:carddav"
CALENDARSERVER = "http://calendarserver.org/ns/"
_PREFIXES = {"d": DAV, "c": CALDAV, "a": CARDDAV, "cs": CALENDARSERVER}


def dav(name: str) -> str:
    return f"{{{DAV}}}{name}"


def caldav(name: str) -> str:
    return f"{{{CALDAV}}}{name}"


def carddav(name: str) -> str:
    return f"{{{CARDDAV}}}{name}"


def calendarserver(name: str) -> str:
    return f"{{{CALENDARSERVER}}}{name}"


def root(tag: str) -> Element:
    return etree.Element(tag, nsmap=_PREFIXES)


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = etree.SubElement(parent, tag, attrib=attributes)
    child.text = text
    return child


def serialise(element: Element) -> bytes:
    return etree.tostring(element, xml_declaration=True, encoding="utf-8")


def read(body: bytes, href: str = "") -> Element:
    """The root element of an answer. Raises BadAnswer when it is no XML, cut short, or has a document type, and TooLarge
    when it has more tags than any answer of use.

    A document type is refused altogether: nothing in WebDAV needs one, and entities are how answers explode. The parser
    itself goes 256 elements deep and no deeper.
    """
    _must_fit(body.count(b"<"), href)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False, recover=False
    )
    try:
        found: Element = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedXml(f"The answer is no well-formed XML: {error.msg}", href=href) from error
    except ValueError as error:
        raise BadAnswer("The answer is no XML", href=href) from error
    about: Any = found.getroottree().docinfo
    if about.doctype or about.internalDTD is not None:
        raise BadAnswer("The answer has a document type, which is refused", href=href)
    return found


def read_each(pieces: Iterable[bytes], root: str, tag: str, href: str = "") -> Iterator[Element]:
    """The elements of that name below the root, each emptied after use, of a body that comes in pieces.

    Raises as ``read``, at the place of the fault, and BadAnswer for another root.
    """
    top: Element | None = None
    for event, element in _events(pieces, href):
        if top is None:
            top = element
            about: Any = element.getroottree().docinfo
            if about.doctype or about.internalDTD is not None:
                raise BadAnswer("The answer has a document type, which is refused", href=href)
            if element.tag != root:
                raise BadAnswer(f"The answer is no {root.rpartition('}')[2]}", href=href)
        if event == "end" and element.getparent() is top and element.tag == tag:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del top[0]


def _events(pieces: Iterable[bytes], href: str) -> Iterator[tuple[str, Element]]:
    parser: Any = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False
    )
    tags = 0
    try:
        for piece in pieces:
            tags += piece.count(b"<")
            _must_fit(tags, href)
            parser.feed(piece)
            yield from parser.read_events()
        parser.close()
        yield from parser.read_events()
    except etree.XMLSyntaxError as error:
        raise MalformedXml(f"The answer is no well-formed XML: {error.msg}", href=href) from error


def _must_fit(tags: int, href: str) -> None:
    if tags > TAGS:
        raise TooLarge("The answer has more elements than we read", href=href)


def children(element: Element) -> Iterator[Element]:
    """Child elements, without comments and processing instructions."""
    return (child for child in element if isinstance(child.tag, str))


def text_of(element: Element | None) -> str:
    """All text inside, entity references left out; "" for None."""
    if element is None:
        return ""
    return "".join(str(part) for part in element.itertext("*", with_tail=True)).strip()


def local_name(element: Element) -> str:
    return str(etree.QName(element).localname)
