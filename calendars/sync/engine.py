"""One pass of one space: look in one request, pull, guard, absorb, draw, push with a journal, tell.

The engine knows texts and etags; what they mean is the replica's business (``calendars.sync.replica``).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calendars.errors import CalendarsError, Paused
from calendars.sync.changes import all_absorbed, changes, note_restored
from calendars.sync.collecting import uncollected
from calendars.sync.guard import ACCEPTED, Guard, GuardPolicy
from calendars.sync.ports import (
    LOOK_AGAIN,
    Action,
    Collection,
    CollectionState,
    Cursor,
    Home,
    Intent,
    Known,
    Memory,
    Past,
    Resource,
)
from calendars.sync.pull import Pulled, Puller, conclude, keep, needs_pull
from calendars.sync.push import Pusher
from calendars.sync.replica import Absorbed, Bound, Store, Unit, Verdict, Wanted
from calendars.sync.report import PassReport


@dataclass(frozen=True, kw_only=True)
class Policy:
    """``rounds``: how often a pass pulls again after pushing (and after a 412) before it leaves the rest to the next.

    ``remember``: for how long a state that was superseded is known again when a server goes back to it.
    """

    rounds: int = 4
    remember: timedelta = timedelta(days=180)
    list_after: timedelta = timedelta(hours=24)
    draw_at_once: int = 200
    guard: GuardPolicy = field(default_factory=GuardPolicy)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How things stood before a look: whether anything waits on our side, else where each collection was read up to."""

    waits: bool
    cursors: Mapping[str, Cursor] = field(default_factory=dict)


def standing_in(unit: Unit) -> Standing:
    if unit.memory.waits() or unit.replica.waiting() or unit.replica.due():
        return Standing(waits=True)
    return Standing(waits=False, cursors=unit.memory.cursors())


class Engine:
    """Runs passes of one space. ``now`` gives aware times, ``new_op`` unique names for journal entries."""

    def __init__(
        self,
        home: Home,
        store: Store,
        bound: Sequence[Bound],
        *,
        now: Callable[[], datetime],
        new_op: Callable[[], str],
        policy: Policy | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._home = home
        self._store = store
        self._bound = {b.href: b for b in bound}
        self._now = now
        self._new_op = new_op
        self._policy = policy or Policy()
        self._pause = pause
        self._collections: dict[str, Collection] = {}

    def run(self, *, dry: bool = False, full: bool = False, standing: Standing | None = None) -> PassReport:
        """Bring both sides together; never raises for what a server does (``report.error`` tells).

        ``dry`` reads, shows what would be absorbed and written, and keeps nothing. ``full`` lists every collection.
        ``standing``: for whoever has read it just now, and lets nobody else pass meanwhile.
        """
        report = PassReport(dry=dry)
        before = self._home.requests
        try:
            if self._bound:
                self._rounds(report, dry=dry, full=full, standing=standing)
        except CalendarsError as error:
            report.error, report.error_kind = str(error), type(error).__name__
            report.pause = (error.retry_after or 0.0) if isinstance(error, Paused) else None
        report.requests = self._home.requests - before
        return report

    def _rounds(self, report: PassReport, *, dry: bool, full: bool, standing: Standing | None) -> None:
        bound = list(self._bound.values())
        pusher = Pusher(self._store, self._collection, bound, report, self._pause, self._home.at_once)
        if standing is None:
            with self._store.look() as unit:
                standing = standing_in(unit)
        for number in range(self._policy.rounds):
            report.rounds = number + 1
            states = {s.href: s for s in self._home.look({b.kind for b in self._bound.values()})}
            self._tell(states, report, dry=dry)
            if number == 0 and not full and self._idle(states, standing):
                report.quiet = True
                return
            shown: list[tuple[Collection, list[Resource]]] = []
            puller = Puller(self._store, self._collection, report, self._home.at_once, self._policy.list_after, self._now)
            pulled = puller.pull(states, bound, shown if dry else None, full=full and number == 0)
            if not dry:
                pusher.recover()
            with uncollected(), self._store.unit() as unit:
                for collection, batch in shown:
                    keep(unit, collection, batch)
                self._absorb(unit, states, pulled, report)
                may = unit.replica.may_write()
                wanted = self._decide(unit, report, pusher) if may else []
                if dry:
                    self._show(unit, wanted, report)
                    # Leaves the block: nothing after it is run.
                    unit.rollback()
                again = any(unit.memory.cursor(href).mark == LOOK_AGAIN for href in self._bound)
            if dry or not may:
                return
            held = _troubled(report)
            if not again and not pusher.open_intents(held):
                return
            stopped = pusher.send_open(held)
            if stopped is not None:
                raise stopped

    def _tell(self, states: dict[str, CollectionState], report: PassReport, *, dry: bool) -> None:
        """What the look shows of each collection: its name, and whether we may still write there.

        A dry run shows what would be written, whether it may or not.
        """
        for href, bound in self._bound.items():
            state = states.get(href)
            if state is not None:
                report.of(href).name = state.display_name
                report.of(href).read_only = bound.writes and not state.writable and not dry

    def _idle(self, states: dict[str, CollectionState], standing: Standing) -> bool:
        """Whether nothing changed on either side since the last pass, and nothing waits."""
        now, cursors = self._now(), standing.cursors
        return not standing.waits and not any(
            href not in states
            or cursors.get(href, Cursor()).guarded
            or needs_pull(states[href], cursors.get(href, Cursor()), now, self._policy.list_after)
            for href in self._bound
        )

    # --- guard and absorb ---------------------------------------------------------------------------------------

    def _absorb(self, unit: Unit, states: dict[str, CollectionState], pulled: Sequence[Pulled], report: PassReport) -> None:
        now = self._now()
        for part in pulled:
            conclude(unit, part, now)
            if part.complete:
                if not report.totals.get("refused"):
                    # Else it was refused just now, in an earlier round.
                    unit.replica.retry(part.collection.href)
                unit.memory.forget_earlier(part.collection.href, now - self._policy.remember)
        self._write_off(unit.memory, states, now)
        pending = list(unit.memory.pending(list(self._bound)))
        note_restored(unit.memory, pulled, pending)
        reasons = Guard(self._policy.guard, unit.memory, self._bound, now).reasons(
            states, pulled, pending, self._home.binned
        )
        for href, reason in reasons.items():
            report.of(href).guarded = reason
        guarded = {href for href, reason in reasons.items() if reason}
        open_collections = [href for href in self._bound if href not in guarded]
        # Read by the pull and not by the journal: without knowing what of it we wrote, nobody can tell who changed what.
        unsure = {(i.collection, i.href) for i in unit.memory.intents() if report.of(i.collection).error}
        ripe = [k for k in self._ripe(pending, guarded, report) if (k.collection, k.href) not in unsure]
        kinds = {href: bound.kind for href, bound in self._bound.items()}
        answers = unit.replica.absorb(changes(unit.memory, ripe, kinds))
        for answer in answers:
            counts = report.of(answer.change.collection)
            counts.merged += 1 if answer.verdict is Verdict.OURS else 0
            counts.watched += 1 if answer.verdict is Verdict.WATCHED else 0
            counts.unreadable += 1 if answer.verdict is Verdict.UNREADABLE else 0
            counts.conflicted += answer.conflicts
            counts.put_back += answer.put_back
        self._agree(unit.memory, answers)
        absorbed = {(known.collection, known.href) for known in ripe}
        left = [known for known in pending if (known.collection, known.href) not in absorbed]
        for href in open_collections:
            if unit.memory.cursor(href).past is not Past.NOT and (href not in states or report.of(href).error):
                # It was not read yet.
                continue
            all_absorbed(unit.memory, href, left)
            cursor = unit.memory.cursor(href)
            if cursor.guarded == ACCEPTED:
                unit.memory.forgive(href)
                unit.memory.set_cursor(href, _guarded(cursor, ""))

    def _write_off(self, memory: Memory, states: dict[str, CollectionState], now: datetime) -> None:
        """A person said that a collection is gone for good: all that it held is lost."""
        for href in self._bound:
            cursor = memory.cursor(href)
            if href not in states and cursor.guarded == ACCEPTED and cursor.past is Past.NOT:
                for lost in memory.etags(href):
                    memory.lose(href, lost, now)
                # Should it be there again one day, as it was, it is read from the beginning.
                memory.set_cursor(href, Cursor(guarded=ACCEPTED))

    def _ripe(self, pending: Sequence[Known], guarded: set[str], report: PassReport) -> list[Known]:
        """What may be absorbed now. A deletion waits while another collection of its kind could not be read, or holds
        that UID behind the guard: it may be half of a move."""
        unread = {self._bound[href].kind for href in self._bound if report.of(href).error}
        withheld = {k.uid for k in pending if k.collection in guarded and k.pending is not None and k.uid}
        return [
            k
            for k in pending
            if k.collection not in guarded
            and not (k.gone and k.ours and (self._bound[k.collection].kind in unread or k.uid in withheld))
        ]

    @staticmethod
    def _agree(memory: Memory, answers: Sequence[Absorbed]) -> None:
        """What was absorbed is the base from here on, or foreign; what went is forgotten."""
        agreed: dict[str, list[tuple[Resource, str, bool]]] = defaultdict(list)
        for change, verdict in ((answer.change, answer.verdict) for answer in answers):
            if change.moved_from is not None:
                memory.forget(*change.moved_from)
            if change.theirs is None:
                memory.forget(change.collection, change.href)
                continue
            # What could not be read is read again with every full listing: rights may change, and no etag tells of that.
            theirs = replace(change.theirs, etag="") if verdict is Verdict.UNREADABLE else change.theirs
            agreed[change.collection].append((theirs, change.uid, verdict is Verdict.OURS))
        for collection, settled in agreed.items():
            memory.settle_all(collection, settled)

    # --- draw and push ---------------------------------------------------------------------------------------

    def _decide(self, unit: Unit, report: PassReport, pusher: Pusher) -> list[Wanted]:
        """Draw what waits and write the journal, in the transaction that absorbed; requests come after it."""
        decided: list[Wanted] = []
        if not any(bound.writes for bound in self._bound.values()):
            # Muted: what waits goes on waiting.
            return decided
        held = _troubled(report)
        busy = {(i.collection, i.href) for i in unit.memory.intents()}
        later: set[tuple[str, str]] = set()
        while unit.replica.waiting():
            # What is drawn while a write of it is open is drawn again once that is done, also where it needs none now.
            later |= {where for where in busy if where[0] in self._bound}
            page = unit.replica.draw(self._policy.draw_at_once)
            known = self._known(unit.memory, page)
            intents: list[Intent] = []
            for wanted in page:
                bound = self._bound.get(wanted.collection)
                if bound is None or not bound.writes or pusher.gave_up(wanted.collection, wanted.href):
                    continue
                where = (wanted.collection, wanted.href)
                if where in busy or wanted.collection in held:
                    later.add(where)
                    continue
                intent = self._intent(known.get(where), wanted)
                if intent is not None:
                    intents.append(intent)
                    decided.append(wanted)
                if wanted.half:
                    later.add(where)
            unit.memory.intend_all(intents)
        for collection, href in sorted(later):
            unit.replica.redraw(collection, href)
        return decided

    @staticmethod
    def _known(memory: Memory, page: Sequence[Wanted]) -> dict[tuple[str, str], Known]:
        """What is known of all that a page wants, by collection and href."""
        hrefs: dict[str, list[str]] = defaultdict(list)
        for wanted in page:
            hrefs[wanted.collection].append(wanted.href)
        return {(c, href): known for c, asked in hrefs.items() for href, known in memory.get_all(c, asked).items()}

    def _intent(self, known: Known | None, wanted: Wanted) -> Intent | None:
        if wanted.text is None:
            if known is None:
                return None
            action = Action.DELETE
        else:
            action = Action.UPDATE if known is not None else Action.CREATE
        return Intent(
            op=self._new_op(),
            collection=wanted.collection,
            href=wanted.href,
            uid=wanted.uid,
            action=action,
            text=wanted.text or "",
            base_etag=known.etag if known is not None else None,
            notify=wanted.notify,
        )

    @staticmethod
    def _show(unit: Unit, wanted: Sequence[Wanted], report: PassReport) -> None:
        actions = {(i.collection, i.href): i.action for i in unit.memory.intents()}
        for w in wanted:
            action = actions[(w.collection, w.href)]
            report.would.append({"action": action, "collection": w.collection, "href": w.href, "text": w.text or ""})
            counts = report.of(w.collection)
            counts.created += action is Action.CREATE
            counts.updated += action is Action.UPDATE
            counts.deleted += action is Action.DELETE

    def _collection(self, href: str) -> Collection:
        if href not in self._collections:
            self._collections[href] = self._home.collection(href, self._bound[href].kind)
        return self._collections[href]


def _troubled(report: PassReport) -> set[str]:
    """The collections to which nothing is written in this round."""
    return {href for href, counts in report.collections.items() if counts.guarded or counts.error or counts.read_only}


def _guarded(cursor: Cursor, reason: str) -> Cursor:
    return replace(cursor, guarded=reason)
