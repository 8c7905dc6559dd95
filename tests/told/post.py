"""A server's post: who is sent what for a write, as Nextcloud 32.0.1 was seen to do it. Reads nothing of ours.

Attendees are told one after the other, in the order in which they stand in the old text, then the new ones, *before* the
write is stored. What is delivered to somebody with an account replaces their own copy as a whole; a mail goes out besides
where time, place, title, description or status differ, or where that person's dates do. The measurements are in
docs/nextcloud.md.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from calendars.errors import ServerTrouble

SIGNIFICANT = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "STATUS", "SUMMARY", "DESCRIPTION", "LOCATION")


@dataclass(frozen=True, kw_only=True)
class Message:
    """``mailed``: it came by mail too, not into the calendar alone."""

    method: str
    to: str
    uid: str
    sequence: int
    mailed: bool


@dataclass
class Event:
    """One VEVENT, line by line."""

    lines: list[str]

    def value(self, name: str) -> str:
        return next((line.partition(":")[2] for line in self.lines if re.match(rf"{name}[;:]", line)), "")

    @property
    def guests(self) -> dict[str, str]:
        """Address -> answer."""
        found = {}
        for line in self.lines:
            if line.startswith("ATTENDEE"):
                answer = re.search(r";PARTSTAT=([A-Z-]+)", line)
                found[address(line)] = answer[1] if answer else "NEEDS-ACTION"
        return found

    @property
    def organizer(self) -> str:
        return next((address(line) for line in self.lines if line.startswith("ORGANIZER")), "")


def address(line: str) -> str:
    return line.rpartition("mailto:")[2].lower()


def events(text: str | None) -> dict[str, Event]:
    """RECURRENCE-ID or "" -> event, in the order of the text."""
    lines = re.sub(r"\r?\n[ \t]", "", text or "").splitlines()
    found: dict[str, Event] = {}
    for start in (n for n, line in enumerate(lines) if line == "BEGIN:VEVENT"):
        event = Event(lines[start + 1 : lines.index("END:VEVENT", start)])
        found[event.value("RECURRENCE-ID")] = event
    return found


@dataclass
class Post:
    """``deliver`` for a ``MemoryServer``. ``binned``: who has put their copy into the bin; a REQUEST to them breaks off.

    ``copies``: what stands in somebody's own calendar, by (address, UID).
    """

    organizer: str = "service@example.org"
    messages: list[Message] = field(default_factory=list)
    binned: set[str] = field(default_factory=set)
    copies: dict[tuple[str, str], dict[str, Event]] = field(default_factory=dict)
    broken: int = 0

    def deliver(self, writer: str, before: str | None, after: str | None) -> None:
        was, becomes = events(before), events(after)
        now = becomes or was
        organizer = next((e.organizer for e in (*becomes.values(), *was.values()) if e.organizer), "")
        invited = list(dict.fromkeys(guest for e in (*was.values(), *becomes.values()) for guest in e.guests))
        if organizer != self.organizer or not invited:
            return
        status = next((e.value("STATUS") for e in reversed(list(becomes.values())) if e.value("STATUS")), "")
        planned = []
        for guest in (g for g in invited if g != organizer):
            dates = {key for key, e in becomes.items() if guest in e.guests}
            cancel = not dates or status == "CANCELLED"
            if cancel and ("" not in now or not now[""].guests):
                self._break_off("__clone method called on non-object")
            joins = dates - {key for key, e in was.items() if guest in e.guests}
            differs = significance(was, dates) != significance(becomes, dates)
            planned.append((guest, cancel, bool(cancel or joins or differs)))
        stamped = stamps(was) != stamps(becomes)
        for guest, cancel, mailed in planned:
            self._tell(guest, becomes, cancel, mailed and (stamped or not becomes), next(iter(now.values())))

    def _tell(self, guest: str, becomes: dict[str, Event], cancel: bool, mailed: bool, any_event: Event) -> None:
        uid, sequence = any_event.value("UID"), int(any_event.value("SEQUENCE") or 0)
        if not cancel and guest in self.binned:
            self._break_off("UNIQUE constraint failed: oc_calendarobjects.uid")
        method = "CANCEL" if cancel else "REQUEST"
        self.messages.append(Message(method=method, to=guest, uid=uid, sequence=sequence, mailed=mailed))
        copy = self.copies.get((guest, uid))
        if not cancel:
            self.copies[guest, uid] = {key: e for key, e in becomes.items() if guest in e.guests}
        elif copy is not None:
            self.copies[guest, uid] = {
                key: Event([line for line in e.lines if not line.startswith("STATUS")] + ["STATUS:CANCELLED"])
                for key, e in copy.items()
            }

    def _break_off(self, why: str) -> None:
        self.broken += 1
        raise ServerTrouble(why, status=500)

    # --- what came -------------------------------------------------------------------------------------------

    def mails(self, method: str = "REQUEST") -> Counter[str]:
        """To whom how many mails of that method went."""
        return Counter(m.to.partition("@")[0] for m in self.messages if m.mailed and m.method == method)

    def taken(self) -> list[Message]:
        """What came since the last time."""
        messages, self.messages = self.messages, []
        return messages

    def copy(self, guest: str, uid: str, date: str = "") -> Event:
        return self.copies[f"{guest}@example.org", uid][date]


def stamps(parts: dict[str, Event]) -> list[tuple[str, str]]:
    """Where none of these differs nobody is mailed, whatever else does."""
    return [(e.value("SEQUENCE"), e.value("LAST-MODIFIED")) for e in parts.values()]


def significance(parts: dict[str, Event], dates: set[str]) -> list[list[str]]:
    """What somebody who stands in these dates is mailed about; what befalls the others is not theirs."""
    return sorted(
        [line.partition(":")[2] for name in SIGNIFICANT for line in e.lines if re.match(rf"{name}[;:]", line)]
        for key, e in parts.items()
        if key in dates
    )
