"""Repositories of the records whose fields are the columns of one table; and the passes that were run."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from sidecar.domain.access import RoleGrant
from sidecar.domain.bindings import Binding, Conflict, SyncRun
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.cover import CoverRequest
from sidecar.domain.errors import NotFound
from sidecar.domain.training import Course, Qualification
from sidecar.storage import schema
from sidecar.storage.repository import Repository
from sidecar.storage.session import Session

_RUNS = schema.sync_runs
_NEWEST_FIRST = (_RUNS.c.started_at.desc(), _RUNS.c.id.desc())
_OF_SPACE: sa.BindParameter[str] = sa.bindparam("of_space")
_GOT_THROUGH = (
    sa.select(_RUNS.c.id)
    .where(
        _RUNS.c.space_id == _OF_SPACE,
        _RUNS.c.started_at > sa.bindparam("since"),
        sa.func.coalesce(_RUNS.c.report["error"].as_string(), "") == "",
    )
    .limit(1)
)
_AHEAD = (
    sa.update(_RUNS)
    .where(_RUNS.c.space_id == _OF_SPACE, _RUNS.c.started_at > sa.bindparam("at"))
    .values(started_at=sa.bindparam("before"), ended_at=sa.bindparam("before"))
)
_LATEST = sa.select(_RUNS.c.id).where(_RUNS.c.space_id == _OF_SPACE).order_by(*_NEWEST_FIRST).limit(1).scalar_subquery()
_AGAIN = (
    sa.update(_RUNS)
    .where(_RUNS.c.id == _LATEST, _RUNS.c.ok == sa.bindparam("as_ok"), _RUNS.c.report["quiet"].as_boolean().is_(True))
    .values({name: sa.bindparam(name) for name in ("started_at", "ended_at", "report")})
)
_DROP = sa.delete(_RUNS).where(
    _RUNS.c.space_id == _OF_SPACE,
    _RUNS.c.id.not_in(
        sa.select(_RUNS.c.id).where(_RUNS.c.space_id == _OF_SPACE).order_by(*_NEWEST_FIRST).limit(sa.bindparam("newest"))
    ),
)


class CentreRepository(Repository[Centre]):
    record, table, kind = Centre, schema.centres, "centre"


class NeighbourhoodRepository(Repository[Neighbourhood]):
    record, table, kind = Neighbourhood, schema.neighbourhoods, "neighbourhood"


class InitiativeRepository(Repository[Initiative]):
    record, table, kind = Initiative, schema.initiatives, "initiative"
    digested = True


class EquipmentRepository(Repository[Equipment]):
    record, table, kind = Equipment, schema.equipment, "equipment"


class CourseRepository(Repository[Course]):
    record, table, kind = Course, schema.courses, "course"


class RoleGrantRepository(Repository[RoleGrant]):
    record, table, kind = RoleGrant, schema.role_grants, "role_grant"
    order = ("centre_id", "role", "holder_kind", "holder", "id")


class QualificationRepository(Repository[Qualification]):
    record, table, kind = Qualification, schema.qualifications, "qualification"
    order = ("person_id", "since", "id")


class BindingRepository(Repository[Binding]):
    record, table, kind = Binding, schema.bindings, "binding"
    order = ("centre_id", "href", "id")
    digested = True


class ConflictRepository(Repository[Conflict]):
    record, table, kind = Conflict, schema.conflicts, "conflict"
    order = ("at", "id")

    def open(self, centre_id: str | None = None) -> list[Conflict]:
        """Those that nobody has decided yet, oldest first."""
        return self.all(chosen="") if centre_id is None else self.all(chosen="", centre_id=centre_id)


class CoverRequestRepository(Repository[CoverRequest]):
    record, table, kind = CoverRequest, schema.cover_requests, "cover_request"
    order = ("opened_at", "id")


class RunRepository:
    """What passes left behind for people to read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, run: SyncRun) -> SyncRun:
        """What is said to have begun after it began while the clock was wrong: it did not, and is put before it."""
        self._session.require_write()
        before = run.started_at - timedelta(microseconds=1)
        self._session.connection.execute(_AHEAD, {"of_space": run.space_id, "at": run.started_at, "before": before})
        values = {name: getattr(run, name) for name in schema.sync_runs.c.keys()}  # noqa: SIM118 (a collection, no dict)
        self._session.connection.execute(sa.insert(schema.sync_runs).values(**values))
        return run

    def again(self, run: SyncRun) -> bool:
        """A quiet pass takes the place of the quiet one before it, so that of many in a row the last is kept.

        False where the latest was not quiet, or ended otherwise; then nothing is kept.
        """
        self._session.require_write()
        values = {"started_at": run.started_at, "ended_at": run.ended_at, "report": run.report}
        same = {"of_space": run.space_id, "as_ok": run.ok}
        return bool(self._session.connection.execute(_AGAIN, values | same).rowcount)

    def find(self, id: str) -> SyncRun | None:
        return next(iter(self._read(schema.sync_runs.c.id == id)), None)

    def get(self, id: str) -> SyncRun:
        """Raises NotFound."""
        found = self.find(id)
        if found is None:
            raise NotFound("not_found", kind="run", id=id)
        return found

    def all(self, *, space_id: str | None = None, limit: int | None = None) -> list[SyncRun]:
        """Newest first."""
        conditions = [] if space_id is None else [schema.sync_runs.c.space_id == space_id]
        return self._read(*conditions, limit=limit)

    def latest(self, space_id: str) -> SyncRun | None:
        return next(iter(self.all(space_id=space_id, limit=1)), None)

    def got_through(self, space_id: str, *, since: datetime) -> bool:
        """Whether a pass that began after ``since`` (aware) was stopped by nothing."""
        return self._session.connection.execute(_GOT_THROUGH, {"of_space": space_id, "since": since}).first() is not None

    def keep(self, space_id: str, newest: int) -> int:
        """Drop all but the newest runs of a space; says how many went."""
        self._session.require_write()
        return self._session.connection.execute(_DROP, {"of_space": space_id, "newest": newest}).rowcount

    def _read(self, *conditions: sa.ColumnElement[bool], limit: int | None = None) -> list[SyncRun]:
        statement = sa.select(_RUNS).where(*conditions).order_by(*_NEWEST_FIRST)
        rows = self._session.connection.execute(statement.limit(limit)).mappings()
        return [SyncRun(**row) for row in rows]
