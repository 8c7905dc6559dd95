"""Writing what was decided: the journal holds every intent before its request goes out.

After a crash or a time-out nobody knows whether a write arrived. ``recover`` looks: what stands there and means what we
sent is adopted, what stands there untouched is written again, what is neither is theirs and gets merged.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from calendars.errors import (
    DavError,
    NotThere,
    PreconditionFailed,
    ServerTrouble,
    Unauthorised,
    Unreachable,
)
from calendars.sync.ports import Action, Collection, Intent, Resource
from calendars.sync.replica import Bound, Store, Unit
from calendars.sync.report import PassReport
from calendars.sync.texts import same

BATCH = 50
"""How many writes go out before they are read back and settled together."""


@dataclass
class Outcome:
    """What a batch of requests came to."""

    sent: list[Intent] = field(default_factory=list)
    overtaken: list[Intent] = field(default_factory=list)
    refused: list[tuple[Intent, DavError]] = field(default_factory=list)
    stopped: DavError | None = None


class Pusher:
    """Carries out open intents of one space. ``pause`` waits the given seconds; it is handed in for tests."""

    def __init__(
        self,
        store: Store,
        collection: Callable[[str], Collection],
        bound: Sequence[Bound],
        report: PassReport,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._collection = collection
        # What may not be written waits in the journal until it may.
        self._bound = {b.href: b for b in bound if b.writes}
        self._report = report
        self._pause = pause

    def recover(self) -> bool:
        """Settle what an earlier pass left open. True when something is still to be sent."""
        with self._store.unit() as unit:
            intents = [i for i in unit.memory.intents() if i.collection in self._bound]
        if not intents:
            return False
        there = self._read(intents)
        with self._store.unit() as unit:
            for intent in intents:
                found = there.get((intent.collection, intent.href))
                if self._arrived(intent, found):
                    self._settle(unit, intent, found)
                elif not self._untouched(intent, found):
                    unit.memory.close(intent.op)
                    if found is not None:
                        unit.memory.pull(intent.collection, found, intent.uid)
                    unit.replica.redraw(intent.collection, intent.href)
            return bool(unit.memory.intents())

    def send_open(self) -> DavError | None:
        """Send every open intent, oldest first. The error that made us stop, or None."""
        with self._store.unit() as unit:
            intents = [i for i in unit.memory.intents() if i.collection in self._bound]
        for start in range(0, len(intents), BATCH):
            outcome = self._send(intents[start : start + BATCH])
            self._conclude(outcome)
            if outcome.stopped is not None:
                return outcome.stopped
        return None

    def _send(self, intents: Sequence[Intent]) -> Outcome:
        outcome = Outcome()
        for intent in intents:
            try:
                self._request(intent)
            except (PreconditionFailed, NotThere) as overtaken:
                if intent.action is Action.DELETE and isinstance(overtaken, NotThere):
                    outcome.sent.append(intent)
                else:
                    outcome.overtaken.append(intent)
            except (Unreachable, ServerTrouble, Unauthorised) as trouble:
                outcome.stopped = trouble
                return outcome
            except DavError as refusal:
                outcome.refused.append((intent, refusal))
            else:
                outcome.sent.append(intent)
        return outcome

    def _request(self, intent: Intent) -> None:
        """One write; a server in trouble is asked again at most twice, later each time."""
        collection = self._collection(intent.collection)
        for attempt in range(3):
            try:
                if intent.action is Action.CREATE:
                    collection.create(intent.href, intent.text, notify=intent.notify)
                elif intent.action is Action.UPDATE:
                    collection.update(intent.href, intent.text, intent.base_etag or "", notify=intent.notify)
                else:
                    collection.delete(intent.href, intent.base_etag or "", notify=intent.notify)
                return
            except ServerTrouble as trouble:
                if attempt == 2:
                    raise
                self._pause(min(trouble.retry_after or 0.2 * 4**attempt, 30.0))

    def _conclude(self, outcome: Outcome) -> None:
        """Read back what was sent and take it for base; hand back what was overtaken or refused."""
        try:
            there = self._read([i for i in outcome.sent if i.action is not Action.DELETE])
        except DavError as error:
            # What was sent stays open: the next pass reads it back.
            outcome.stopped = outcome.stopped or error
            outcome.sent, there = [i for i in outcome.sent if i.action is Action.DELETE], {}
        with self._store.unit() as unit:
            for intent in outcome.sent:
                self._settle(unit, intent, there.get((intent.collection, intent.href)))
            for intent in outcome.overtaken:
                unit.memory.close(intent.op)
                unit.replica.redraw(intent.collection, intent.href)
            for intent, refusal in outcome.refused:
                unit.memory.close(intent.op)
                unit.replica.refused(intent, refusal)
                self._report.of(intent.collection).refused += 1

    def _settle(self, unit: Unit, intent: Intent, found: Resource | None) -> None:
        """The write is done: its read-back is base, unless somebody changed it since; then that is pending."""
        memory = unit.memory
        counts = self._report.of(intent.collection)
        memory.close(intent.op)
        if intent.action is Action.DELETE:
            memory.forget(intent.collection, intent.href)
            counts.deleted += 1
            return
        if intent.action is Action.CREATE:
            counts.created += 1
        else:
            counts.updated += 1
        if found is not None and same(self._bound[intent.collection].kind, intent.text, found.text):
            memory.settle(intent.collection, found, intent.uid, ours=True)
            return
        # The server took our text and somebody was quicker than our reading: ours is base, theirs is merged next.
        memory.settle(intent.collection, Resource(href=intent.href, etag="", text=intent.text), intent.uid, ours=True)
        if found is not None:
            memory.pull(intent.collection, found, intent.uid)

    def _arrived(self, intent: Intent, found: Resource | None) -> bool:
        if intent.action is Action.DELETE:
            return found is None
        return found is not None and same(self._bound[intent.collection].kind, intent.text, found.text)

    @staticmethod
    def _untouched(intent: Intent, found: Resource | None) -> bool:
        """Whether the resource is as it was when the write was decided, so that the same write may go out again."""
        if intent.action is Action.CREATE:
            return found is None
        return found is not None and found.etag == intent.base_etag

    def _read(self, intents: Iterable[Intent]) -> dict[tuple[str, str], Resource]:
        hrefs: dict[str, list[str]] = defaultdict(list)
        for intent in intents:
            hrefs[intent.collection].append(intent.href)
        return {
            (collection, resource.href): resource
            for collection, wanted in hrefs.items()
            for resource in self._collection(collection).fetch(wanted)
        }
