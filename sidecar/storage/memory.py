"""What the sync engine remembers of one space: ``calendars.sync.ports.Memory`` on SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from calendars.sync.ports import Cursor, Intent, Known, Resource
from sidecar.storage import schema
from sidecar.storage.session import Session


class SqlMemory:
    """Work grows with what changed: what waits is found by an index of its own, the rest is not read."""

    batch = 100
    """How many resources ``pending`` holds at a time, texts included."""

    def __init__(self, session: Session, space_id: str) -> None:
        self._session = session
        self._connection = session.connection
        self._space = space_id

    # --- cursors ---

    def cursor(self, collection: str) -> Cursor:
        table = schema.memory_cursors
        statement = sa.select(table.c.mark, table.c.token, table.c.listed_at, table.c.guarded).where(
            table.c.space_id == self._space, table.c.collection == collection
        )
        row = self._connection.execute(statement).mappings().first()
        return Cursor(**row) if row else Cursor()

    def set_cursor(self, collection: str, cursor: Cursor) -> None:
        self._session.upsert(
            schema.memory_cursors,
            ("space_id", "collection"),
            {
                "space_id": self._space,
                "collection": collection,
                "mark": cursor.mark,
                "token": cursor.token,
                "listed_at": cursor.listed_at,
                "guarded": cursor.guarded,
            },
        )

    # --- resources ---

    def etags(self, collection: str) -> Mapping[str, str]:
        table = schema.memory_known
        newest = sa.func.coalesce(table.c.pending_etag, table.c.etag).label("newest")
        statement = sa.select(table.c.href, newest).where(*self._in(collection), table.c.gone.is_(False))
        return {row.href: row.newest for row in self._connection.execute(statement)}

    def count_ours(self, collection: str) -> int:
        table = schema.memory_known
        statement = sa.select(sa.func.count()).where(*self._in(collection), table.c.base.is_not(None))
        return int(self._connection.scalar(statement) or 0)

    def get(self, collection: str, href: str) -> Known | None:
        table = schema.memory_known
        row = self._connection.execute(sa.select(table).where(*self._at(collection, href))).mappings().first()
        return _known(row) if row else None

    def hrefs_of(self, collection: str, uids: Iterable[str]) -> Sequence[str]:
        table = schema.memory_known
        statement = sa.select(table.c.href).where(*self._in(collection), table.c.uid.in_(list(uids)))
        return list(self._connection.scalars(statement.order_by(table.c.href)))

    def pull(self, collection: str, resource: Resource, uid: str) -> None:
        known = self.get(collection, resource.href)
        if known is not None and known.gone:
            # It is back before anybody took its absence for a deletion: no loss.
            self._unlose(collection, resource.href)
        pulled = {"pending_etag": resource.etag, "pending_text": resource.text, "gone": False, "waiting": True}
        if not self._change(collection, resource.href, pulled | ({"uid": uid} if uid else {})):
            self._insert(collection, resource.href, pulled | {"uid": uid, "etag": "", "base": None})

    def lose(self, collection: str, href: str, at: datetime) -> None:
        known = self.get(collection, href)
        if known is None or known.gone:
            return
        lost = {"pending_etag": None, "pending_text": None, "gone": True, "waiting": True}
        self._change(collection, href, lost)
        if known.ours:
            row = {"space_id": self._space, "collection": collection, "href": href, "at": at}
            self._connection.execute(sa.insert(schema.memory_losses).values(**row))

    def _unlose(self, collection: str, href: str) -> None:
        table = schema.memory_losses
        same = (table.c.space_id == self._space, table.c.collection == collection, table.c.href == href)
        self._connection.execute(sa.delete(table).where(*same))

    def lost_since(self, collection: str, since: datetime) -> int:
        table = schema.memory_losses
        statement = sa.select(sa.func.count()).where(
            table.c.space_id == self._space, table.c.collection == collection, table.c.at >= since
        )
        return int(self._connection.scalar(statement) or 0)

    def forgive(self, collection: str) -> None:
        self._session.require_write()
        table = schema.memory_losses
        same = (table.c.space_id == self._space, table.c.collection == collection)
        self._connection.execute(sa.delete(table).where(*same))

    def pending(self, collections: Sequence[str]) -> Iterator[Known]:
        # Page by page from the last one seen, without a cursor held open: who reads may settle as they go.
        table = schema.memory_known
        for collection in sorted(set(collections)):
            last = ""
            while True:
                statement = (
                    sa.select(table)
                    .where(*self._in(collection), table.c.waiting.is_(True), table.c.href > last)
                    .order_by(table.c.href)
                    .limit(self.batch)
                )
                rows = self._connection.execute(statement).mappings().all()
                yield from map(_known, rows)
                if len(rows) < self.batch:
                    break
                last = rows[-1]["href"]

    def settle(self, collection: str, resource: Resource, uid: str, *, ours: bool) -> None:
        agreed = {
            "etag": resource.etag,
            "uid": uid,
            "base": resource.text if ours else None,
            "pending_etag": None,
            "pending_text": None,
            "gone": False,
            "waiting": False,
        }
        if not self._change(collection, resource.href, agreed):
            self._insert(collection, resource.href, agreed)

    def forget(self, collection: str, href: str) -> None:
        self._session.require_write()
        self._connection.execute(sa.delete(schema.memory_known).where(*self._at(collection, href)))

    # --- the journal ---

    def intend(self, intent: Intent) -> None:
        self._session.require_write()
        table = schema.memory_intents
        names = [name for name in table.c.keys() if name not in ("seq", "space_id")]  # noqa: SIM118
        values = {name: getattr(intent, name) for name in names} | {"space_id": self._space}
        self._connection.execute(sa.insert(table).values(**values))

    def intents(self) -> Sequence[Intent]:
        table = schema.memory_intents
        statement = sa.select(table).where(table.c.space_id == self._space).order_by(table.c.seq)
        rows = self._connection.execute(statement).mappings()
        return [Intent(**{name: row[name] for name in row if name not in ("seq", "space_id")}) for row in rows]

    def close(self, op: str) -> None:
        self._session.require_write()
        table = schema.memory_intents
        self._connection.execute(sa.delete(table).where(table.c.space_id == self._space, table.c.op == op))

    # --- rows ---

    def _in(self, collection: str) -> tuple[sa.ColumnElement[bool], ...]:
        table = schema.memory_known
        return table.c.space_id == self._space, table.c.collection == collection

    def _at(self, collection: str, href: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (*self._in(collection), schema.memory_known.c.href == href)

    def _change(self, collection: str, href: str, values: dict[str, Any]) -> bool:
        self._session.require_write()
        statement = sa.update(schema.memory_known).where(*self._at(collection, href)).values(**values)
        return self._connection.execute(statement).rowcount > 0

    def _insert(self, collection: str, href: str, values: dict[str, Any]) -> None:
        key = {"space_id": self._space, "collection": collection, "href": href}
        self._connection.execute(sa.insert(schema.memory_known).values(**key, **values))


def _known(row: sa.RowMapping) -> Known:
    pending = None
    if row["pending_text"] is not None:
        pending = Resource(href=row["href"], etag=row["pending_etag"], text=row["pending_text"])
    return Known(
        collection=row["collection"],
        href=row["href"],
        etag=row["etag"],
        uid=row["uid"],
        base=row["base"],
        pending=pending,
        gone=row["gone"],
    )
