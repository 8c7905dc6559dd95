"""What the sync engine remembers of one space: ``calendars.sync.ports.Memory`` on SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from calendars.sync.ports import Cursor, Intent, Known, Resource
from sidecar.storage import outbox, schema
from sidecar.storage.session import Session

_AT_ONCE = 500
"""Hrefs in one question to the database."""
_KNOWN, _LOSSES = schema.memory_known, schema.memory_losses
_SPACE: sa.BindParameter[str] = sa.bindparam("of_space")
_COLLECTION: sa.BindParameter[str] = sa.bindparam("of_collection")
_HREF: sa.BindParameter[str] = sa.bindparam("of_href")
_IN = (_KNOWN.c.space_id == _SPACE, _KNOWN.c.collection == _COLLECTION)
_AT = (*_IN, _KNOWN.c.href == _HREF)
# Put together once: that costs several times what carrying them out does.
_GET = sa.select(_KNOWN).where(*_AT)
_GET_ALL = sa.select(_KNOWN).where(*_IN, _KNOWN.c.href.in_(sa.bindparam("hrefs", expanding=True)))
_FORGET = sa.delete(_KNOWN).where(*_AT)
_PENDING = (
    sa.select(_KNOWN)
    .where(*_IN, _KNOWN.c.waiting.is_(True), _KNOWN.c.href > _HREF)
    .order_by(_KNOWN.c.href)
    .limit(sa.bindparam("at_most"))
)
_UNLOSE = sa.delete(_LOSSES).where(
    _LOSSES.c.space_id == _SPACE, _LOSSES.c.collection == _COLLECTION, _LOSSES.c.href == _HREF
)
_ANY_LOSS = sa.select(sa.exists().where(_LOSSES.c.space_id == _SPACE, _LOSSES.c.collection == _COLLECTION))
_LOSE = sa.update(_KNOWN).where(*_AT).values(pending_etag=None, pending_text=None, gone=True, waiting=True)
_EARLIER = schema.memory_earlier
_EARLIER_AT = (
    _EARLIER.c.space_id == _SPACE,
    _EARLIER.c.collection == _COLLECTION,
    _EARLIER.c.href == _HREF,
    _EARLIER.c.etag == sa.bindparam("by"),
)
_WAS_AGREED = sa.select(sa.exists().where(*_EARLIER_AT))
_ANY_EARLIER = sa.select(
    sa.exists().where(_EARLIER.c.space_id == _SPACE, _EARLIER.c.collection == _COLLECTION, _EARLIER.c.href != "")
)
_ONCE_AT = sa.select(_EARLIER.c.href).where(
    _EARLIER.c.space_id == _SPACE, _EARLIER.c.collection == _COLLECTION,
    _EARLIER.c.href.in_(sa.bindparam("hrefs", expanding=True)),
)  # fmt: skip
_AGREED_AGAIN = sa.delete(_EARLIER).where(*_EARLIER_AT)
_NOW_AGREED = sa.select(
    _KNOWN.c.space_id, _KNOWN.c.collection, _KNOWN.c.href, _KNOWN.c.etag, sa.bindparam("now", type_=_EARLIER.c.at.type)
).where(*_AT, _KNOWN.c.base.is_not(None), _KNOWN.c.etag.not_in(["", sa.bindparam("by")]))
_SUPERSEDE = {
    dialect.dialect.name: dialect.insert(_EARLIER)
    .from_select(["space_id", "collection", "href", "etag", "at"], _NOW_AGREED)
    .on_conflict_do_nothing()
    for dialect in (sqlite, postgresql)
}
_OURS = (_KNOWN.c.space_id == _SPACE, _KNOWN.c.base.is_not(None))
# Two questions, each with its index; one with "or" would read all that is remembered.
_OURS_AT = sa.select(_KNOWN.c.href, _KNOWN.c.uid).where(
    *_OURS, _KNOWN.c.collection == _COLLECTION, _KNOWN.c.href.in_(sa.bindparam("hrefs", expanding=True))
)
_OURS_BY_UID = sa.select(_KNOWN.c.uid).where(*_OURS, _KNOWN.c.uid.in_(sa.bindparam("uids", expanding=True)))
_INTENTS = schema.memory_intents
_INTEND = sa.insert(_INTENTS)
_OPEN = sa.select(_INTENTS).where(_INTENTS.c.space_id == _SPACE).order_by(_INTENTS.c.seq)
_OF_OP = (_INTENTS.c.space_id == _SPACE, _INTENTS.c.op == sa.bindparam("of_op"))
_TRIED = sa.update(_INTENTS).where(*_OF_OP).values(attempts=_INTENTS.c.attempts + 1)
_CLOSE = sa.delete(_INTENTS).where(*_OF_OP)
_CURSORS = sa.select(schema.memory_cursors).where(schema.memory_cursors.c.space_id == _SPACE)
_CURSOR = _CURSORS.where(schema.memory_cursors.c.collection == _COLLECTION)
_WAITS = sa.select(
    (
        sa.exists().where(_KNOWN.c.space_id == _SPACE, _KNOWN.c.waiting.is_(True))
        | sa.exists().where(schema.memory_intents.c.space_id == _SPACE)
    ).label("waits")
)
_STANDING = (
    sa.select(waits := _WAITS.subquery(), marked := outbox.STANDING.subquery(), schema.memory_cursors)
    .select_from(waits.join(marked, sa.true()))
    .outerjoin(schema.memory_cursors, schema.memory_cursors.c.space_id == _SPACE)
)
"""All that a pass which finds nothing to do asks of it and of the outbox: a row for each cursor, at least one."""
_KEYS = ("space_id", "collection", "href")


class SqlMemory:
    """Work grows with what changed: what waits is found by an index of its own, the rest is not read."""

    batch = 100
    """How many resources ``pending`` holds at a time, texts included."""

    def __init__(self, session: Session, space_id: str, box: outbox.Outbox) -> None:
        self._session = session
        self._space = space_id
        self._outbox = box
        self._cursors: dict[str, Cursor] | None = None

    @property
    def _connection(self) -> sa.Connection:
        return self._session.connection

    # --- cursors ---

    def cursor(self, collection: str) -> Cursor:
        row = self._connection.execute(_CURSOR, {"of_space": self._space, "of_collection": collection}).first()
        return _cursor(row) if row else Cursor()

    def cursors(self) -> Mapping[str, Cursor]:
        if self._cursors is not None:
            return self._cursors
        return {row.collection: _cursor(row) for row in self._connection.execute(_CURSORS, {"of_space": self._space})}

    def waits(self) -> bool:
        if not self._session.writes:
            # A unit that only reads sees one moment: what is asked next is answered with it.
            rows = self._connection.execute(_STANDING, self._outbox.asked(self._space)).all()
            self._cursors = {row.collection: _cursor(row) for row in rows if row.collection is not None}
            self._outbox.learn(self._space, bool(rows[0].due), int(rows[0].resting))
            return bool(rows[0].waits)
        return bool(self._connection.scalar(_WAITS, {"of_space": self._space}))

    def set_cursor(self, collection: str, cursor: Cursor) -> None:
        before = self.cursor(collection).token
        if before is not None and before != cursor.token:
            key = {"space_id": self._space, "collection": collection, "href": "", "etag": before}
            self._session.upsert(_EARLIER, (*_KEYS, "etag"), {**key, "at": self._session.clock()})
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
                "past": cursor.past,
            },
        )

    # --- resources ---

    def etags(self, collection: str, among: Collection[str] | None = None) -> Mapping[str, str]:
        table = schema.memory_known
        newest = sa.func.coalesce(table.c.pending_etag, table.c.etag).label("newest")
        statement = sa.select(table.c.href, newest).where(*self._in(collection), table.c.gone.is_(False))
        if among is None:
            return {row.href: row.newest for row in self._connection.execute(statement)}
        found, hrefs = dict[str, str](), iter(among)
        while some := list(islice(hrefs, _AT_ONCE)):
            found |= {row.href: row.newest for row in self._connection.execute(statement.where(table.c.href.in_(some)))}
        return found

    def count_ours(self, collection: str) -> int:
        table = schema.memory_known
        statement = sa.select(sa.func.count()).where(*self._in(collection), table.c.base.is_not(None))
        return int(self._connection.scalar(statement) or 0)

    def get(self, collection: str, href: str) -> Known | None:
        row = self._connection.execute(_GET, self._at(collection, href)).mappings().first()
        return _known(row) if row else None

    def get_all(self, collection: str, hrefs: Collection[str]) -> Mapping[str, Known]:
        found, left = dict[str, Known](), iter(hrefs)
        while some := list(islice(left, _AT_ONCE)):
            asked = {"of_space": self._space, "of_collection": collection, "hrefs": some}
            rows = self._connection.execute(_GET_ALL, asked).mappings()
            found |= {known.href: known for known in map(_known, rows)}
        return found

    def hrefs_of(self, collection: str, uids: Iterable[str]) -> Sequence[str]:
        table = schema.memory_known
        statement = sa.select(table.c.href).where(*self._in(collection), table.c.uid.in_(list(uids)))
        return list(self._connection.scalars(statement.order_by(table.c.href)))

    def hrefs_of_ours(self, collection: str) -> Sequence[str]:
        """All that has a text agreed on, without the texts."""
        table = schema.memory_known
        statement = sa.select(table.c.href).where(*self._in(collection), table.c.base.is_not(None))
        return list(self._connection.scalars(statement.order_by(table.c.href)))

    def ours_among(self, collection: str, resources: Mapping[str, str]) -> frozenset[str]:
        """Those of these hrefs that are ours or were once, or whose UID is one of ours anywhere in the space
        (``resources``: href -> UID)."""
        asked = {"of_space": self._space, "of_collection": collection, "hrefs": list(resources)}
        here = self._connection.execute(_OURS_AT, asked).all()
        named = {"of_space": self._space, "uids": [uid for uid in resources.values() if uid]}
        uids = {*self._connection.scalars(_OURS_BY_UID, named), *(row.uid for row in here)} - {""}
        hrefs = {row.href for row in here}
        if len(hrefs) < len(resources):
            hrefs |= {*self._connection.scalars(_ONCE_AT, asked)}
        return frozenset(href for href, uid in resources.items() if href in hrefs or uid in uids)

    def taken(self, uids: Sequence[str]) -> frozenset[str]:
        """Those of these UIDs that something of ours anywhere in the space has."""
        found: set[str] = set()
        for start in range(0, len(uids), _AT_ONCE):
            asked = {"of_space": self._space, "uids": uids[start : start + _AT_ONCE]}
            found.update(self._connection.scalars(_OURS_BY_UID, asked))
        return frozenset(found)

    def pull(self, collection: str, resource: Resource, uid: str) -> None:
        self.pull_all(collection, [(resource, uid)])

    def pull_all(self, collection: str, pulled: Sequence[tuple[Resource, str]]) -> None:
        self._session.require_write()
        places = [self._at(collection, resource.href) for resource, _ in pulled]
        if places and self._connection.scalar(_ANY_LOSS, places[0]):
            # What is back before anybody took its absence for a deletion is no loss.
            self._connection.execute(_UNLOSE, places)
        for known_uid in (True, False):
            # A text whose UID cannot be read stays what it was.
            rows = [self._pulled(collection, *one) for one in pulled if bool(one[1]) is known_uid]
            self._session.upsert(_KNOWN, _KEYS, *rows, at_first=("etag", "base") if known_uid else ("etag", "base", "uid"))

    def overlook(self, collection: str, read: Sequence[tuple[Resource, str]]) -> None:
        rows = [self._agreed(collection, resource, uid, base=None) for resource, uid in read]
        self._session.upsert(_KNOWN, _KEYS, *rows)

    def lose(self, collection: str, href: str, at: datetime) -> None:
        known = self.get(collection, href)
        if known is None or known.gone:
            return
        self._session.require_write()
        self._connection.execute(_LOSE, self._at(collection, href))
        if known.ours:
            row = {"space_id": self._space, "collection": collection, "href": href, "at": at}
            self._connection.execute(sa.insert(schema.memory_losses).values(**row))

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
        for collection in sorted(set(collections)):
            last = ""
            while True:
                page = self._at(collection, last) | {"at_most": self.batch}
                rows = self._connection.execute(_PENDING, page).mappings().all()
                yield from map(_known, rows)
                if len(rows) < self.batch:
                    break
                last = rows[-1]["href"]

    def settle(self, collection: str, resource: Resource, uid: str, *, ours: bool) -> None:
        self.settle_all(collection, [(resource, uid, ours)])

    def settle_all(self, collection: str, agreed: Sequence[tuple[Resource, str, bool]]) -> None:
        ours = {resource.href for resource, _, ours in agreed if ours}
        self._supersede(collection, {resource.href: resource.etag for resource, _, _ in agreed}, again=ours)
        rows = [
            self._agreed(collection, resource, uid, base=resource.text if ours else None) for resource, uid, ours in agreed
        ]
        self._session.upsert(_KNOWN, _KEYS, *rows)

    def forget(self, collection: str, href: str) -> None:
        self._session.require_write()
        self._supersede(collection, {href: ""})
        self._connection.execute(_FORGET, self._at(collection, href))

    # --- what was agreed once ---

    def _supersede(self, collection: str, by: Mapping[str, str], again: Collection[str] = ()) -> None:
        """What is agreed now will not be any more (``by``: href -> the next etag, "" for none); a state that is agreed
        ``again`` is no earlier one, one that is only watched is."""
        places = [self._at(collection, href) | {"by": etag} for href, etag in by.items()]
        # At a first reading nothing was agreed before: asked once, not of each.
        agreed = self._agreed_among(collection, by)
        if before := [place for place in places if place["of_href"] in agreed]:
            now = self._session.clock()
            self._connection.execute(_SUPERSEDE[self._session.dialect], [place | {"now": now} for place in before])
        back = [place for place in places if place["by"] and place["of_href"] in again]
        if back and self._connection.scalar(_ANY_EARLIER, back[0]):
            self._connection.execute(_AGREED_AGAIN, back)

    def _agreed_among(self, collection: str, hrefs: Collection[str]) -> set[str]:
        found, left = set[str](), iter(hrefs)
        while some := list(islice(left, _AT_ONCE)):
            asked = {"of_space": self._space, "of_collection": collection, "hrefs": some}
            found |= {row.href for row in self._connection.execute(_OURS_AT, asked)}
        return found

    def earlier(self, collection: str, href: str, etag: str) -> bool:
        return bool(self._connection.scalar(_WAS_AGREED, self._at(collection, href) | {"by": etag}))

    def stood(self, collection: str, token: str) -> bool:
        # No resource has an empty href: there the tokens of the collection itself are kept.
        return self.earlier(collection, "", token)

    def forget_earlier(self, collection: str, before: datetime) -> None:
        self._session.require_write()
        for table in (_EARLIER, _LOSSES):
            old = (table.c.space_id == self._space, table.c.collection == collection, table.c.at < before)
            self._connection.execute(sa.delete(table).where(*old))

    def carry(self, collection: str, other: SqlMemory, target: str) -> None:
        """What is agreed of a collection is agreed of ``target`` from here on, member for member by the end of its href;
        nothing is known of the states there. What was known of ``target`` itself is forgotten."""
        self._session.require_write()
        about = (schema.memory_cursors, schema.memory_losses, _EARLIER)
        gone = [(table, other._space, target) for table in (*about, _KNOWN)]
        gone += [(table, self._space, collection) for table in about]
        for table, space, href in gone:
            self._connection.execute(sa.delete(table).where(table.c.space_id == space, table.c.collection == href))
        self._connection.execute(sa.delete(_KNOWN).where(*self._in(collection), _KNOWN.c.base.is_(None)))
        member = sa.func.substr(_KNOWN.c.href, len(collection) + 1)
        unread = {"etag": "", "pending_etag": None, "pending_text": None, "gone": False, "waiting": False}
        moved = {"space_id": other._space, "collection": target, "href": sa.literal(target) + member}
        self._connection.execute(sa.update(_KNOWN).where(*self._in(collection)).values(**moved, **unread))

    # --- the journal ---

    def intend(self, intent: Intent) -> None:
        self.intend_all([intent])

    def intend_all(self, intents: Sequence[Intent]) -> None:
        self._session.require_write()
        if intents:
            self._connection.execute(_INTEND, [{"space_id": self._space, **vars(intent)} for intent in intents])

    def intents(self) -> Sequence[Intent]:
        rows = self._connection.execute(_OPEN, {"of_space": self._space}).mappings()
        return [Intent(**{name: row[name] for name in row if name not in ("seq", "space_id")}) for row in rows]

    def tried(self, op: str) -> None:
        self._session.require_write()
        self._connection.execute(_TRIED, {"of_space": self._space, "of_op": op})

    def close(self, op: str) -> None:
        self.close_all([op])

    def close_all(self, ops: Sequence[str]) -> None:
        self._session.require_write()
        if ops:
            self._connection.execute(_CLOSE, [{"of_space": self._space, "of_op": op} for op in ops])

    # --- rows ---

    def _in(self, collection: str) -> tuple[sa.ColumnElement[bool], ...]:
        table = schema.memory_known
        return table.c.space_id == self._space, table.c.collection == collection

    def _at(self, collection: str, href: str) -> dict[str, Any]:
        return {"of_space": self._space, "of_collection": collection, "of_href": href}

    def _pulled(self, collection: str, resource: Resource, uid: str) -> dict[str, Any]:
        waits = {"pending_etag": resource.etag, "pending_text": resource.text, "gone": False, "waiting": True}
        key = {"space_id": self._space, "collection": collection, "href": resource.href}
        return {**key, "etag": "", "base": None, "uid": uid, **waits}

    def _agreed(self, collection: str, resource: Resource, uid: str, *, base: str | None) -> dict[str, Any]:
        key = {"space_id": self._space, "collection": collection, "href": resource.href}
        agreed = {"pending_etag": None, "pending_text": None, "gone": False, "waiting": False}
        return {**key, "etag": resource.etag, "uid": uid, "base": base, **agreed}


def _cursor(row: sa.Row[Any]) -> Cursor:
    return Cursor(mark=row.mark, token=row.token, listed_at=row.listed_at, guarded=row.guarded, past=row.past)


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
