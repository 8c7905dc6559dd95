"""Outing, SupervisionSlot, TrainingSession, TeamMeeting, and what they share: Appointment.

An appointment may break rules; rules say so (``sidecar.domain.rules``), nothing here refuses it.
What cannot be at all (an end before its start, a naive time) raises ``InvalidAppointment``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from sidecar.domain.errors import InvalidAppointment
from sidecar.domain.places import Place


class AppointmentKind(StrEnum):
    OUTING = "outing"
    SUPERVISION = "supervision"
    TRAINING = "training"
    MEETING = "meeting"


class AppointmentState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    DONE = "done"


class ParticipantRole(StrEnum):
    """MEMBER and DRIVER make the team; TRAINEE goes as a third (R4); BASE_CONTACT stays ashore (R3).

    FACILITATOR leads a supervision, a training or a meeting; GUEST is invited to one.
    """

    MEMBER = "member"
    DRIVER = "driver"
    TRAINEE = "trainee"
    BASE_CONTACT = "base_contact"
    FACILITATOR = "facilitator"
    GUEST = "guest"

    @property
    def goes_out(self) -> bool:
        return self in (ParticipantRole.MEMBER, ParticipantRole.DRIVER, ParticipantRole.TRAINEE)


class Response(StrEnum):
    """A person's answer; the values are PARTSTAT in lower case (RFC 5545 section 3.2.12)."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One person in one appointment.

    ``answered_for`` is the start (aware) that the answer was given for: an answer belongs to its time,
    after a move it is asked again. ``verified`` is False for an answer read from a shared calendar
    on a server that does not schedule.
    """

    person_id: str
    role: ParticipantRole = ParticipantRole.MEMBER
    response: Response = Response.NEEDS_ACTION
    answered_for: datetime | None = None
    verified: bool = True


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """A time, a place, participants, and one calendar resource or one date of a repeating one.

    ``start`` and ``end`` are aware, in the centre's zone where people wrote them; ``all_day`` means whole
    local days, ``end`` exclusive. ``text`` is what people wrote, without our managed block.
    ``generation`` counts how often it was brought back: each has a UID of its own.
    ``to_confirm``: came from a calendar, nobody is invited by us until its findings are solved or
    ``override_reason`` is given. ``invited_centre_ids``: other centres whose people take part (S13, S15).
    ``has_history``: it took place or was recorded afterwards; then its calendar text is never rewritten.
    """

    id: str
    centre_id: str
    title: str
    start: datetime
    end: datetime
    all_day: bool = False
    state: AppointmentState = AppointmentState.DRAFT
    place: Place | None = None
    meeting_point: str = ""
    participants: tuple[Participation, ...] = ()
    invited_centre_ids: tuple[str, ...] = ()
    text: str = ""
    generation: int = 1
    to_confirm: bool = False
    override_reason: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if value.tzinfo is None:
                raise InvalidAppointment("naive_time", title=self.title, field=name)
        if self.duration < timedelta():
            raise InvalidAppointment("ends_before_start", title=self.title, field="end")

    @property
    def kind(self) -> AppointmentKind:
        return KINDS[type(self)]

    @property
    def duration(self) -> timedelta:
        """As time passes, also over a night in which clocks change (two times of one zone differ by the wall clock)."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)

    def participation(self, person_id: str) -> Participation | None:
        return next((p for p in self.participants if p.person_id == person_id), None)

    def in_role(self, *roles: ParticipantRole) -> tuple[Participation, ...]:
        return tuple(p for p in self.participants if p.role in roles)

    @property
    def expected(self) -> tuple[Participation, ...]:
        """Those who have not declined for the present time."""
        return tuple(p for p in self.participants if self.response_for_now(p) is not Response.DECLINED)

    def moved(self, start: datetime, end: datetime) -> Self:
        """The same at another time. Answers stay but no longer count for the new time (``response_for_now``)."""
        return replace(self, start=start, end=end)

    def response_for_now(self, participation: Participation) -> Response:
        """The answer that holds for the present start: an answer belongs to the time it was given for."""
        if participation.response is Response.NEEDS_ACTION:
            return Response.NEEDS_ACTION
        if participation.answered_for is not None and participation.answered_for != self.start:
            return Response.NEEDS_ACTION
        return participation.response


@dataclass(frozen=True, kw_only=True)
class Outing(Appointment):
    """One dated occurrence of an initiative, planned or recorded afterwards."""

    initiative_id: str = ""
    neighbourhood_id: str | None = None
    equipment_ids: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[Participation, ...]:
        """Those who go out and have not declined."""
        return tuple(p for p in self.expected if p.role.goes_out)

    @property
    def base_contacts(self) -> tuple[Participation, ...]:
        return tuple(p for p in self.expected if p.role is ParticipantRole.BASE_CONTACT)


@dataclass(frozen=True, kw_only=True)
class SupervisionSlot(Appointment):
    """A session to step back from the emotions of outreach. Who is in it is nobody else's business."""

    capacity: int | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingSession(Appointment):
    """One date on which a course is taught; ``initiative_id`` where a system of the paper is one itself (S13)."""

    course_id: str | None = None
    initiative_id: str = ""
    capacity: int | None = None


@dataclass(frozen=True, kw_only=True)
class TeamMeeting(Appointment):
    """Where the returns are heard; ``initiative_id`` where a system of the paper is itself a meeting (S15)."""

    initiative_id: str = ""


KINDS: dict[type[Appointment], AppointmentKind] = {
    Outing: AppointmentKind.OUTING,
    SupervisionSlot: AppointmentKind.SUPERVISION,
    TrainingSession: AppointmentKind.TRAINING,
    TeamMeeting: AppointmentKind.MEETING,
}
CLASSES: dict[AppointmentKind, type[Appointment]] = {kind: cls for cls, kind in KINDS.items()}
