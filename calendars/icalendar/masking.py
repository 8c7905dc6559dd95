"""Stand-ins: what a server shows of a confidential event to those who may not read it. Written back, the event is lost.

Nextcloud and its kin replace the title by "Busy" in the account's language and drop every line but times and identity, the
obligatory DTSTAMP among them (nextcloud/server, CalDAV/CalendarObject; nextcloud/calendar issue 4044); the etag stays the
original's. Others write "Busy" or nothing for a title.
"""

from __future__ import annotations

import re

from calendars.contentlines import Component, parse

_HIDDEN = frozenset({"CONFIDENTIAL", "PRIVATE"})
_LEFT = frozenset(
    {
        "UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE",
        "EXRULE", "EXDATE", "RECURRENCE-ID", "CLASS", "SUMMARY", "CATEGORIES", "TRANSP", "STATUS",
    }
)  # fmt: skip
"""What a stand-in may hold; a line more, and somebody meant us to read it."""
_BUSY = frozenset(
    {
        "", "busy", "private", "private event", "private appointment", "confidential", "occupé", "occupée", "occupé(e)",
        "privé", "confidentiel", "beschäftigt", "belegt", "privat", "ocupado", "ocupada", "ocupat", "privado", "occupato",
        "impegnato", "privato", "bezet", "privé-afspraak", "upptagen", "opptatt", "optaget", "varattu", "zajęty", "zajęte",
        "zaneprázdněn", "zaneprázdněný", "zaneprázdnený", "zaseden", "zauzet", "foglalt", "ocupat(ă)", "meşgul", "lanpetua",
        "занят", "зайнятий", "зает", "απασχολημένος", "مشغول", "עסוק", "予定あり", "取り込み中", "忙碌", "忙", "바쁨",
    }
)  # fmt: skip
_CLASS = re.compile(r"^CLASS[;:]", re.MULTILINE | re.IGNORECASE)


def is_masked(text: str) -> bool:
    """Whether anything in the text is a stand-in for what we may not read. Raises UnreadableText."""
    if _CLASS.search(text) is None:
        return False
    document = parse(text)
    parts = [part for calendar in document.components("VCALENDAR") for part in calendar.components()]
    return any(_stands_in(part) for part in parts if part.name in ("VEVENT", "VTODO", "VJOURNAL"))


def _stands_in(part: Component) -> bool:
    if part.value("CLASS").strip().upper() not in _HIDDEN or part.components():
        return False
    names = {line.name.upper() for line in part.lines()}
    if not names <= _LEFT:
        return False
    # Every program stamps what it writes (RFC 5545 section 3.6.1); what lost its stamp was cut down by a server.
    return "DTSTAMP" not in names or part.value("SUMMARY").strip().casefold() in _BUSY
