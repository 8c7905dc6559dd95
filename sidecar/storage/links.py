"""Which resource shows which appointment or person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sidecar.domain.bindings import Link, SubjectKind
from sidecar.storage import schema
from sidecar.storage.session import Session

_KEYS = ("binding_id", "href", "recurrence_id")


def _ordered(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    table = schema.links
    return sa.select(table).where(*conditions).order_by(table.c.binding_id, table.c.href, table.c.recurrence_id)


def _is(column: str, parameter: str) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = schema.links.c[column] == sa.bindparam(parameter)
    return found


# Put together once: that costs several times what carrying them out does.
_OF_SUBJECT = _ordered(_is("subject_id", "of_subject"), _is("subject_kind", "of_kind"))
_OF_RESOURCE = _ordered(_is("binding_id", "of_binding"), _is("href", "of_href"))
_BY_UID = _ordered(_is("uid", "of_uid"))
_REMOVE = sa.delete(schema.links).where(*(_is(name, f"of_{name}") for name in _KEYS))


class Links:
    """A link is known by its resource and date: binding, href, recurrence_id. A subject may have several."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_subject(self, kind: SubjectKind | str, subject_id: str) -> list[Link]:
        return self._ask(_OF_SUBJECT, of_kind=SubjectKind(kind), of_subject=subject_id)

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
        return self._ask(_OF_RESOURCE, of_binding=binding_id, of_href=href)

    def among(self, binding_id: str, hrefs: Sequence[str], uids: Sequence[str]) -> list[Link]:
        """The links of any of these resources, and those anywhere of any of these UIDs."""
        table = schema.links
        here = sa.and_(table.c.binding_id == binding_id, table.c.href.in_(list(hrefs)))
        return self._read(here | table.c.uid.in_([uid for uid in uids if uid]))

    def of_binding(self, binding_id: str) -> list[Link]:
        return self._read(schema.links.c.binding_id == binding_id)

    def by_uid(self, uid: str) -> list[Link]:
        return self._ask(_BY_UID, of_uid=uid)

    def put(self, link: Link) -> None:
        """Keep it in place of one for the same resource and date."""
        values = {name: getattr(link, name) for name in schema.links.c.keys()}  # noqa: SIM118 (a collection, no dict)
        self._session.upsert(schema.links, _KEYS, values)

    def remove(self, link: Link) -> None:
        """Forget what its resource and date show; nothing happens when nothing is known of them."""
        self._session.require_write()
        self._session.connection.execute(_REMOVE, {f"of_{name}": getattr(link, name) for name in _KEYS})

    def _read(self, *conditions: sa.ColumnElement[bool]) -> list[Link]:
        return self._ask(_ordered(*conditions))

    def _ask(self, statement: sa.Select[Any], **parameters: Any) -> list[Link]:
        return [Link(**row) for row in self._session.connection.execute(statement, parameters).mappings()]
