"""What a pass tells afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CollectionReport:
    """Counts for one collection. ``guarded`` is the reason why a person has to decide, or "".

    ``name`` is what the server calls it now, "" while it does not show it. ``read_only``: we should write there and the
    server lets us only read; what waits goes on waiting. ``overtaken``: writes that somebody was quicker than, merged and
    tried again; ``delayed``: writes left to the next pass; ``renewed``: written under another name, since the server keeps
    the first one elsewhere. ``put_back``: what a restored server had lost, or in an older
    state, and gets again.
    """

    name: str = ""
    pulled: int = 0
    gone: int = 0
    merged: int = 0
    conflicted: int = 0
    put_back: int = 0
    watched: int = 0
    unreadable: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    refused: int = 0
    overtaken: int = 0
    delayed: int = 0
    renewed: int = 0
    read_only: bool = False
    guarded: str = ""
    error: str = ""

    @property
    def pushed(self) -> int:
        return self.created + self.updated + self.deleted

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "pushed": self.pushed}


@dataclass
class PassReport:
    """The account of one pass of one space; a coordinator can read it. ``error`` is why it stopped early, or ""."""

    collections: dict[str, CollectionReport] = field(default_factory=dict)
    requests: int = 0
    rounds: int = 0
    dry: bool = False
    quiet: bool = False
    """Nothing had changed on either side since the last pass, and nothing waited: one look told it all."""
    error: str = ""
    error_kind: str = ""
    pause: float | None = None
    """Seconds for which the whole server asked to be left alone, 0 where it did not say how long; None: it did not ask."""
    muted: str = ""
    """Why nothing was written anywhere, in the application's words; "" where everything might be."""
    held: int = 0
    """How many changes rest a while before people are told of them."""
    would: list[dict[str, str]] = field(default_factory=list)
    """A dry run's writes: action, collection, href, text."""

    def of(self, href: str) -> CollectionReport:
        return self.collections.setdefault(href, CollectionReport())

    @property
    def ok(self) -> bool:
        return not self.error and not any(c.error or c.guarded or c.read_only for c in self.collections.values())

    @property
    def totals(self) -> dict[str, int]:
        """The sums over all collections."""
        total: Counter[str] = Counter()
        for collection in self.collections.values():
            total.update({k: v for k, v in collection.as_json().items() if isinstance(v, int) and not isinstance(v, bool)})
        return dict(total)

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "rounds": self.rounds,
            "dry": self.dry,
            "quiet": self.quiet,
            "ok": self.ok,
            "error": self.error,
            "error_kind": self.error_kind,
            "pause": self.pause,
            "muted": self.muted,
            "held": self.held,
            "collections": {href: c.as_json() for href, c in sorted(self.collections.items())},
            "would": self.would,
        }
