"""Writing what was decided: the journal holds every intent before its request goes out.

After a crash or a time-out nobody knows whether a write arrived. ``recover`` looks: what stands there and means what we
sent is adopted, what somebody made of it is merged with it, what stands there untouched is written again; what is none of
these is theirs and gets merged with what was agreed before.

Some servers tell people before they store, and a 500 may come after half of them were told: the same write then goes out
once more, quietly, and a refreshing one after it brings what stands there into people's own calendars. Nobody is told twice.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as AnyCollection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from calendars.errors import (
    DavError,
    Interrupted,
    KeepsFailing,
    NotThere,
    PreconditionFailed,
    Rejected,
    ServerTrouble,
    UidConflict,
    Unauthorised,
    Unreachable,
)
from calendars.sync.ports import Action, Collection, Intent, Memory, Resource
from calendars.sync.reaching import BROKE_OFF, reach_the_rest
from calendars.sync.replica import Bound, Store, Unit
from calendars.sync.report import PassReport
from calendars.sync.texts import made_from, same, uid_of

BATCH = 100
"""How many writes go out before they are read back and settled together."""
ATTEMPTS = 3
"""How often one write goes out to a server in trouble, and how often one may be overtaken, in one pass."""
PASSES = 8
"""In how many passes one write goes out in vain before people are told, and it is tried once a day."""
PATIENCE = 30.0
"""The longest that a pass waits for a server that names a time, in seconds; after that the next pass asks again."""
EVERYWHERE = frozenset({429, 502, 503, 504})
"""Trouble of the whole server. Others (500, 423) may be about one resource: the rest goes on."""
LOCKED = 423


@dataclass
class Outcome:
    """What a batch of requests came to. ``troubled``: no success since, so that it may be the server or the text."""

    sent: list[Intent] = field(default_factory=list)
    overtaken: list[tuple[Intent, DavError]] = field(default_factory=list)
    troubled: list[tuple[Intent, ServerTrouble]] = field(default_factory=list)
    refused: list[tuple[Intent, DavError]] = field(default_factory=list)
    unanswered: list[Intent] = field(default_factory=list)
    stopped: DavError | None = None

    def answered(self) -> None:
        """The server works: what it choked on before is that text's own trouble."""
        self.refused += [(i, error) for i, error in self.troubled if error.status != LOCKED]
        self.troubled = [(i, error) for i, error in self.troubled if error.status == LOCKED]

    def may_have_arrived(self) -> list[Intent]:
        unsure = [i for i, _ in (*self.overtaken, *self.troubled)]
        return [i for i in self.sent if i.action is not Action.DELETE] + unsure + [i for i, _ in self.refused]


class Pusher:
    """Carries out open intents of one space. ``pause`` waits the given seconds; it is handed in for tests.

    ``at_once``: how many writes the server bears at the same time; trouble with several makes it one for the rest.
    """

    def __init__(
        self,
        store: Store,
        collection: Callable[[str], Collection],
        bound: Sequence[Bound],
        report: PassReport,
        pause: Callable[[float], None] = time.sleep,
        at_once: int = 1,
    ) -> None:
        self._store = store
        self._collection = collection
        # What may not be written waits in the journal until it may.
        self._bound = {b.href: b for b in bound if b.writes}
        self._report = report
        self._pause = pause
        self._at_once = at_once
        self._jitter = random.SystemRandom().random
        self._overtaken: Counter[tuple[str, str]] = Counter()
        self._left_for_later: set[str] = set()
        self._recovered: set[str] = set()
        self._renewed: set[str] = set()
        # The op of every write after which only some may have been told -> whether all calendars were brought up after it.
        self._broke_off: dict[str, bool] = {}

    def recover(self) -> None:
        """Settle what an earlier pass left open; what did not arrive stays open."""
        intents = self.open_intents()
        if not intents:
            return
        there, unread = self._read(intents)
        with self._store.unit() as unit:
            done: list[tuple[Intent, Resource | None]] = []
            for intent in intents:
                found = there.get((intent.collection, intent.href))
                if intent.collection in unread:
                    continue
                if self._arrived(intent, found) or self._was_ours(unit.memory, intent, found):
                    done.append((intent, found))
                elif not self._untouched(intent, found):
                    self._hand_back(unit, intent, found)
                elif intent.attempts >= PASSES:
                    why = f"The server failed at this in {intent.attempts} passes"
                    self._refuse(unit, intent, KeepsFailing(why, href=intent.href))
                else:
                    self._recovered.add(intent.op)
            self._settle(unit, done)

    def open_intents(self, held: AnyCollection[str] = ()) -> list[Intent]:
        """What waits to be sent, oldest first, but for the collections ``held`` and what this pass gave up on.

        What went out in vain before comes last, so that a text which breaks the connection holds up nobody else.
        """
        with self._store.look() as unit:
            found = [
                i
                for i in unit.memory.intents()
                if i.collection in self._bound and i.collection not in held and i.op not in self._left_for_later
            ]
        return sorted(found, key=lambda intent: intent.attempts)

    def gave_up(self, collection: str, href: str) -> bool:
        """Whether this was overtaken or renamed too often in this pass: people were told, a later pass tries again."""
        return self._overtaken[collection, href] >= ATTEMPTS

    def send_open(self, held: AnyCollection[str] = ()) -> DavError | None:
        """Send every open intent, oldest first. The error that made us stop, or None."""
        intents = self.open_intents(held)
        for start in range(0, len(intents), BATCH):
            outcome = self._send(intents[start : start + BATCH])
            self._conclude(outcome)
            if outcome.stopped is not None:
                return outcome.stopped
        return None

    def _send(self, intents: Sequence[Intent]) -> Outcome:
        """One after another, or as many at once as the server bears; judged in the order in which they were decided."""
        outcome, at = Outcome(), 0
        with ThreadPoolExecutor(max_workers=max(1, self._at_once)) as pool:
            while at < len(intents) and outcome.stopped is None:
                together = intents[at : at + self._at_once]
                at += len(together)
                # One alone stays in this thread: a server that bears no more is the usual case.
                tried = pool.map(self._try, together) if len(together) > 1 else map(self._try, together)
                for intent, error in zip(together, tried, strict=True):
                    if len(together) > 1 and isinstance(error, ServerTrouble):
                        # Trouble that several at once may have made: from here on one by one, for this whole pass.
                        self._at_once, error = 1, self._try(intent)
                    self._note(outcome, intent, error)
        return outcome

    def _try(self, intent: Intent) -> DavError | None:
        try:
            self._request(intent)
        except DavError as error:
            return error
        return None

    @staticmethod
    def _note(outcome: Outcome, intent: Intent, error: DavError | None) -> None:
        if isinstance(error, PreconditionFailed | NotThere):
            outcome.answered()
            if intent.action is Action.DELETE and isinstance(error, NotThere):
                outcome.sent.append(intent)
            else:
                outcome.overtaken.append((intent, error))
        elif isinstance(error, Unreachable | Unauthorised):
            outcome.stopped = error
            # What never went out was not tried in vain.
            lost = isinstance(error, Unreachable) and not isinstance(error, Interrupted)
            outcome.unanswered += [intent] if lost else []
        elif isinstance(error, ServerTrouble):
            outcome.troubled.append((intent, error))
            if error.status in EVERYWHERE or sum(each.status != LOCKED for _, each in outcome.troubled) >= ATTEMPTS:
                outcome.stopped = error
        elif error is not None:
            outcome.answered()
            outcome.refused.append((intent, error))
        else:
            outcome.answered()
            outcome.sent.append(intent)

    def _request(self, intent: Intent) -> None:
        """One write; a server in trouble is asked again at most twice, later each time, whoever asks."""
        collection, asked = self._collection(intent.collection), 0
        for attempt in range(ATTEMPTS):
            notify = intent.notify and intent.op not in self._broke_off
            try:
                etag = None
                if intent.action is Action.CREATE:
                    etag = collection.create(intent.href, intent.text, notify=notify)
                elif intent.action is Action.UPDATE:
                    etag = collection.update(intent.href, intent.text, intent.base_etag or "", notify=notify)
                else:
                    collection.delete(intent.href, intent.base_etag or "", notify=notify)
                break
            except DavError as trouble:
                if notify and trouble.status == BROKE_OFF and collection.tells_first:
                    self._broke_off[intent.op] = False
                elif not isinstance(trouble, ServerTrouble):
                    raise
                after = trouble.retry_after if isinstance(trouble, ServerTrouble) else None
                asked += trouble.asked if isinstance(trouble, ServerTrouble) else 1
                # Never two clients in step: each waits a little more or less.
                wait = after if after is not None else 0.2 * 4**attempt * (0.5 + self._jitter())
                if asked >= ATTEMPTS or wait > PATIENCE or trouble.status == LOCKED:
                    raise
                self._pause(wait)
        if intent.op in self._broke_off:
            self._broke_off[intent.op] = reach_the_rest(collection, intent, etag)

    def _conclude(self, outcome: Outcome) -> None:
        """Read back what was sent and take it for base; hand back what was overtaken, show what was refused."""
        try:
            there, unread = self._read(outcome.may_have_arrived())
        except DavError as error:
            # What was taken is settled all the same: left open, it would be sent again after somebody deleted it. Of the
            # rest nobody knows; it stays open, and the next pass reads it back.
            outcome.stopped = outcome.stopped or error
            there, unread = {}, set(self._bound)
        with self._store.unit() as unit:
            done = [(intent, there.get((intent.collection, intent.href))) for intent in outcome.sent]
            for intent, why in (*outcome.overtaken, *outcome.refused, *outcome.troubled):
                found = there.get((intent.collection, intent.href))
                if intent.collection in unread:
                    continue
                # An attempt whose answer was lost or bad may have been carried out all the same.
                if self._arrived(intent, found) or self._was_ours(unit.memory, intent, found):
                    done.append((intent, found))
                elif isinstance(why, PreconditionFailed | NotThere):
                    self._count_overtaken(unit, intent, found, why)
                elif (intent, why) in outcome.refused:
                    if not self._renew(unit, intent, why):
                        self._refuse(unit, intent, why)
                else:
                    self._leave(unit, intent, why)
            for intent in outcome.unanswered:
                unit.memory.tried(intent.op)
            self._settle(unit, done)
            unit.replica.written([intent for intent, _ in done])

    def _leave(self, unit: Unit, intent: Intent, why: DavError) -> None:
        """The next pass tries again; what some were told of already goes out quietly then."""
        self._left_for_later.add(intent.op)
        self._report.of(intent.collection).delayed += 1
        if intent.op in self._broke_off:
            self._tell_untold(unit, intent)
            unit.memory.close(intent.op)
            unit.memory.intend(replace(intent, notify=False))
        if why.status not in EVERYWHERE:
            unit.memory.tried(intent.op)

    def _tell_untold(self, unit: Unit, intent: Intent) -> None:
        """Where the server broke off while it told people, somebody may not know: the application says whom to ask."""
        if intent.op in self._broke_off:
            known = unit.memory.get(intent.collection, intent.href)
            before = known.base if known is not None else None
            unit.replica.untold(intent, before, reached=self._broke_off[intent.op])

    def _count_overtaken(self, unit: Unit, intent: Intent, found: Resource | None, why: DavError) -> None:
        """Somebody was quicker: theirs is merged and ours drawn again, a few times; then people are told."""
        where = (intent.collection, intent.href)
        self._overtaken[where] += 1
        self._report.of(intent.collection).overtaken += 1
        if self._overtaken[where] < ATTEMPTS:
            self._hand_back(unit, intent, found)
            return
        self._refuse(unit, intent, why)
        if found is not None:
            unit.memory.pull(intent.collection, found, intent.uid)

    def _renew(self, unit: Unit, intent: Intent, why: DavError) -> bool:
        """A name that the server keeps elsewhere, in its trash bin say, is given up for another one, once in a pass.

        Some say so without a word, by a 400; that can only be where an earlier pass may have written it already.
        """
        wordless = isinstance(why, Rejected) and why.status == 400 and intent.op in self._recovered
        taken = isinstance(why, UidConflict) or wordless
        if intent.action is not Action.CREATE or not taken:
            return False
        if intent.uid in self._renewed:
            self._overtaken[intent.collection, intent.href] = ATTEMPTS
            return False
        uid = unit.replica.renew(intent)
        if uid:
            self._renewed.add(uid)
            self._report.of(intent.collection).renewed += 1
            unit.memory.close(intent.op)
        return bool(uid)

    def _refuse(self, unit: Unit, intent: Intent, why: DavError) -> None:
        if isinstance(why, ServerTrouble):
            why = KeepsFailing("The server fails at this and takes others", href=intent.href, status=why.status)
        unit.memory.close(intent.op)
        unit.replica.refused(intent, why)
        self._report.of(intent.collection).refused += 1

    @staticmethod
    def _hand_back(unit: Unit, intent: Intent, found: Resource | None) -> None:
        unit.memory.close(intent.op)
        if found is not None:
            unit.memory.pull(intent.collection, found, intent.uid)
        unit.replica.redraw(intent.collection, intent.href)

    def _settle(self, unit: Unit, done: Sequence[tuple[Intent, Resource | None]]) -> None:
        """These writes are done, each with what stands there now: the read-back is base, unless somebody changed it since;
        then that is pending."""
        standing: dict[str, list[tuple[Intent, Resource | None]]] = defaultdict(list)
        for intent, found in done:
            self._tell_untold(unit, intent)
            counts = self._report.of(intent.collection)
            if intent.action is Action.DELETE:
                unit.memory.forget(intent.collection, intent.href)
                counts.deleted += 1
                continue
            if intent.action is Action.CREATE:
                counts.created += 1
            else:
                counts.updated += 1
            standing[intent.collection].append((intent, found))
        unit.memory.close_all([intent.op for intent, _ in done])
        for collection, here in standing.items():
            self._settle_in(unit.memory, collection, here)

    def _settle_in(self, memory: Memory, collection: str, done: Sequence[tuple[Intent, Resource | None]]) -> None:
        kind, before = self._bound[collection].kind, memory.get_all(collection, [intent.href for intent, _ in done])
        agreed: list[tuple[Resource, str, bool]] = []
        overtaken: list[tuple[Resource, str]] = []
        for intent, found in done:
            known = before.get(intent.href)
            base = known.base if known is not None else None
            undone = found is not None and base is not None and same(kind, base, found.text)
            # A server that drops what we write leaves what stood before: writing it again would never end.
            if found is not None and (undone or same(kind, intent.text, found.text)):
                agreed.append((found, intent.uid, True))
                continue
            # The server took our text and somebody was quicker than our reading: ours is base, theirs is merged next.
            agreed.append((Resource(href=intent.href, etag="", text=intent.text), intent.uid, True))
            if found is not None:
                overtaken.append((found, intent.uid))
        memory.settle_all(collection, agreed)
        memory.pull_all(collection, overtaken)

    def _arrived(self, intent: Intent, found: Resource | None) -> bool:
        if intent.action is Action.DELETE:
            return found is None
        return found is not None and same(self._bound[intent.collection].kind, intent.text, found.text)

    @staticmethod
    def _untouched(intent: Intent, found: Resource | None) -> bool:
        """Whether the resource is as it was when the write was decided, so that the same write may go out again."""
        return found is None if intent.action is Action.CREATE else found is not None and found.etag == intent.base_etag

    def _was_ours(self, memory: Memory, intent: Intent, found: Resource | None) -> bool:
        """Whether a write arrived and was changed since: what it changed is then nobody else's edit."""
        if intent.action is Action.DELETE or found is None:
            return False
        kind = self._bound[intent.collection].kind
        if intent.action is Action.CREATE:
            # Our UIDs are nobody else's.
            return uid_of(kind, found.text) == intent.uid
        known = memory.get(intent.collection, intent.href)
        return known is not None and known.base is not None and made_from(kind, known.base, intent.text, found.text)

    def _read(self, intents: Iterable[Intent]) -> tuple[dict[tuple[str, str], Resource], set[str]]:
        """What stands there now, and the collections that could not be read (told in the report).

        Raises what concerns the whole server: Unauthorised, Unreachable, ServerTrouble.
        """
        hrefs: dict[str, list[str]] = defaultdict(list)
        for intent in intents:
            hrefs[intent.collection].append(intent.href)
        there, unread = {}, set()
        for collection, wanted in hrefs.items():
            try:
                for resource in self._collection(collection).fetch(wanted):
                    there[collection, resource.href] = resource
            except (Unauthorised, Unreachable, ServerTrouble):
                raise
            except DavError as error:
                unread.add(collection)
                self._report.of(collection).error = str(error)
        return there, unread
