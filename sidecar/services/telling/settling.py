"""From what happened to what is told to whom: once it has rested, in one transaction.

A destination hears of what happened after it was added, and of nothing else: switching one on tells no news of yesterday.
A month that is published or an import of hundreds is one message an appointment: a system on the other side has to hear
of each, and what a channel for people makes of many at once is its own business (``Channel.at_once``). Nothing floods:
they are sent one after the other, and a destination that fails rests as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.domain.appointments import Appointment, AppointmentKind, AppointmentState
from sidecar.domain.cover import CoverState
from sidecar.domain.happenings import (
    Destination,
    DestinationState,
    HappeningKind,
    Message,
    Part,
    Shown,
    Subject,
    changed,
    happened,
    shown,
)
from sidecar.observability import get_logger
from sidecar.services.conflicts import is_a_choice
from sidecar.services.telling.channel import Channel
from sidecar.storage import StorageError, UnitOfWork
from sidecar.storage.happenings import Happening

log = get_logger(__name__)
AT_ONCE = 200
"""How many things one transaction settles."""
_OWN = frozenset({HappeningKind.PUBLISHED, HappeningKind.CHANGED, HappeningKind.CANCELLED, HappeningKind.BROUGHT_BACK})
"""What those who take part in a supervision hear of it; who declined there is nobody's business."""


def settle(uow: UnitOfWork, channels: Mapping[str, Channel], *, rest: timedelta, now: datetime) -> int:
    """Queue what has rested for everybody it is to be told to; how many things were settled, ``AT_ONCE`` at most."""
    taken = uow.happenings.take(rest, AT_ONCE)
    if not taken:
        return 0
    listening = [d for d in uow.destinations.all(state=DestinationState.ACTIVE) if d.channel in channels]
    silent = muted_centres(uow)
    names = {centre.id: centre.name for centre in uow.centres.all()}
    for happening in taken:
        try:
            found = [replace(m, centre_name=names.get(m.centre_id, "")) for m in messages(uow, happening, now)]
            for message in (message for message in found if message.centre_id not in silent):
                for destination in (destination for destination in listening if _hears(destination, message)):
                    addresses = told_to(uow, channels[destination.channel], destination, message)
                    # What concerns one appointment is told in its order, whatever it is about.
                    uow.deliveries.add(destination.id, addresses, message.appointment_id or happening.id, message)
        except StorageError:
            raise
        except Exception as error:
            # A fault of ours in one thing must not keep all others from being told.
            log.exception("not_settled", kind=type(error).__name__, subject=happening.subject, id=happening.id)
    return len(taken)


def muted_centres(uow: UnitOfWork) -> frozenset[str]:
    """The centres all of whose accounts are muted: nothing about them is told."""
    if not uow.spaces.all(muted=True):
        return frozenset()
    muted = {space.id: space.muted for space in uow.spaces.all()}
    of_centre: defaultdict[str, list[bool]] = defaultdict(list)
    for binding in uow.bindings.all():
        of_centre[binding.centre_id].append(muted[binding.space_id])
    return frozenset(centre for centre, spaces in of_centre.items() if all(spaces))


def messages(uow: UnitOfWork, happening: Happening, now: datetime) -> list[Message]:
    """What there is to tell of it now; nothing where it came back to what it was, or is over. Centres are not named yet."""
    if happening.subject is Subject.APPOINTMENT:
        return _of_appointment(uow, happening, now)
    if happening.subject is Subject.COVER_REQUEST:
        return _of_cover(uow, happening, now)
    return _of_conflict(uow, happening, now)


def _of_appointment(uow: UnitOfWork, happening: Happening, now: datetime) -> list[Message]:
    before = happening.before if isinstance(happening.before, Shown) else None
    after = shown(uow.appointments.find(happening.id))
    views = [view for view in (before, after) if view is not None]
    if not any(view.end >= now for view in views):
        return []
    parts = changed(before, after) if before is not None and after is not None else ()
    return [
        Message(
            kind=kind,
            at=happening.last,
            centre_id=views[-1].centre_id,
            centre_name="",
            appointment_id=happening.id,
            before=before,
            after=after,
            changed=parts if kind in (HappeningKind.CHANGED, HappeningKind.BROUGHT_BACK) else (),
        )
        for kind in happened(before, after)
    ]


def _of_cover(uow: UnitOfWork, happening: Happening, now: datetime) -> list[Message]:
    request = uow.cover_requests.find(happening.id)
    if request is None or request.state.value == happening.before:
        return []
    if request.state is not CoverState.OPEN and happening.before != CoverState.OPEN:
        return []  # nobody heard of it while it was open
    appointment = uow.appointments.find(request.appointment_id)
    if appointment is None or appointment.state is not AppointmentState.PUBLISHED or appointment.end < now:
        return []
    return [
        Message(
            kind=HappeningKind.COVER,
            at=happening.last,
            centre_id=request.centre_id,
            centre_name="",
            appointment_id=appointment.id,
            after=shown(appointment),
            cover=request.state.value,
            person_id=request.person_id,
        )
    ]


def _of_conflict(uow: UnitOfWork, happening: Happening, now: datetime) -> list[Message]:
    conflict = uow.conflicts.find(happening.id)
    if conflict is None or conflict.chosen or happening.before is not None or not is_a_choice(conflict):
        return []
    appointment: Appointment | None = None
    if conflict.subject_kind == Subject.APPOINTMENT:
        appointment = uow.appointments.find(conflict.subject_id)
        if appointment is None or appointment.kind is AppointmentKind.SUPERVISION:
            return []
    return [
        Message(
            kind=HappeningKind.CONFLICT,
            at=happening.last,
            centre_id=conflict.centre_id,
            centre_name="",
            appointment_id=appointment.id if appointment is not None else "",
            after=shown(appointment),
            conflict_id=conflict.id,
            conflict_field=conflict.field.partition(":")[0],
        )
    ]


def _hears(destination: Destination, message: Message) -> bool:
    of_its_centre = destination.centre_id in ("", message.centre_id)
    return of_its_centre and message.kind in destination.kinds and message.at >= destination.since


def told_to(uow: UnitOfWork, channel: Channel, destination: Destination, message: Message) -> list[str]:
    """The recipients whom it concerns as things are now, each once.

    Of a supervision its own participants hear, and of who comes or goes those alone who do.
    """
    recipients = channel.recipients(uow, destination, message)
    about = message.appointment
    if about is not None and about.kind is AppointmentKind.SUPERVISION:
        if not channel.personal or message.kind not in _OWN:
            return []
        own = message.joined | message.left if message.changed == (Part.TEAM,) else message.people
        recipients = [recipient for recipient in recipients if recipient.person_id in own]
    return list(dict.fromkeys(recipient.address for recipient in recipients))
