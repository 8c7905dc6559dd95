"""Passes, and what goes wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import rule

from calendars.sync.memory_server import Request
from calendars.sync.report import PassReport
from tests.stateful.apps import PROGRAMS, AppRules
from tests.stateful.board import BoardRules
from tests.stateful.invitations import SERVICE
from tests.stateful.manners import FAULTS, Fault, Killed
from tests.stateful.stage import PROPERTIES, TICK

JOURNAL = "memory_intents"


class FaultRules(AppRules, BoardRules):
    def sync(self, **options: bool) -> PassReport:
        self.scene.clock.forward(TICK)
        return self.scene.sync(**options)

    @contextmanager
    def hooked(self, hook: Any, *, after: bool = False) -> Iterator[None]:
        """Within the block the requests of our passes meet ``hook``."""

        def ours(request: Request) -> None:
            if request.user == SERVICE:
                hook(request)

        self.server.before, self.server.after = (None, ours) if after else (ours, None)
        try:
            yield
        finally:
            self.server.before = self.server.after = None

    @rule()
    def a_pass(self) -> None:
        self.sync()

    @rule(name=st.sampled_from(sorted(FAULTS)), number=st.integers(1, 12), times=st.sampled_from([1, 1, 2, 5]))
    def a_pass_goes_wrong(self, name: str, number: int, times: int) -> None:
        """The ``number``-th request that it may befall, and so many after it, meet a fault."""
        fault, met = FAULTS[name], 0

        def hook(request: Request) -> None:
            nonlocal met
            if not fault.methods or request.method in fault.methods:
                met += 1
                if number <= met < number + times:
                    raise fault.error

        self._troubled(fault, hook)

    @rule(
        data=st.data(),
        prop=st.sampled_from(PROPERTIES),
        name=st.sampled_from(sorted(FAULTS)),
        number=st.integers(1, 3),
        times=st.sampled_from([1, 3, 9]),
    )
    def a_write_goes_wrong(self, data: st.DataObject, prop: str, name: str, number: int, times: int) -> None:
        """There is something to write; three times in a row a pass gives up what it writes."""
        self.the_board_changes(data=data, prop=prop)
        fault, met = FAULTS[name], 0

        def hook(request: Request) -> None:
            nonlocal met
            if request.method == "PUT":
                met += 1
                if number <= met < number + times:
                    raise fault.error

        self._troubled(fault, hook)

    def _troubled(self, fault: Fault, hook: Any) -> None:
        with self.hooked(hook, after=fault.carried_out):
            try:
                self.sync()
            except Killed:
                assert isinstance(fault.error, Killed)

    @rule(number=st.integers(1, 400), what=st.sampled_from(["statement", "statement", "commit", "journal"]))
    def the_process_is_killed(self, number: int, what: str) -> None:
        """At a statement of the database, before a commit, or at an entry of the journal."""
        met, number = 0, number if what == "statement" else 1 + number % 12
        engine = self.scene.application.storage.engine

        def count(*seen: Any) -> None:
            nonlocal met
            if what != "journal" or (JOURNAL in seen[2] and not seen[2].startswith("SELECT")):
                met += 1
                if met == number:
                    raise Killed

        event = "commit" if what == "commit" else "before_cursor_execute"
        sa.event.listen(engine, event, count)
        try:
            self.sync()
        except Killed:
            pass
        finally:
            sa.event.remove(engine, event, count)

    @rule(program=PROGRAMS)
    def somebody_is_quicker_than_a_write(self, program: int) -> None:
        done = False

        def hook(request: Request) -> None:
            nonlocal done
            if not done and request.method == "PUT" and request.href in self.texts():
                done = True
                line = f"X-APP-{self.number()}"
                with self.in_an_app():
                    rows = self.programs[program].add_foreign_property(request.href, line, "kept")
                self.added[request.href].update(rows)

        with self.hooked(hook):
            self.sync()

    @rule(
        data=st.data(),
        prop=st.sampled_from(["title", "place"]),
        number=st.integers(1, 8),
        after=st.booleans(),
        program=PROGRAMS,
    )
    def an_app_changes_something_during_a_pass(
        self, data: st.DataObject, prop: str, number: int, after: bool, program: int
    ) -> None:
        picked, met = self.pick_date(data), 0
        if picked is None:
            return

        def hook(_request: Request) -> None:
            nonlocal met
            met += 1
            if met == number and picked[1][0] in self.texts():
                with self.in_an_app():
                    self.change(self.programs[program], picked[1][0], prop)

        with self.hooked(hook, after=after):
            self.sync()

    @rule(silently=st.booleans())
    def the_server_forgets_what_changed(self, silently: bool) -> None:
        """``silently``: it does not even say so. Then it hides no series that no pass has seen, as below."""
        seen = {link.href for link in self.links("appointment")}
        unseen = any("RRULE:" in text for href, text in self.texts().items() if href not in seen)
        for href in (self.calendar, self.book):
            self.server.prune(href, silently=silently and not (unseen and href == self.calendar))

    @rule(data=st.data(), number=st.integers(1, 2))
    def a_listing_is_not_complete(self, data: st.DataObject, number: int) -> None:
        """The server lists everything, and leaves some out. Not the second half of a split that no pass has seen: found only
        after a quarter of an hour (``LATELY``) it is a new series, and the dates cut off stay called off."""
        seen = {link.href for link in self.links("appointment")}
        hrefs = sorted(href for href, text in self.texts().items() if href in seen or "RRULE:" not in text)
        self.server.unlisted = set(data.draw(st.lists(st.sampled_from(hrefs), max_size=number))) if hrefs else set()
        try:
            self.sync(full=True)
        finally:
            self.server.unlisted = set()

    @rule(hours=st.integers(-30, 30))
    def the_clock_is_wrong_for_a_pass(self, hours: int) -> None:
        right = self.scene.clock.now
        self.scene.clock.now += timedelta(hours=hours)
        try:
            self.sync()
        finally:
            self.scene.clock.now = right

    @rule()
    def some_minutes_pass(self) -> None:
        self.scene.clock.forward(timedelta(minutes=7))
