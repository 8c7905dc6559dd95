"""What coordinators do on the board, through the services that the page and the command line use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sidecar.domain.appointments import Appointment, AppointmentState, ParticipantRole
from sidecar.domain.bindings import Conflict
from sidecar.services import conflicts, rota
from tests.scene import PARIS, outing
from tests.stateful.ledger import BOARD
from tests.stateful.stage import PROPERTIES, Stage

FIELDS = {"title": "summary", "place": "location", "start": "time", "text": "text"}
"""Under which key a conflict about a property is kept."""
Thing = TypeVar("Thing")


class BoardRules(Stage):
    def pick(self, data: st.DataObject, among: dict[str, Thing]) -> Thing | None:
        ids = sorted(among)
        return among[data.draw(st.sampled_from(ids))] if ids else None

    @rule(data=st.data(), prop=st.sampled_from(PROPERTIES))
    def the_board_changes(self, data: st.DataObject, prop: str) -> None:
        appointment = self.pick(data, self.published())
        if appointment is None:
            return
        number = self.number()
        changed = {
            "title": lambda: replace(appointment, title=f"Board {number}"),
            "text": lambda: replace(appointment, text=f"Board {number}"),
            "place": lambda: replace(appointment, place=replace(_square(), name=f"Square {number}")),
            "start": lambda: self._moved(appointment, number),
        }[prop]()
        self._save(changed)
        self.ledger.writes(appointment.id, prop, self.on_board(appointment, prop), self.on_board(changed, prop), BOARD)

    @staticmethod
    def _moved(appointment: Appointment, number: int) -> Appointment:
        # Each time of day is used once, so that a value tells who wrote it.
        start = appointment.start.astimezone(PARIS).replace(hour=8, minute=0) + timedelta(minutes=number)
        return replace(appointment, start=start, end=start + timedelta(hours=2))

    @rule(data=st.data(), who=st.sampled_from(["bruno", "chloe"]))
    def the_board_changes_the_team(self, data: st.DataObject, who: str) -> None:
        appointment = self.pick(data, self.published())
        if appointment is None:
            return
        self.ledger.touches(appointment.id)
        with self.scene.board() as uow:
            if appointment.participation(who) is None:
                rota.staff(uow, appointment.id, who, ParticipantRole.MEMBER)
            else:
                rota.unstaff(uow, appointment.id, who)

    @rule(data=st.data())
    def the_board_finds_a_team(self, data: st.DataObject) -> None:
        """What came from a calendar is confirmed by it."""
        found = {k: a for k, a in self.appointments().items() if a.to_confirm and a.state is AppointmentState.PUBLISHED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        self.ledger.touches(appointment.id)
        with self.scene.board() as uow:
            for person in ("anne", "bruno"):
                rota.staff(uow, appointment.id, person, ParticipantRole.MEMBER)
            rota.staff(uow, appointment.id, "denis", ParticipantRole.BASE_CONTACT)

    @rule(data=st.data())
    def the_board_cancels(self, data: st.DataObject) -> None:
        found = {k: a for k, a in self.appointments().items() if a.state is AppointmentState.PUBLISHED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        where = self.linked().get(appointment.id)
        crossed_in = where is not None and self.agreed_cancelled(where) and not self.standing()[where].cancelled
        with self.scene.board() as uow:
            rota.cancel(uow, appointment.id)
        self.ledger.cancels(appointment.id, crossed_in=bool(crossed_in))

    @rule(data=st.data())
    def the_board_brings_back(self, data: st.DataObject) -> None:
        found = {k: a for k, a in self.appointments().items() if a.state is AppointmentState.CANCELLED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        with self.scene.board() as uow:
            linked = bool(uow.links.of_subject("appointment", appointment.id))
            rota.bring_back(uow, appointment.id)
        self.ledger.brings_back(appointment.id, linked=linked)

    @rule()
    def the_board_publishes_another(self) -> None:
        number = self.number()
        self.made += 1
        with self.scene.board() as uow:
            uow.appointments.add(replace(outing(number % 20), id=f"new{number}", title=f"Board {number}"))

    @rule(data=st.data(), chosen=st.sampled_from(["ours", "theirs"]))
    def the_board_settles_a_conflict(self, data: st.DataObject, chosen: str) -> None:
        appointments = self.appointments()
        with self.scene.reading() as uow:
            opened = {c.id: c for c in uow.conflicts.open() if c.field in FIELDS.values() and c.subject_id in appointments}
        conflict = self.pick(data, opened)
        if conflict is None or (chosen == "ours" and appointments[conflict.subject_id].state is AppointmentState.CANCELLED):
            return
        with self.scene.board() as uow:
            conflicts.choose(uow, conflict.id, chosen)
        prop = next(prop for prop, name in FIELDS.items() if name == conflict.field)
        before, after = appointments[conflict.subject_id], self.scene.appointment(conflict.subject_id)
        self._chosen(conflict, prop)
        was, becomes = self.on_board(before, prop), self.on_board(after, prop)
        if chosen == "ours" or was != becomes:
            # What was changed again since is shown beside both: whoever chooses one of them saw it.
            self.ledger.writes(after.id, prop, was, becomes, BOARD)

    def _chosen(self, conflict: Conflict, prop: str) -> None:
        """Somebody saw both values: neither has to be told any more."""
        waiting = self.ledger.outstanding[conflict.subject_id, prop]
        for value in list(waiting):
            if any(as_told(prop, value) in str(seen) for seen in (conflict.ours, conflict.theirs)):
                del waiting[value]

    def _save(self, appointment: Appointment) -> None:
        with self.scene.board() as uow:
            uow.appointments.save(appointment)


def as_told(prop: str, value: str) -> str:
    """How a conflict names the value of a property."""
    if prop != "start":
        return value
    moment = datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=PARIS)
    return moment.astimezone(UTC).isoformat()


def _square():  # type: ignore[no-untyped-def]
    place = outing().place
    assert place is not None
    return place
