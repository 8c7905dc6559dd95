"""What happened, as others hear of it: kinds, what is kept of a thing to compare it with later, what differs. Pure.

Nobody strews calls over the code to say that something happened: a happening is the difference between what a thing was
when it was last told of and what it is now. So several changes are one, and a slip that was undone is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sidecar.domain.appointments import Appointment, AppointmentKind, AppointmentState, Response


class HappeningKind(StrEnum):
    """What others can hear of. BROUGHT_BACK undoes CANCELLED; COVER: a request was opened, filled or withdrawn."""

    PUBLISHED = "published"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    BROUGHT_BACK = "brought_back"
    COVER = "cover"
    DECLINED = "declined"
    CONFLICT = "conflict"


class Subject(StrEnum):
    """What a happening is about; the values are the kinds of the audit trail."""

    APPOINTMENT = "appointment"
    COVER_REQUEST = "cover_request"
    CONFLICT = "conflict"


class Part(StrEnum):
    """What a change of an appointment touched. STATUS: it was to be confirmed, and is no longer, or the other way round."""

    TIME = "time"
    PLACE = "place"
    TEAM = "team"
    STATUS = "status"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What others see of an appointment. ``start`` and ``end`` are aware; ``place`` is the place's name.

    ``team`` are pairs of a person's id and role, ``declined`` the ids of those who declined for the present time.
    """

    kind: AppointmentKind
    centre_id: str
    title: str
    state: AppointmentState
    start: datetime
    end: datetime
    all_day: bool
    place: str
    meeting_point: str
    to_confirm: bool
    team: frozenset[tuple[str, str]]
    declined: frozenset[str]

    @property
    def people(self) -> frozenset[str]:
        return frozenset(person for person, _role in self.team)


def shown(appointment: Appointment | None) -> Shown | None:
    """As others see it; None where there is nothing to see, as of a draft."""
    if appointment is None or appointment.state is AppointmentState.DRAFT:
        return None
    return Shown(
        kind=appointment.kind,
        centre_id=appointment.centre_id,
        title=appointment.title,
        state=appointment.state,
        start=appointment.start,
        end=appointment.end,
        all_day=appointment.all_day,
        place=appointment.place.name if appointment.place is not None else "",
        meeting_point=appointment.meeting_point,
        to_confirm=appointment.to_confirm,
        team=frozenset((p.person_id, p.role.value) for p in appointment.participants),
        declined=frozenset(
            p.person_id for p in appointment.participants if appointment.response_for_now(p) is Response.DECLINED
        ),
    )


def happened(before: Shown | None, after: Shown | None) -> tuple[HappeningKind, ...]:
    """What the step from one to the other is to others, in the order in which to tell it; empty for nothing.

    What is called off is told as that and nothing more. That it took place (DONE) is nobody's news, nor is anything that
    becomes of it then.
    """
    was = before is not None and before.state is AppointmentState.PUBLISHED
    if after is None or after.state is AppointmentState.CANCELLED:
        return (HappeningKind.CANCELLED,) if was else ()
    if after.state is not AppointmentState.PUBLISHED:
        return ()
    kinds = []
    if before is None:
        kinds.append(HappeningKind.PUBLISHED)
    elif before.state is AppointmentState.CANCELLED:
        kinds.append(HappeningKind.BROUGHT_BACK)
    elif was and changed(before, after):
        kinds.append(HappeningKind.CHANGED)
    if declined(before, after):
        kinds.append(HappeningKind.DECLINED)
    return tuple(kinds)


def changed(before: Shown, after: Shown) -> tuple[Part, ...]:
    """What others would want to know of the difference. Zones do not count: an equal instant is an equal time."""
    differs = {
        Part.TIME: (before.start, before.end, before.all_day) != (after.start, after.end, after.all_day),
        Part.PLACE: (before.place, before.meeting_point) != (after.place, after.meeting_point),
        Part.TEAM: before.team != after.team,
        Part.STATUS: before.to_confirm != after.to_confirm,
    }
    return tuple(part for part, does in differs.items() if does)


def declined(before: Shown | None, after: Shown) -> frozenset[str]:
    """The ids of those who declined since, and still do."""
    return after.declined - (before.declined if before is not None else frozenset())


@dataclass(frozen=True, kw_only=True)
class Message:
    """One happening, to be told to one destination. ``at`` (aware): when it last changed before it was told.

    ``before`` and ``after`` are the appointment as it was last told of and as it is; for COVER and CONFLICT the appointment
    as it is, if it is about one. ``cover``: the request's new state, ``person_id`` whose place it is; ``conflict_id`` and
    ``conflict_field`` say what is to be chosen.
    """

    kind: HappeningKind
    at: datetime
    centre_id: str
    centre_name: str
    appointment_id: str = ""
    before: Shown | None = None
    after: Shown | None = None
    changed: tuple[Part, ...] = ()
    cover: str = ""
    person_id: str = ""
    conflict_id: str = ""
    conflict_field: str = ""

    @property
    def appointment(self) -> Shown | None:
        """As it is; as it was where it is no more."""
        return self.after or self.before

    @property
    def people(self) -> frozenset[str]:
        """Everybody in the team, before or after."""
        return frozenset().union(*(s.people for s in (self.before, self.after) if s is not None))

    @property
    def joined(self) -> frozenset[str]:
        return _people(self.after) - _people(self.before)

    @property
    def left(self) -> frozenset[str]:
        return _people(self.before) - _people(self.after)

    @property
    def declined(self) -> frozenset[str]:
        return declined(self.before, self.after) if self.after is not None else frozenset()


def _people(shown: Shown | None) -> frozenset[str]:
    return shown.people if shown is not None else frozenset()


class DestinationState(StrEnum):
    """PAUSED by a person; GONE: it said itself that it is to hear nothing more."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where happenings are told: ``channel`` says how, ``address`` where (a URL, a room; "" where the channel knows).

    ``centre_id`` "" is every centre. ``since`` (aware): it hears of nothing that happened before. ``secret`` and
    ``former_secret``, which holds until ``former_until``, are encrypted at rest and never shown. ``internal``: it may lead
    into the network that this machine stands in.
    """

    id: str
    channel: str
    address: str = ""
    centre_id: str = ""
    kinds: tuple[HappeningKind, ...] = tuple(HappeningKind)
    since: datetime
    state: DestinationState = DestinationState.ACTIVE
    secret: str = field(default="", repr=False)
    former_secret: str = field(default="", repr=False)
    former_until: datetime | None = None
    internal: bool = False
    version: int = 0


class DeliveryState(StrEnum):
    """GIVEN_UP: tried for days."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message on its way to one recipient. ``id`` stays the same however often it is sent.

    ``attempts`` counts those made, ``due`` (aware) is when the next may be made, ``answer`` what was heard last.
    """

    seq: int
    id: str
    destination_id: str
    recipient: str
    message: Message
    made_at: datetime
    state: DeliveryState
    due: datetime
    attempts: int
    tried_at: datetime | None = None
    answer: str = ""
