"""What the machine acts on: a server in memory, our side, two people's programs, and the ledger of who wrote what."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from calendars.sync.memory_server import READ_WRITE, MemoryServer
from calendars.sync.ports import Action, CollectionKind
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Link, Purpose
from tests.editor import STYLES, ContactsEditor, Editor
from tests.rows.twin_adapter import TwinAdapter
from tests.scene import PARIS, Scene, build
from tests.stateful import manners
from tests.stateful.dates import Seen, dates
from tests.stateful.invitations import SERVICE, Invitations
from tests.stateful.ledger import APP, Ledger

CLAIRE = "claire"
"""Who writes: our account, and everybody with a calendar app."""
TICK = timedelta(seconds=1)
"""No two writes are of one second: programs stamp what they write."""
PROPERTIES = ("title", "place", "start", "text")
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
"""Where there is no disk to wait for; what a database promises on a disk is tested elsewhere."""
Where = tuple[str, str]
"""(href, key) of one date."""


class Stage(RuleBasedStateMachine):
    """``trail``: where an app put the date of an appointment, as long as our side has not followed."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="machine", dir=MEMORY if MEMORY.is_dir() else None))
        self.ledger = Ledger()
        self.foreign: dict[str, str] = {}
        self.foreign_cards: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.people_made = 4
        self.added: dict[str, set[str]] = defaultdict(set)
        self.trail: dict[str, Where] = {}
        self.cut_off: set[str] = set()
        """Appointments whose date left its series since both sides were level."""
        self.series_came = False
        """Whether a new series came since then."""
        self.made = 0
        """How many appointments there may be at most."""
        self.scene: Scene

    @initialize(
        tokens=st.booleans(),
        etags=st.booleans(),
        rewrite=st.sampled_from([None, manners.stamped]),
        styles=st.lists(st.sampled_from(sorted(STYLES)), min_size=2, max_size=2, unique=True),
        puts_back=st.booleans(),
        schedules=st.booleans(),
        tell_after=st.sampled_from([0, 120]),
    )
    def begin(
        self,
        tokens: bool,
        etags: bool,
        rewrite: Callable[..., str] | None,
        styles: list[str],
        puts_back: bool,
        schedules: bool,
        tell_after: int,
    ) -> None:
        self.puts_back = puts_back
        self.post = Invitations() if schedules else None
        deliver = self.post.deliver if self.post is not None else None
        self.server = MemoryServer(tokens=tokens, rewrite=rewrite, etags=etags, schedules=schedules, deliver=deliver)
        purposes = (Purpose.OUTINGS, Purpose.CONTACTS)
        self.scene = build(
            self.folder,
            lambda space: self.server.home(SERVICE),
            purposes=purposes,
            outings=2,
            schedules=schedules,
            server="nextcloud" if schedules else "",
            tell_after=tell_after,
        )
        self.scene.syncer = replace(self.scene.syncer, pause=lambda seconds: None)
        self.calendar, self.book = (self.scene.collections[purpose] for purpose in purposes)
        for href in (self.calendar, self.book):
            self.server.grant(href, CLAIRE, READ_WRITE)
        calendar = TwinAdapter(self.server, CLAIRE, self.calendar, CollectionKind.CALENDAR)
        book = TwinAdapter(self.server, CLAIRE, self.book, CollectionKind.ADDRESSBOOK)
        known = {"clock": self.scene.clock, "ids": lambda: UUID(int=next(self.numbers))}
        self.programs = [Editor(calendar, style, me="service@example.org", **known) for style in styles]
        self.contacts = [ContactsEditor(book, style, **known) for style in styles]
        self.made = 2

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            self.scene.application.storage.close()
        shutil.rmtree(self.folder)

    # --- looking -------------------------------------------------------------------------------------------------

    def number(self) -> int:
        return next(self.numbers)

    def texts(self) -> dict[str, str]:
        return self.server.texts(self.calendar)

    def appointments(self) -> dict[str, Appointment]:
        with self.scene.reading() as uow:
            return {a.id: a for a in uow.appointments.all()}

    def published(self) -> dict[str, Appointment]:
        """Those that a coordinator would edit: what is to confirm waits for a team first."""
        return {k: a for k, a in self.appointments().items() if not a.to_confirm and a.state is AppointmentState.PUBLISHED}

    def links(self, kind: str) -> list[Link]:
        """What ties appointments or people to the server; none is tied twice."""
        with self.scene.reading() as uow:
            found = [link for binding in uow.bindings.all() for link in uow.links.of_binding(binding.id)]
        found = [link for link in found if link.subject_kind == kind]
        counted = Counter(link.subject_id for link in found)
        assert set(counted.values()) <= {1}, counted
        return found

    def linked(self) -> dict[str, Where]:
        """appointment -> the date that shows it in the calendar, for those that have one there."""
        links, standing = self.links("appointment"), self.standing()
        found = {}
        for link in links:
            where = (link.href, link.recurrence_id)
            if self.trail.get(link.subject_id) in (None, where):
                self.trail.pop(link.subject_id, None)
            else:
                where = self.trail[link.subject_id]
            if where in standing:
                found[link.subject_id] = where
        return found

    def standing(self) -> dict[Where, Seen]:
        """Every date in the calendar but those of foreign events."""
        return {
            (href, key): seen
            for href, text in self.texts().items()
            if href not in self.foreign
            for key, seen in dates(text).items()
        }

    def agreed_cancelled(self, where: Where) -> bool | None:
        """Whether a date was crossed out when both sides agreed last; None where they never did."""
        with self.scene.reading() as uow:
            known = uow.memory("space").get(self.calendar, where[0])
        seen = dates(known.base).get(where[1]) if known is not None and known.base is not None else None
        return seen.cancelled if seen is not None else None

    @staticmethod
    def on_board(appointment: Appointment, prop: str) -> str:
        if prop == "place":
            return appointment.place.name if appointment.place is not None else ""
        if prop == "start":
            return appointment.start.astimezone(PARIS).strftime("%Y%m%dT%H%M%S")
        return str(getattr(appointment, prop))

    # --- acting --------------------------------------------------------------------------------------------------

    @contextmanager
    def in_an_app(self, moves: Callable[[Where], Where] = lambda where: where) -> Iterator[None]:
        """What an app does within the block is read from the calendar before and after, and noted in the ledger.

        ``moves`` tells where a date stands afterwards, for a shifted or split series. Hooks of the server are off.
        """
        self.scene.clock.forward(TICK)
        hooks = self.server.before, self.server.after
        self.server.before = self.server.after = None
        before, owners = self.standing(), {where: owner for owner, where in self.linked().items()}
        with self.scene.reading() as uow:
            unsure = {intent.href for intent in uow.memory("space").intents() if intent.action is Action.CREATE}
        try:
            yield
        finally:
            self.server.before, self.server.after = hooks
        after = self.standing()
        for where, owner in owners.items():
            was, there = before[where], moves(where)
            now = after.get(there)
            if now is None:
                self.trail.pop(owner, None)
                self.ledger.deletes(owner, crossed_out=was.cancelled)
                if where[0] in unsure or (where[1] and self.series_came):
                    # Its first write may not have arrived, and goes out again; a new series may go on where this one ended.
                    self.ledger.takes_place.pop(owner, None)
                if where[1]:
                    self.cut_off.add(owner)
                continue
            if there != where:
                self.trail[owner] = there
            if there[0] != where[0]:
                self.cut_off.add(owner)
            for prop in PROPERTIES:
                old, new = getattr(was, prop), getattr(now, prop)
                if old != new:
                    self.ledger.writes(owner, prop, old, new, APP)
                    # Where a date was taken for one of another series what people wrote stands at another outing.
                    for other in self.cut_off - {owner}:
                        self.ledger.outstanding[other, prop].pop(old, None)
            if was.cancelled != now.cancelled:
                self.ledger.crosses(owner, out=now.cancelled, unseen=self.agreed_cancelled(where) is now.cancelled)
        for href in set(self.added) - set(self.texts()):
            del self.added[href]
