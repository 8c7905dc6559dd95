"""How centres are tied to collections on a server, and what a sync leaves behind for people to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sidecar.domain.appointments import AppointmentKind


class Purpose(StrEnum):
    """What a bound collection is for. The first four are calendars, the last an address book."""

    OUTINGS = "outings"
    SUPERVISION = "supervision"
    TRAINING = "training"
    MEETINGS = "meetings"
    CONTACTS = "contacts"


PURPOSE_OF: dict[AppointmentKind, Purpose] = {
    AppointmentKind.OUTING: Purpose.OUTINGS,
    AppointmentKind.SUPERVISION: Purpose.SUPERVISION,
    AppointmentKind.TRAINING: Purpose.TRAINING,
    AppointmentKind.MEETING: Purpose.MEETINGS,
}


@dataclass(frozen=True, kw_only=True)
class Space:
    """One DAV account. ``secret`` is its password, encrypted at rest and never shown; ``muted``: no write goes out.

    ``organizer`` is the calendar user address (without ``mailto:``) that our events name as ORGANIZER.
    ``schedules`` says whether the server sends invitations itself (RFC 6638), None while unknown.
    """

    id: str
    url: str
    username: str
    secret: str = field(default="", repr=False)
    organizer: str = ""
    schedules: bool | None = None
    muted: bool = False
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One collection bound to one centre for one or more purposes.

    ``href`` as in ``calendars.sync.ports``. ``writes`` False: read only, nothing of ours goes there.
    ``bound_at`` (aware): what ended before it is history and is never written.
    """

    id: str
    space_id: str
    centre_id: str
    href: str
    purposes: tuple[Purpose, ...]
    display_name: str = ""
    writes: bool = True
    bound_at: datetime
    version: int = 0


class SubjectKind(StrEnum):
    APPOINTMENT = "appointment"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class Link:
    """Which resource shows which appointment or person.

    ``recurrence_id`` is the original local time of the date ("2026-03-03T09:30:00", RFC 5545 section 3.8.4.4) when the
    resource is a series, else "". A person has one link per centre, an appointment one.
    """

    subject_kind: SubjectKind
    subject_id: str
    binding_id: str
    href: str
    uid: str
    recurrence_id: str = ""


DELETED = "deleted"
"""The field of a conflict between a deletion in a calendar and a change on the board."""
DELETED_THERE = "deleted_there_changed_here"
"""Why such a conflict was kept."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Both sides changed the same field: the calendar's value stands, the other is kept here until somebody chooses.

    ``base``, ``ours``, ``theirs`` are the values as JSON-able data; ``chosen`` is "", "ours" or "theirs". Where the field is
    ``DELETED`` ours stands: ``base`` and ``ours`` hold by property what the board changed, ``theirs`` is None.
    ``subject_kind`` and ``subject_id`` are empty when the conflict is about a text nobody could read. ``recurrence_id`` is
    the original local time of the date that it is about when that is one of a series (as in ``Link``), else "".
    """

    id: str
    at: datetime
    centre_id: str
    subject_kind: str
    subject_id: str
    field: str
    base: Any
    ours: Any
    theirs: Any
    why: str
    chosen: str = ""
    recurrence_id: str = ""
    version: int = 0

    @property
    def of_deletion(self) -> bool:
        """Whether it is about a deletion. Older versions named what the board changed in ``field`` and kept no values."""
        return self.field == DELETED or self.why == DELETED_THERE


@dataclass(frozen=True, kw_only=True)
class SyncRun:
    """The record of one pass of one space; ``report`` is the pass's JSON-able account (``calendars.sync.report``)."""

    id: str
    space_id: str
    started_at: datetime
    ended_at: datetime
    ok: bool
    report: dict[str, Any]
