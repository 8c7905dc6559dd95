"""A board, calendar apps and a bad network act at random; once it is quiet both sides agree and nothing was lost.

A value that somebody wrote is *outstanding* until somebody who saw it writes another, or both sides have settled: then it
stands on both sides, or is in the conflict list. ``HLM_TEST_SOAK=N`` runs N examples.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from calendars.errors import Forbidden, PreconditionFailed, ServerTrouble, Unreachable
from calendars.sync.memory_server import MemoryServer, Request
from calendars.sync.report import PassReport
from sidecar.domain.appointments import Appointment, AppointmentState, Participation
from sidecar.domain.bindings import Purpose
from sidecar.projection.context import OPENING
from sidecar.services import rota
from tests.scene import PARIS, Scene, build, outing
from tests.stateful import lines

SOAK = int(os.environ.get("HLM_TEST_SOAK") or 0)
STEPS = 25
SERVICE = "service"
PROPERTIES = {"title": "SUMMARY", "place": "LOCATION", "start": "DTSTART", "text": "DESCRIPTION"}
FIELDS = {"title": "summary", "place": "location", "start": "time", "text": "text"}


class Killed(BaseException):
    """The process ends here."""


FAULTS: dict[str, tuple[BaseException, bool]] = {
    "request lost": (Unreachable("Gone"), False),
    "answer lost": (Unreachable("Gone"), True),
    "busy": (ServerTrouble("Busy", status=503), False),
    "choked": (ServerTrouble("Oops", status=500), False),
    "carried out and denied": (ServerTrouble("Oops", status=500), True),
    "too late": (PreconditionFailed("Changed", status=412), False),
    "forbidden": (Forbidden("No", status=403), False),
    "killed before": (Killed(), False),
    "killed after": (Killed(), True),
}


def as_is(_kind: object, text: str) -> str:
    return text


def stamped(_kind: object, text: str) -> str:
    """Other order, a stamp of the server's own, no product: as Radicale and others store."""
    kept = [line for line in lines.unfolded(text) if not line.startswith(("PRODID", "CREATED"))]
    at = kept.index("BEGIN:VEVENT")
    end = kept.index("END:VEVENT")
    inner = sorted(kept[at + 1 : end]) if "BEGIN:VALARM" not in kept else kept[at + 1 : end]
    return "\r\n".join([*kept[: at + 1], "CREATED:20260101T000000Z", *inner, *kept[end:], ""])


class SyncMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self.foreign: dict[str, str] = {}
        self.added: dict[str, set[str]] = defaultdict(set)
        self.outstanding: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.touched: set[str] = set()
        self.must_be_cancelled: set[str] = set()
        self.scene: Scene

    def teardown(self) -> None:
        try:
            if hasattr(self, "scene"):
                self.settle()
        finally:
            if hasattr(self, "scene"):
                self.scene.application.storage.close()
            shutil.rmtree(self.folder)

    @initialize(tokens=st.booleans(), rewrite=st.sampled_from([as_is, stamped]))
    def begin(self, tokens: bool, rewrite: Callable[[object, str], str]) -> None:
        self.server = MemoryServer(tokens=tokens, rewrite=rewrite)
        self.scene = build(self.folder, lambda space: self.server.home(SERVICE), purposes=(Purpose.OUTINGS,), outings=2)
        self.scene.syncer = replace(self.scene.syncer, pause=lambda seconds: None)
        self.calendar = self.scene.collections[Purpose.OUTINGS]

    # --- looking -------------------------------------------------------------------------------------------------

    def appointments(self) -> dict[str, Appointment]:
        with self.scene.reading() as uow:
            return {a.id: a for a in uow.appointments.all()}

    def linked(self) -> dict[str, str]:
        """appointment -> href, of those whose event stands in the calendar."""
        with self.scene.reading() as uow:
            links = [link for binding in uow.bindings.all() for link in uow.links.of_binding(binding.id)]
        counted = Counter(link.subject_id for link in links)
        assert set(counted.values()) <= {1}, counted
        texts = self.server.texts(self.calendar)
        return {link.subject_id: link.href for link in links if link.href in texts}

    def number(self) -> int:
        return next(self.numbers)

    @staticmethod
    def on_board(appointment: Appointment, prop: str) -> str:
        if prop == "title":
            return appointment.title
        if prop == "text":
            return appointment.text
        if prop == "place":
            return appointment.place.name if appointment.place is not None else ""
        return appointment.start.astimezone(PARIS).strftime("%Y%m%dT%H%M%S")

    def in_calendar(self, href: str, prop: str) -> str:
        found = lines.value(self.server.texts(self.calendar)[href], PROPERTIES[prop])
        return found.partition(OPENING)[0].removesuffix("\\n\\n") if prop == "text" else found

    # --- the board -----------------------------------------------------------------------------------------------

    def board_sees(self, appointment: Appointment, prop: str, new: str) -> None:
        waiting = self.outstanding[appointment.id, prop]
        waiting.discard(self.on_board(appointment, prop))
        waiting.add(new)
        self.touched.add(appointment.id)
        self.must_be_cancelled.discard(appointment.id)

    def pick(self, data: st.DataObject, among: dict[str, Appointment]) -> Appointment | None:
        ids = sorted(among)
        return among[data.draw(st.sampled_from(ids))] if ids else None

    @rule(data=st.data(), prop=st.sampled_from(sorted(PROPERTIES)))
    def the_board_changes(self, data: st.DataObject, prop: str) -> None:
        found = {k: a for k, a in self.appointments().items() if not a.to_confirm and a.state is AppointmentState.PUBLISHED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        number = self.number()
        if prop == "title":
            changed, new = replace(appointment, title=f"Board {number}"), f"Board {number}"
        elif prop == "text":
            changed, new = replace(appointment, text=f"Board {number}"), f"Board {number}"
        elif prop == "place":
            place = outing().place
            assert place is not None
            changed, new = replace(appointment, place=replace(place, name=f"Square {number}")), f"Square {number}"
        else:
            start = datetime(2026, 3, 2, 8, tzinfo=PARIS) + timedelta(minutes=number)
            changed = replace(appointment, start=start, end=start + timedelta(hours=2))
            new = start.strftime("%Y%m%dT%H%M%S")
        self.board_sees(appointment, prop, new)
        with self.scene.board() as uow:
            uow.appointments.save(changed)

    @rule(data=st.data(), who=st.sampled_from(["bruno", "chloe"]))
    def the_board_changes_the_team(self, data: st.DataObject, who: str) -> None:
        found = {k: a for k, a in self.appointments().items() if not a.to_confirm and a.state is AppointmentState.PUBLISHED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        team = tuple(p for p in appointment.participants if p.person_id != who)
        if len(team) == len(appointment.participants):
            team += (Participation(person_id=who),)
        self.touched.add(appointment.id)
        with self.scene.board() as uow:
            uow.appointments.save(replace(appointment, participants=team))

    @rule(data=st.data())
    def the_board_cancels(self, data: st.DataObject) -> None:
        found = {k: a for k, a in self.appointments().items() if a.state is AppointmentState.PUBLISHED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        with self.scene.board() as uow:
            rota.cancel(uow, appointment.id)
        self.touched.add(appointment.id)
        self.must_be_cancelled.add(appointment.id)

    @rule(data=st.data())
    def the_board_brings_back(self, data: st.DataObject) -> None:
        found = {k: a for k, a in self.appointments().items() if a.state is AppointmentState.CANCELLED}
        appointment = self.pick(data, found)
        if appointment is None:
            return
        with self.scene.board() as uow:
            rota.bring_back(uow, appointment.id)
        self.touched.add(appointment.id)
        self.must_be_cancelled.discard(appointment.id)

    @rule()
    def the_board_publishes_another(self) -> None:
        number = self.number()
        with self.scene.board() as uow:
            uow.appointments.add(replace(outing(number % 20), id=f"new{number}", title=f"Board {number}"))

    # --- calendar apps -------------------------------------------------------------------------------------------

    def put(self, href: str, text: str) -> None:
        self.server.put(SERVICE, href, text)

    @rule(data=st.data(), prop=st.sampled_from(sorted(PROPERTIES)))
    def an_app_changes(self, data: st.DataObject, prop: str) -> None:
        linked = self.linked()
        if not linked:
            return
        appointment_id = data.draw(st.sampled_from(sorted(linked)))
        href, number = linked[appointment_id], self.number()
        text = self.server.texts(self.calendar)[href]
        waiting = self.outstanding[appointment_id, prop]
        waiting.discard(self.in_calendar(href, prop))
        if prop == "start":
            start = datetime(2026, 3, 20, 8, tzinfo=PARIS) + timedelta(minutes=number)
            new = start.strftime("%Y%m%dT%H%M%S")
            text = lines.with_value(text, "DTSTART", new)
            text = lines.with_value(text, "DTEND", (start + timedelta(hours=1)).strftime("%Y%m%dT%H%M%S"))
        elif prop == "text":
            _, opening, block = lines.value(text, "DESCRIPTION").partition(OPENING)
            new = f"App {number}"
            text = lines.with_value(text, "DESCRIPTION", f"{new}\\n\\n{opening}{block}" if opening else new)
        else:
            new = f"App {number}"
            text = lines.with_value(text, PROPERTIES[prop], new)
        waiting.add(new)
        self.put(href, text)

    @rule(data=st.data())
    def an_app_adds_a_property_of_its_own(self, data: st.DataObject) -> None:
        linked = self.linked()
        if not linked:
            return
        href, line = linked[data.draw(st.sampled_from(sorted(linked)))], f"X-APP-{self.number()}:kept"
        self.put(href, lines.with_line(self.server.texts(self.calendar)[href], line))
        self.added[href].add(line)

    @rule(data=st.data(), partstat=st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE"]))
    def somebody_answers(self, data: st.DataObject, partstat: str) -> None:
        linked = self.linked()
        if not linked:
            return
        href = linked[data.draw(st.sampled_from(sorted(linked)))]
        text = self.server.texts(self.calendar)[href]
        self.put(href, lines.with_answer(text, "bruno@example.org", partstat))

    @rule(data=st.data())
    def an_app_deletes(self, data: st.DataObject) -> None:
        linked = self.linked()
        if not linked:
            return
        appointment_id = data.draw(st.sampled_from(sorted(linked)))
        href = linked[appointment_id]
        self.server.delete(SERVICE, href)
        self.added.pop(href, None)
        for prop in PROPERTIES:
            # What an app wrote into an event goes with it where nobody else has it.
            waiting = self.outstanding[appointment_id, prop]
            waiting.difference_update({v for v in waiting if v.startswith(("App", "20260320", "20260321"))})
        if appointment_id not in self.touched:
            self.must_be_cancelled.add(appointment_id)

    @rule(kind=st.sampled_from(["dentist", "anothers", "unreadable"]))
    def an_app_creates_something_else(self, kind: str) -> None:
        number = self.number()
        text = {
            "dentist": lines.event(f"foreign{number}", f"Dentiste {number}"),
            "anothers": lines.event(f"foreign{number}", "Le Café du facteur", extra="ORGANIZER:mailto:else@example.net"),
            "unreadable": f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:foreign{number}\r\nSUMMARY Café\r\nEND:VEVENT\r\n",
        }[kind]
        href = f"{self.calendar}foreign{number}.ics"
        self.server.rewrite, kept = None, self.server.rewrite
        self.put(href, text)
        self.server.rewrite = kept
        self.foreign[href] = text

    @rule()
    def an_app_creates_an_outing(self) -> None:
        number = self.number()
        self.put(f"{self.calendar}made{number}.ics", lines.event(f"made{number}", "Le Café du facteur"))

    @rule(data=st.data())
    def an_app_copies(self, data: st.DataObject) -> None:
        linked = self.linked()
        if not linked:
            return
        text = self.server.texts(self.calendar)[linked[data.draw(st.sampled_from(sorted(linked)))]]
        number = self.number()
        self.put(f"{self.calendar}copy{number}.ics", lines.with_value(text, "UID", f"copy{number}"))

    # --- passes and their troubles -------------------------------------------------------------------------------

    def sync(self, **options: bool) -> PassReport:
        return self.scene.sync(**options)

    @rule()
    def a_pass(self) -> None:
        self.sync()

    @rule(fault=st.sampled_from(sorted(FAULTS)), number=st.integers(1, 12), writes=st.booleans())
    def a_pass_goes_wrong(self, fault: str, number: int, writes: bool) -> None:
        error, after = FAULTS[fault]
        met = 0

        def hook(request: Request) -> None:
            nonlocal met
            met += request.method == "PUT" or not writes
            if met == number:
                met += 1
                raise error

        self.server.before, self.server.after = (None, hook) if after else (hook, None)
        try:
            self.sync()
        except Killed:
            assert isinstance(error, Killed)
        finally:
            self.server.before = self.server.after = None

    @rule(data=st.data())
    def somebody_is_quicker_than_a_write(self, data: st.DataObject) -> None:
        line = f"X-APP-{self.number()}:kept"

        def hook(request: Request) -> None:
            if request.method == "PUT" and request.href in self.server.texts(self.calendar):
                self.server.before = None
                self.put(request.href, lines.with_line(self.server.texts(self.calendar)[request.href], line))
                self.added[request.href].add(line)

        self.server.before = hook
        self.sync()
        self.server.before = None

    @rule(data=st.data(), prop=st.sampled_from(["title", "place"]), number=st.integers(1, 8), after=st.booleans())
    def an_app_changes_something_during_a_pass(self, data: st.DataObject, prop: str, number: int, after: bool) -> None:
        linked = self.linked()
        if not linked:
            return
        appointment_id = data.draw(st.sampled_from(sorted(linked)))
        href, new, met = linked[appointment_id], f"App {self.number()}", 0

        def hook(_request: Request) -> None:
            nonlocal met
            met += 1
            texts = self.server.texts(self.calendar)
            if met == number and href in texts:
                waiting = self.outstanding[appointment_id, prop]
                waiting.discard(self.in_calendar(href, prop))
                waiting.add(new)
                self.put(href, lines.with_value(texts[href], PROPERTIES[prop], new))

        self.server.before, self.server.after = (None, hook) if after else (hook, None)
        self.sync()
        self.server.before = self.server.after = None

    @rule(silently=st.booleans())
    def the_server_forgets_what_changed(self, silently: bool) -> None:
        self.server.prune(self.calendar, silently=silently)

    @rule()
    def a_day_passes(self) -> None:
        self.scene.clock.forward(timedelta(minutes=7))

    # --- what holds ----------------------------------------------------------------------------------------------

    def quiet(self, *, full: bool) -> None:
        for _ in range(8):
            report = self.sync(full=full)
            assert not report.error, report.error
            if report.of(self.calendar).guarded:
                self.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
                continue
            if not report.totals.get("pushed") and not report.totals.get("pulled"):
                return
            full = False
        raise AssertionError("it never came to rest")

    @precondition(lambda self: hasattr(self, "scene"))
    @rule()
    def settle(self) -> None:
        self.quiet(full=False)
        self.quiet(full=True)
        before = len(self.server.log)
        report = self.sync()
        assert [method for method, _, _ in self.server.log[before:]] == ["PROPFIND"], report.as_json()
        texts, linked, appointments = self.server.texts(self.calendar), self.linked(), self.appointments()
        with self.scene.reading() as uow:
            assert list(uow.memory("space").intents()) == []
            conflicts = uow.conflicts.open()
        assert [c for c in conflicts if c.field == "write_refused"] == []
        self.foreign_is_untouched(texts)
        self.sides_agree(texts, linked, appointments)
        self.nothing_is_twice(texts)
        for appointment_id in self.must_be_cancelled:
            assert appointments[appointment_id].state is AppointmentState.CANCELLED, appointment_id
        told = {(c.subject_id, c.field, str(v)) for c in conflicts for v in (c.ours, c.theirs)}
        whole = {(c.subject_id) for c in conflicts if c.why == "deleted_there_changed_here"}
        for (appointment_id, prop), values in self.outstanding.items():
            appointment = appointments[appointment_id]
            for value in values:
                if self.on_board(appointment, prop) == value or appointment_id in whole:
                    continue
                needle = self.as_told(prop, value)
                assert any(s == appointment_id and f == FIELDS[prop] and needle in v for s, f, v in told), (
                    appointment_id, prop, value, sorted(told),
                )  # fmt: skip
            values.clear()
        self.touched.clear()

    @staticmethod
    def as_told(prop: str, value: str) -> str:
        if prop != "start":
            return value
        moment = datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=PARIS)
        return moment.astimezone(UTC).isoformat()

    def foreign_is_untouched(self, texts: dict[str, str]) -> None:
        for href, text in self.foreign.items():
            assert texts.get(href) == text
        for href, added in self.added.items():
            standing = set(lines.unfolded(texts[href]))
            assert added <= standing, (href, added - standing)

    def sides_agree(self, texts: dict[str, str], linked: dict[str, str], appointments: dict[str, Appointment]) -> None:
        for appointment_id, appointment in appointments.items():
            href = linked.get(appointment_id)
            if appointment.state is AppointmentState.CANCELLED:
                assert href is None or lines.value(texts[href], "STATUS") == "CANCELLED", appointment_id
                continue
            assert href is not None, f"{appointment_id} is in no calendar"
            assert lines.value(texts[href], "STATUS") != "CANCELLED", appointment_id
            if appointment.to_confirm:
                continue
            for prop in PROPERTIES:
                assert self.on_board(appointment, prop) == self.in_calendar(href, prop), (appointment_id, prop)
            bruno = appointment.participation("bruno")
            answered = lines.answer(texts[href], "bruno@example.org")
            assert (bruno is None) == (answered is None), appointment_id
            if bruno is not None:
                assert appointment.response_for_now(bruno).upper() == answered

    def nothing_is_twice(self, texts: dict[str, str]) -> None:
        uids = Counter(lines.value(text, "UID") for href, text in texts.items() if href not in self.foreign)
        assert set(uids.values()) <= {1}, uids
        subjects = Counter(uid.rpartition("-")[0] for uid in uids if uid.endswith(".hors-les-murs"))
        assert set(subjects.values()) <= {1}, subjects


@pytest.mark.slow
def test_whatever_happens_both_sides_agree_and_nothing_is_lost() -> None:
    run_state_machine_as_test(
        SyncMachine,
        settings=settings(
            max_examples=SOAK or 40,
            # The short run is the same everywhere; the long one looks for what nobody saw yet.
            derandomize=not SOAK,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
