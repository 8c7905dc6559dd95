"""What every repository does: get, find, all, add, save, remove; versions, audit and outbox included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa

from sidecar.domain.audit import AuditAction
from sidecar.domain.errors import NotFound, StaleVersion
from sidecar.storage.audit import AuditTrail
from sidecar.storage.happenings import Happenings
from sidecar.storage.kept import Versions
from sidecar.storage.outbox import Outbox
from sidecar.storage.plain import differences, field_names
from sidecar.storage.session import Session

T = TypeVar("T")
D = TypeVar("D")
OF_ID: sa.BindParameter[str] = sa.bindparam("of_id")


class Repository(Generic[T]):
    """The records of one kind in one transaction.

    A record whose fields are columns of the same name needs nothing but the class attributes. Other shapes override
    ``_row`` and ``_record``; parts kept in tables of their own override ``_parts`` and ``_write_parts``.
    """

    record: ClassVar[type[Any]]
    table: ClassVar[sa.Table]
    kind: ClassVar[str]
    order: ClassVar[tuple[str, ...]] = ("name", "id")
    """The fields by which ``all`` sorts; words without regard to case."""
    in_parts: ClassVar[bool] = False
    """Whether parts of it are kept in tables of their own."""
    digested: ClassVar[bool] = False
    """Whether there is a ``digest`` of all of them."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Fields of which the audit trail and errors tell that they differ, and nothing more."""

    def __init__(
        self, session: Session, audit: AuditTrail, outbox: Outbox, happenings: Happenings, versions: Versions
    ) -> None:
        self._session = session
        self._audit = audit
        self._outbox = outbox
        self._happenings = happenings
        self._versions = versions

    @property
    def _connection(self) -> sa.Connection:
        return self._session.connection

    # --- reading ---

    def find(self, id: str) -> T | None:
        return next(iter(self._of_id(id)), None)

    def get(self, id: str) -> T:
        """Raises NotFound."""
        found = self.find(id)
        if found is None:
            raise NotFound("not_found", kind=self.kind, id=id)
        return found

    def all(self, **filters: Any) -> list[T]:
        """Those whose columns have these values: a value, None, or several values in a list, tuple or set."""
        plain = not self.in_parts and all(isinstance(value, str) and name in self.table.c for name, value in filters.items())
        if plain:
            rows = self._connection.execute(_by_values(self.table, tuple(filters)), filters).mappings()
            found = [self._record(row, {}) for row in rows]
        else:
            found = self._select(*(self._condition(name, value) for name, value in filters.items()))
        return sorted(found, key=lambda record: [_sortable(getattr(record, name)) for name in self.order])

    def digest(self, make: Callable[[list[T]], D]) -> D:
        """``make`` of them all, kept in this process until one is changed, by whichever process; not to be altered."""
        if not self.digested:
            raise TypeError(f"nobody notes when a {self.kind} is changed")
        return self._versions.kept(self.kind, make, self.all)

    # --- writing ---

    def add(self, record: T, *, later: bool = False) -> T:
        """Keep a new record as version 1. Raises StorageError where its id is taken or it names what is not there;
        ``later``, with what else goes in then in few statements, at the end of the unit."""
        self._session.require_write()
        added: T = replace(record, version=1)  # type: ignore[type-var]
        if later:
            self._session.later(_insert(self.table), self._row(added))
        else:
            self._connection.execute(_insert(self.table), self._row(added))
        self._write_parts(added, None)
        told = {name: (None, getattr(added, name)) for name in field_names(added) if getattr(added, name) is not None}
        self._changed(self._id(added), AuditAction.ADD, told, None, added)
        return added

    def save(self, record: T) -> T:
        """Keep a changed record as the next version; one without a change is left as it is, its version too.

        Raises NotFound, or StaleVersion when somebody saved it since: ``details['changed']`` maps
        field -> (yours, theirs).
        """
        self._session.require_write()
        id = self._id(record)
        stored: Any = self._locked(id)
        if stored.version != record.version:  # type: ignore[attr-defined]
            changed = self._told(differences(record, stored))
            raise StaleVersion("stale_version", kind=self.kind, id=id, changed=changed)
        record = self._reconciled(record, stored)
        changes = differences(stored, record)
        if not changes:
            unchanged: T = stored
            return unchanged
        saved: T = replace(record, version=stored.version + 1)  # type: ignore[type-var]
        self._connection.execute(sa.update(self.table).where(self.table.c.id == OF_ID), self._row(saved) | {"of_id": id})
        self._write_parts(saved, stored)
        self._changed(id, AuditAction.SAVE, changes, stored, saved)
        return saved

    def remove(self, id: str) -> None:
        """Raises NotFound, or StorageError("storage_reference") when something still names it."""
        self._session.require_write()
        stored = self._locked(id)
        told = {name: (getattr(stored, name), None) for name in field_names(stored)}
        # Before the rows go: what showed it has to be found by them.
        gone = {name: pair for name, pair in told.items() if pair[0] is not None}
        self._changed(id, AuditAction.REMOVE, gone, stored, None)
        self._connection.execute(sa.delete(self.table).where(self.table.c.id == id))

    # --- what a shape of its own overrides ---

    def _row(self, record: T) -> dict[str, Any]:
        columns = self.table.c
        return {f.name: getattr(record, f.name) for f in fields(record) if f.name in columns}  # type: ignore[arg-type]

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> T:
        made: T = self.record(**row, **parts)
        return made

    def _parts(self, ids: sa.Select[Any]) -> dict[str, dict[str, Any]]:
        """id -> {field: value} for fields kept in tables of their own; ``ids`` selects the ids that are being read."""
        return {}

    def _write_parts(self, record: T, stored: T | None) -> None:
        """Write those fields; ``stored`` is what is there, None for a new record."""

    def _reconciled(self, record: T, stored: T) -> T:
        """What is really to be saved over ``stored``, which has the same version."""
        return record

    # --- shared machinery ---

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[T]:
        rows = self._connection.execute(sa.select(self.table).where(*conditions)).mappings().all()
        if not rows:
            return []
        parts = self._parts(sa.select(self.table.c.id).where(*conditions)) if self.in_parts else {}
        return [self._record(row, parts.get(row["id"], {})) for row in rows]

    def _of_id(self, id: str, *, lock: bool = False) -> list[T]:
        row = self._connection.execute(_by_id(self.table, lock), {"of_id": id}).mappings().first()
        if row is None:
            return []
        parts = self._parts(sa.select(sa.literal(id))) if self.in_parts else {}
        return [self._record(row, parts.get(id, {}))]

    def _locked(self, id: str) -> Any:
        found = self._of_id(id, lock=True)
        if not found:
            raise NotFound("not_found", kind=self.kind, id=id)
        return found[0]

    def _condition(self, name: str, value: Any) -> sa.ColumnElement[bool]:
        if name not in self.table.c:
            raise TypeError(f"{self.kind} cannot be filtered by {name}")
        column = self.table.c[name]
        if isinstance(value, list | tuple | set | frozenset):
            return column.in_(list(value))
        return column.is_(None) if value is None else column == value

    def _changed(
        self, id: str, action: AuditAction, changes: Mapping[str, tuple[Any, Any]], before: T | None, after: T | None
    ) -> None:
        if self.digested:
            self._versions.changed(self.kind)
        self._audit.record(self.kind, id, action, self._told(changes))
        self._outbox.touched(self.kind, id)
        self._happenings.note(self.kind, id, before, after)

    def _told(self, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
        return {name: (None, None) if name in self.secrets else pair for name, pair in changes.items()}

    @staticmethod
    def _id(record: Any) -> str:
        return str(record.id)


@cache
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@cache
def _by_id(table: sa.Table, lock: bool) -> sa.Select[Any]:
    # Put together once: that costs several times what carrying it out does.
    statement = sa.select(table).where(table.c.id == OF_ID)
    return statement.with_for_update() if lock else statement


@cache
def _by_values(table: sa.Table, names: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in names))


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
