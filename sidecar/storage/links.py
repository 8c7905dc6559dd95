"""Which resource shows which appointment or person."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from sidecar.domain.bindings import Link, SubjectKind
from sidecar.storage import schema
from sidecar.storage.session import Session

_KEYS = ("binding_id", "href", "recurrence_id")


class Links:
    """A link is known by its resource and date: binding, href, recurrence_id. A subject may have several."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_subject(self, kind: SubjectKind | str, subject_id: str) -> list[Link]:
        table = schema.links
        return self._read(table.c.subject_id == subject_id, table.c.subject_kind == SubjectKind(kind))

    def of_subjects(self, kind: SubjectKind | str, subject_ids: Sequence[str]) -> list[Link]:
        """The links of many, 500 a query."""
        table = schema.links
        return [
            link
            for start in range(0, len(subject_ids), 500)
            for link in self._read(
                table.c.subject_id.in_(list(subject_ids[start : start + 500])), table.c.subject_kind == SubjectKind(kind)
            )
        ]

    def of_resource(self, binding_id: str, href: str) -> list[Link]:
        """One for a single event or a card, one per date for a series."""
        table = schema.links
        return self._read(table.c.binding_id == binding_id, table.c.href == href)

    def among(self, binding_id: str, hrefs: Sequence[str], uids: Sequence[str]) -> list[Link]:
        """The links of any of these resources, and those anywhere of any of these UIDs."""
        table = schema.links
        here = sa.and_(table.c.binding_id == binding_id, table.c.href.in_(list(hrefs)))
        return self._read(here | table.c.uid.in_([uid for uid in uids if uid]))

    def of_binding(self, binding_id: str) -> list[Link]:
        return self._read(schema.links.c.binding_id == binding_id)

    def by_uid(self, uid: str) -> list[Link]:
        return self._read(schema.links.c.uid == uid)

    def put(self, link: Link) -> None:
        """Keep it in place of one for the same resource and date."""
        values = {name: getattr(link, name) for name in schema.links.c.keys()}  # noqa: SIM118 (a collection, no dict)
        self._session.upsert(schema.links, _KEYS, values)

    def remove(self, link: Link) -> None:
        """Forget what its resource and date show; nothing happens when nothing is known of them."""
        self._session.require_write()
        table = schema.links
        same = [table.c[name] == getattr(link, name) for name in _KEYS]
        self._session.connection.execute(sa.delete(table).where(*same))

    def _read(self, *conditions: sa.ColumnElement[bool]) -> list[Link]:
        table = schema.links
        statement = sa.select(table).where(*conditions).order_by(table.c.binding_id, table.c.href, table.c.recurrence_id)
        return [Link(**row) for row in self._session.connection.execute(statement).mappings()]
