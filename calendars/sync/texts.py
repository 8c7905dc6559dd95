"""The two kinds of text a collection holds, as far as the engine looks into them."""

from __future__ import annotations

import re

from calendars import icalendar, vcard
from calendars.contentlines import escape_text, parse
from calendars.errors import UnreadableText
from calendars.sync.ports import CollectionKind


def uid_of(kind: CollectionKind, text: str) -> str:
    """The UID in a text, "" when it has none or cannot be read (then it is nobody's, and stays where it is)."""
    try:
        if kind is CollectionKind.CALENDAR:
            return icalendar.peek(text)[0]
        return vcard.peek(text)
    except UnreadableText:
        return ""


def called_off(text: str) -> bool:
    """Whether any event in the text is called off: for those, every write that is not quiet is told anew."""
    return re.search(r"^STATUS:CANCELLED\s*$", text, re.IGNORECASE | re.MULTILINE) is not None


def renamed(kind: CollectionKind, text: str, uid: str) -> str:
    """The same text under another UID; all the rest stays byte for byte. Raises UnreadableText."""
    document = parse(text)
    calendar = kind is CollectionKind.CALENDAR
    for outer in document.components("VCALENDAR" if calendar else "VCARD"):
        for part in outer.components("VEVENT", "VTODO") if calendar else (outer,):
            line = part.first("UID")
            if line is not None:
                part.replace(line, line.with_value(escape_text(uid), ending=document.ending))
    return str(document)


def same(kind: CollectionKind, sent: str, read: str) -> bool:
    """Whether the server's text means what we sent: servers reorder, add zones and stamps."""
    try:
        if kind is CollectionKind.CALENDAR:
            return icalendar.semantically_equal(sent, read)
        return vcard.semantically_equal(sent, read)
    except UnreadableText:
        return False


def made_from(kind: CollectionKind, before: str, after: str, found: str) -> bool:
    """Whether somebody made ``found`` from ``after``, which we wrote over ``before``: something that our write changed
    stands there as it wrote it, and nothing as it was."""
    said = icalendar.meanings if kind is CollectionKind.CALENDAR else vcard.meanings
    try:
        was, becomes, now = said(before), said(after), said(found)
    except UnreadableText:
        return False
    return bool((becomes - was) & now) and not (was - becomes) & now
