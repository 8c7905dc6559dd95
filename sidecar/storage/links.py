"""Which resource shows which appointment or person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from sidecar.domain.bindings import Link, SubjectKind
from sidecar.storage import schema
from sidecar.storage.session import Session, upserting

_KEYS = ("binding_id", "href", "recurrence_id")
_NAMES = tuple(schema.links.c.keys())
_AT_ONCE = 500
"""Names in one question to the database."""


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
    """A link is known by its resource and date: binding, href, recurrence_id. A subject may have several.

    What is going to be asked one by one can be read ahead in a few questions; what this unit writes is seen all the same.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ahead: dict[tuple[str, ...], list[Link]] = {}
        self._read_ahead: dict[tuple[str, ...], Link] = {}

    def read_ahead(self, binding_id: str, hrefs: Sequence[str], uids: Sequence[str]) -> None:
        """``of_resource`` of these and ``by_uid`` of those will be asked; ``forget_ahead`` when that is done."""
        answers = {_at(binding_id, href): list[Link]() for href in hrefs}
        answers |= {_named(uid): list[Link]() for uid in uids if uid}
        found: dict[tuple[str, ...], Link] = {}
        for start in range(0, max(len(hrefs), len(uids)), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            found |= {_key(link): link for link in self.among(binding_id, hrefs[some], uids[some])}
        for key in sorted(found):
            for question in (_at(found[key].binding_id, found[key].href), _named(found[key].uid)):
                if question in answers:
                    answers[question].append(found[key])
        self._ahead |= answers
        self._read_ahead |= found

    def read_ahead_of(self, kind: SubjectKind | str, subject_ids: Sequence[str]) -> None:
        """``of_subject`` of these will be asked."""
        answers = {_of(kind, subject_id): list[Link]() for subject_id in subject_ids}
        for link in self.of_subjects(kind, subject_ids):
            self._read_ahead[_key(link)] = link
            answers[_of(kind, link.subject_id)].append(link)
        self._ahead |= answers

    def forget_ahead(self) -> None:
        self._ahead, self._read_ahead = {}, {}

    def _no_more(self, link: Link) -> None:
        """No answer that was read ahead tells of that link any more, nor of the one in whose place it comes."""
        for one in (link, self._read_ahead.pop(_key(link), None)) if self._ahead else ():
            if one is not None:
                for question in _answered_with(one):
                    self._ahead.pop(question, None)

    def of_subject(self, kind: SubjectKind | str, subject_id: str) -> list[Link]:
        ahead = self._ahead.get(_of(kind, subject_id))
        return list(ahead) if ahead is not None else self._ask(_OF_SUBJECT, of_kind=SubjectKind(kind), of_subject=subject_id)

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
        ahead = self._ahead.get(_at(binding_id, href))
        return list(ahead) if ahead is not None else self._ask(_OF_RESOURCE, of_binding=binding_id, of_href=href)

    def among(self, binding_id: str, hrefs: Sequence[str], uids: Sequence[str]) -> list[Link]:
        """The links of any of these resources, and those anywhere of any of these UIDs."""
        table = schema.links
        here = sa.and_(table.c.binding_id == binding_id, table.c.href.in_(list(hrefs)))
        return self._read(here | table.c.uid.in_([uid for uid in uids if uid]))

    def of_binding(self, binding_id: str) -> list[Link]:
        return self._read(schema.links.c.binding_id == binding_id)

    def by_uid(self, uid: str) -> list[Link]:
        ahead = self._ahead.get(_named(uid))
        return list(ahead) if ahead is not None else self._ask(_BY_UID, of_uid=uid)

    def put(self, link: Link) -> None:
        """Keep it in place of one for the same resource and date."""
        self._no_more(link)
        statement = upserting(self._session.dialect, schema.links, _KEYS, _NAMES)
        self._session.later(statement, {name: getattr(link, name) for name in _NAMES})

    def remove(self, link: Link) -> None:
        """Forget what its resource and date show; nothing happens when nothing is known of them."""
        self._session.require_write()
        self._no_more(link)
        self._session.connection.execute(_REMOVE, {f"of_{name}": getattr(link, name) for name in _KEYS})

    def _read(self, *conditions: sa.ColumnElement[bool]) -> list[Link]:
        return self._ask(_ordered(*conditions))

    def _ask(self, statement: sa.Select[Any], **parameters: Any) -> list[Link]:
        return [Link(**row) for row in self._session.connection.execute(statement, parameters).mappings()]


# --- questions that may be answered ahead -------------------------------------------------------------------------


def _key(link: Link) -> tuple[str, ...]:
    return link.binding_id, link.href, link.recurrence_id


def _at(binding_id: str, href: str) -> tuple[str, ...]:
    return "at", binding_id, href


def _named(uid: str) -> tuple[str, ...]:
    return "uid", uid


def _of(kind: SubjectKind | str, subject_id: str) -> tuple[str, ...]:
    return "of", str(kind), subject_id


def _answered_with(link: Link) -> Iterator[tuple[str, ...]]:
    yield _at(link.binding_id, link.href)
    yield _named(link.uid)
    yield _of(link.subject_kind, link.subject_id)
