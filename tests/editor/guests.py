"""People in an event: added, removed, answering (RFC 5545 section 3.8.4.1)."""

from __future__ import annotations

from tests.editor.lines import Component, Line
from tests.editor.series import SeriesEdits
from tests.editor.times import Moment


def _address(line: Line) -> str:
    return line.value.lower().removeprefix("mailto:")


class GuestEdits(SeriesEdits):
    """What one does to the people in an event; they are named by mail address."""

    def attendees(self, uid: str) -> dict[str, str]:
        """address -> PARTSTAT (NEEDS-ACTION when it is not written)."""
        return {_address(line): line.param("PARTSTAT") or "NEEDS-ACTION" for line in self.open(uid).master.lines("ATTENDEE")}

    def add_attendee(self, uid: str, mail: str, name: str = "", *, role: str = "REQ-PARTICIPANT") -> None:
        """Invite somebody; ``role`` "" says none. Who invites becomes the organizer where there was none."""
        opened = self.open(uid)
        event = opened.master
        if event.line("ORGANIZER") is None:
            organizer = Line("ORGANIZER", f"mailto:{self.me}")
            organizer.set_param("CN", self.my_name)
            event.add(organizer)
        guest = Line("ATTENDEE", f"mailto:{mail}")
        if name:
            guest.set_param("CN", name)
        for key, value in self.style.attendee_params:
            if key != "ROLE" or role:
                guest.set_param(key, role if key == "ROLE" else value)
        event.add(guest)
        self.save(opened, touched=[event], matters=True)

    def remove_attendee(self, uid: str, mail: str) -> None:
        """Take somebody out. Raises ValueError when nobody has that address."""
        opened = self.open(uid)
        event = opened.master
        event.remove(_guest(event, mail))
        self.save(opened, touched=[event], matters=True)

    def answer(self, uid: str, mail: str, partstat: str, *, on: Moment | None = None, comment: str = "") -> None:
        """ACCEPTED, DECLINED or TENTATIVE, for the event or for one date of a series."""
        opened = self.open(uid)
        event = opened.master if on is None else self.date_of(opened, on)
        guest = _guest(event, mail)
        guest.set_param("PARTSTAT", partstat)
        guest.set_param("RSVP", None)
        if comment:
            guest.set_param("X-RESPONSE-COMMENT", comment)
        self.save(opened, touched=[event], answering=True)

    def change_address(self, uid: str, mail: str, other: str) -> None:
        """The same guest under another address."""
        opened = self.open(uid)
        guest = _guest(opened.master, mail)
        guest.value = f"mailto:{other}"
        if guest.param("EMAIL") is not None:
            guest.set_param("EMAIL", other)
        self.save(opened, touched=[opened.master], matters=True)


def _guest(event: Component, mail: str) -> Line:
    for line in event.lines("ATTENDEE"):
        if mail.lower() in {_address(line), (line.param("EMAIL") or "").lower()}:
            return line
    raise ValueError(f"{mail} is not in the event")
