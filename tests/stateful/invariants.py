"""What holds whenever it has become quiet."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Conflict
from tests.stateful.board import FIELDS, as_told
from tests.stateful.dates import Seen, lines_of, uid
from tests.stateful.restoring import RestoreRules
from tests.stateful.stage import PROPERTIES, Where

RESTS, LATELY = timedelta(minutes=3), timedelta(minutes=20)
PASSES = 10
"""After so many undisturbed passes it is quiet."""


class SyncMachine(RestoreRules):
    """Everybody at once; ``settle`` asks whether everything is as it should be. ``survived`` counts histories."""

    survived = 0

    def teardown(self) -> None:
        try:
            # After a failure there is nothing more to ask.
            if hasattr(self, "scene") and sys.exc_info()[0] is None:
                self.settle()
                SyncMachine.survived += 1
        finally:
            super().teardown()

    def quiet(self, *, full: bool) -> None:
        still = 0
        for _ in range(PASSES):
            report = self.sync(full=full)
            assert not report.error, report.error
            if any(counts.guarded for counts in report.collections.values()):
                self.answer_the_guard()
                continue
            still = 0 if report.totals.get("pushed") or report.totals.get("pulled") else still + 1
            if still == 2:
                return
            # What people are told of rests a little first.
            self.scene.clock.forward(RESTS)
            full = False
        raise AssertionError("it never came to rest")

    @precondition(lambda self: hasattr(self, "scene"))
    @rule()
    def settle(self) -> None:
        self.quiet(full=False)
        self.quiet(full=True)
        before = len(self.server.log)
        report = self.sync()
        asked = [method for method, _, _ in self.server.log[before:]]
        assert asked == ["PROPFIND", "PROPFIND"], report.as_json()
        with self.scene.reading() as uow:
            assert list(uow.memory("space").intents()) == []
            conflicts = uow.conflicts.open()
        assert [c for c in conflicts if c.field == "write_refused"] == []
        self.trail.clear()
        appointments, linked, standing = self.appointments(), self.linked(), self.standing()
        self.foreign_is_untouched()
        self.sides_agree(appointments, linked, standing)
        self.nothing_is_twice(appointments, linked, standing)
        self.last_word_counts(appointments)
        self.no_edit_is_lost(appointments, conflicts)
        self.everybody_is_told_once(linked)
        self.people_are_as_they_should_be(conflicts)
        self.ledger.level(but=self.waiting(appointments, linked, standing))
        self.cut_off.clear()
        # What came long ago is no part of a split.
        self.scene.clock.forward(LATELY)
        self.series_came = self.went_back = False
        self.back_up()

    @precondition(lambda self: hasattr(self, "scene"))
    @rule(data=st.data())
    def the_server_is_restored(self, data: st.DataObject) -> None:
        self.settle()
        if len(self.backups) > 1:
            self.go_back(data.draw(st.integers(0, len(self.backups) - 2)))

    def foreign_is_untouched(self) -> None:
        texts = self.texts()
        for href, text in self.foreign.items():
            assert texts.get(href) == text
        for href, added in self.added.items():
            standing = lines_of(texts[href])
            assert added <= standing, (href, added - standing)

    def sides_agree(
        self, appointments: dict[str, Appointment], linked: dict[str, Where], standing: dict[Where, Seen]
    ) -> None:
        for appointment_id, appointment in appointments.items():
            where = linked.get(appointment_id)
            if appointment.state is AppointmentState.CANCELLED:
                assert where is None or standing[where].cancelled, f"{appointment_id} is called off on the board alone"
                continue
            assert where is not None, f"{appointment_id} is in no calendar"
            seen = standing[where]
            assert not seen.cancelled, f"{appointment_id} is called off in the calendar alone"
            if appointment.to_confirm:
                continue
            for prop in PROPERTIES:
                assert self.on_board(appointment, prop) == getattr(seen, prop), (appointment_id, prop)
            bruno, answered = appointment.participation("bruno"), seen.answers.get("bruno@example.org")
            assert (bruno is None) == (answered is None), appointment_id
            if bruno is not None:
                assert appointment.response_for_now(bruno).upper() == answered

    def waiting(
        self, appointments: dict[str, Appointment], linked: dict[str, Where], standing: dict[Where, Seen]
    ) -> set[str]:
        """What is to be confirmed is written then: until that, the board alone has what was decided there."""
        return {
            id
            for id, a in appointments.items()
            if a.to_confirm and id in linked
            and any(self.on_board(a, prop) != getattr(standing[linked[id]], prop) for prop in PROPERTIES)
        }  # fmt: skip

    def nothing_is_twice(
        self, appointments: dict[str, Appointment], linked: dict[str, Where], standing: dict[Where, Seen]
    ) -> None:
        assert len(appointments) <= self.made, sorted(appointments)
        uids = Counter(uid(text) for href, text in self.texts().items() if href not in self.foreign)
        assert set(uids.values()) <= {1}, uids
        subjects = Counter(name.rpartition("-")[0] for name in uids if name.endswith(".hors-les-murs"))
        assert set(subjects.values()) <= {1}, subjects
        shown = Counter(linked.values())
        assert set(shown.values()) <= {1}, shown
        assert {where for where, seen in standing.items() if not seen.cancelled} <= shown.keys(), "a date is nobody's"

    def everybody_is_told_once(self, linked: dict[str, Where]) -> None:
        if self.post is None:
            return
        assert self.post.twice == []
        with self.scene.reading() as uow:
            untold = {conflict.subject_id for conflict in uow.conflicts.all(field="untold")}
        for href, text in self.texts().items():
            # Where the server broke off while it told people, a person is asked to tell the rest.
            if not any(at == href and id in untold for id, (at, _) in linked.items()):
                stale = self.post.stale(text)
                assert stale == [], (href, stale)

    def last_word_counts(self, appointments: dict[str, Appointment]) -> None:
        for appointment_id, takes_place in self.ledger.takes_place.items():
            if appointment_id not in appointments:
                continue
            there = appointments[appointment_id].state is AppointmentState.PUBLISHED
            assert there is takes_place, (appointment_id, "takes place" if there else "is called off")

    def no_edit_is_lost(self, appointments: dict[str, Appointment], conflicts: Iterable[Conflict]) -> None:
        told = [(c.subject_id, c.field, str(v)) for c in conflicts for v in (c.ours, c.theirs)]
        for (appointment_id, prop), values in self.ledger.outstanding.items():
            if prop not in PROPERTIES:
                continue
            # Of two that were one outing seen twice, one went; a date that left its series while another series came may be
            # taken for one of that. What people wrote into it is there all the same.
            alone = appointment_id in appointments and not (self.series_came and appointment_id in self.cut_off)
            where = [appointment_id] if alone else sorted(appointments)
            for value in values:
                if any(self.on_board(appointments[id], prop) == value for id in where):
                    continue
                needle = as_told(prop, value)
                assert any(s in where and f == FIELDS[prop] and needle in v for s, f, v in told), (
                    appointment_id, prop, value, sorted(told),
                )  # fmt: skip
