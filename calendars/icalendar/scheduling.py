"""Texts for servers that send invitations themselves (RFC 6638): the order in which some of them tell people."""

from __future__ import annotations

from calendars.contentlines import Component, ContentLine, parse
from calendars.icalendar.reading import read_user


def in_order_of_telling(text: str) -> str:
    """The text with those who declined behind the other attendees, and a date called off never as its last word.

    Nextcloud 32 tells attendees one after the other, in the order of their lines, and stumbles over who put the invitation
    into their trash bin, which declines it: everybody before them has been told by then. And it takes the last STATUS in
    the text for that of all: a series whose last date is called off would be called off altogether. So its master, with a
    STATUS, stands last. The very same text where nothing has to move. Raises UnreadableText.
    """
    document = parse(text)
    moved = False
    for calendar in document.components("VCALENDAR"):
        events = calendar.components("VEVENT")
        for event in events:
            moved |= _decliners_last(event)
        moved |= _master_last(calendar, events, document.ending)
    return str(document) if moved else text


def guests_reversed(text: str) -> str:
    """The text with the attendees of each event in the opposite order, every line as it was. Raises UnreadableText.

    A server that broke off at one of them in the middle reaches the others from this end.
    """
    document = parse(text)
    for calendar in document.components("VCALENDAR"):
        for event in calendar.components("VEVENT"):
            lines = event.lines("ATTENDEE")
            places = [n for n, item in enumerate(event.items) if any(item is line for line in lines)]
            for place, line in zip(places, reversed(lines), strict=True):
                event.items[place] = line
    return str(document)


def _decliners_last(event: Component) -> bool:
    lines = event.lines("ATTENDEE")
    declined = [line for line in lines if read_user(line).partstat == "DECLINED"]
    if not declined or lines[-len(declined) :] == declined:
        return False
    for line in declined:
        event.remove(line)
        event.add(line, ("ATTENDEE",))
    return True


def _master_last(calendar: Component, events: list[Component], ending: str) -> bool:
    master = next((event for event in events if event.first("RECURRENCE-ID") is None), None)
    called_off = [event for event in events if event is not master and _status(event) == "CANCELLED"]
    if master is None or not called_off or _status(master) == "CANCELLED":
        return False
    if events[-1] is master and _status(master):
        return False
    if not _status(master):
        master.add(ContentLine.make("STATUS", "CONFIRMED", ending=ending), ("SUMMARY", "DTEND", "DURATION", "DTSTART"))
    calendar.remove(master)
    last = max(n for n, item in enumerate(calendar.items) if isinstance(item, Component))
    calendar.items.insert(last + 1, master)
    return True


def _status(event: Component) -> str:
    return event.value("STATUS").strip().upper()
