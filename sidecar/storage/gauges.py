"""What a monitoring program asks: about all spaces at once, one question a figure, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sidecar.storage import schema
from sidecar.storage.outbox import IS_DUE, due_at
from sidecar.storage.session import Session

_RUNS, _SPACES, _OUTBOX, _CURSORS = schema.sync_runs, schema.spaces, schema.outbox, schema.memory_cursors
_NEWEST = (
    sa.select(_RUNS.c.id)
    .where(_RUNS.c.space_id == _SPACES.c.id)
    .order_by(_RUNS.c.started_at.desc(), _RUNS.c.id.desc())
    .limit(1)
    .correlate(_SPACES)
    .scalar_subquery()
)
_LATEST = (
    sa.select(
        _RUNS.c.space_id, _RUNS.c.started_at, _RUNS.c.ended_at, _RUNS.c.ok,
        sa.func.coalesce(_RUNS.c.report["requests"].as_integer(), 0).label("requests"),
    )
    .select_from(_SPACES.join(_RUNS, _RUNS.c.id == _NEWEST))
    .order_by(_RUNS.c.space_id)
)  # fmt: skip
_WAITING = (
    sa.select(
        _OUTBOX.c.space_id,
        sa.func.count().label("number"),
        sa.func.sum(sa.case((IS_DUE, 0), else_=1)).label("resting"),
        sa.func.min(_OUTBOX.c.since).label("since"),
    )
    .group_by(_OUTBOX.c.space_id)
    .order_by(_OUTBOX.c.space_id)
)
_PAUSED = (
    sa.select(_CURSORS.c.space_id, sa.func.count())
    .where(_CURSORS.c.guarded.not_in(sa.bindparam("decided", expanding=True)))
    .group_by(_CURSORS.c.space_id)
)
_CONFLICTS = sa.select(sa.func.count()).where(schema.conflicts.c.chosen == "")


@dataclass(frozen=True)
class LatestPass:
    """The latest pass of a space. Moments are aware."""

    space_id: str
    started_at: datetime
    ended_at: datetime
    ok: bool
    requests: int


@dataclass(frozen=True)
class WaitingThere:
    """How many subjects the next pass of a space has to look at, ``resting`` of which are held for a while on purpose;
    ``since`` (aware) when the first of them was marked, None where nobody knows."""

    space_id: str
    number: int
    resting: int
    since: datetime | None


class Gauges:
    """Ids of spaces, numbers and moments; no names."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def spaces(self) -> list[str]:
        return list(self._session.connection.scalars(sa.select(_SPACES.c.id).order_by(_SPACES.c.id)))

    def latest_passes(self) -> list[LatestPass]:
        return [LatestPass(**row) for row in self._session.connection.execute(_LATEST).mappings()]

    def waiting(self) -> list[WaitingThere]:
        asked = due_at(self._session.clock())
        return [WaitingThere(**row) for row in self._session.connection.execute(_WAITING, asked).mappings()]

    def paused(self, decided: Collection[str]) -> Mapping[str, int]:
        """Space -> its collections that are guarded for another reason than ``decided``."""
        rows = self._session.connection.execute(_PAUSED, {"decided": list(decided)})
        return {row[0]: row[1] for row in rows}

    def open_conflicts(self) -> int:
        return int(self._session.connection.scalar(_CONFLICTS) or 0)
