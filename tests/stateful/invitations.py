"""Who was sent what by a server as it was measured (``tests.told.post``): nobody is told twice, nobody holds an old copy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.stateful.dates import uid
from tests.told.post import Event, Post, events

SERVICE = "service"
"""Our account; what others write is theirs to answer for."""
NEWS = ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "LOCATION", "SUMMARY", "STATUS")
"""What people are told of, beside who takes part."""
Told = tuple[object, ...]


@dataclass
class Invitations(Post):
    """``told``: what somebody was mailed last about an event. ``twice``: what of ours was mailed to somebody who knew it.
    ``writers``: who wrote an event last, by UID."""

    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    writers: dict[str, str] = field(default_factory=dict)

    def deliver(self, writer: str, before: str | None, after: str | None) -> None:
        sent = len(self.messages)
        if after is not None:
            self.writers[uid(after)] = writer
        super().deliver(writer, before, after)
        news = _news(events(after))
        for message in self.messages[sent:]:
            if not message.mailed:
                continue
            knows = self.told.get((message.to, message.uid))
            if writer == SERVICE and message.method == "REQUEST" and knows == news:
                self.twice.append(f"{message.to} about {message.uid}: {news}")
            self.told[message.to, message.uid] = news if message.method == "REQUEST" else ()

    def stale(self, text: str) -> list[str]:
        """Who of those invited has another event in their own calendar than stands there."""
        found, name = events(text), uid(text)
        if not any(event.organizer == self.organizer for event in found.values()):
            return []
        if self.writers.get(name) != SERVICE and any(event.value("STATUS") == "CANCELLED" for event in found.values()):
            # A program's own write that ends with a date called off calls off the whole series in everybody's calendar.
            return []
        return [
            f"{guest} has {_facts(held) if held else 'nothing'}, there is {_facts(event)}"
            for key, event in found.items()
            for guest in event.guests.keys() - {self.organizer}
            if _facts(held := self.copies.get((guest, name), {}).get(key)) != _facts(event)
        ]


def _facts(event: Event | None) -> Told:
    if event is None or event.value("STATUS") == "CANCELLED":
        # Nobody asks where an event is that does not take place.
        return ()
    return tuple(_value(event, name) for name in NEWS)


def _value(event: Event, name: str) -> str:
    found = event.value(name)
    return "CONFIRMED" if name == "STATUS" and not found else re.sub(r"\s+", " ", found)


def _news(found: dict[str, Event]) -> Told:
    return tuple((key, _facts(event), tuple(sorted(event.guests))) for key, event in sorted(found.items()))
