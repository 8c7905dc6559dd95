"""What happened and is not told yet: kept in the transaction of the change itself, whatever way it came in.

Repositories say of every record what it was and what it is; what of that others would hear of is decided here and in
``sidecar.domain.happenings``. One thing stands here once, with what it was when it was last told of: whoever tells it
compares that with what it is then. Where nobody is told anything, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sidecar.domain.appointments import Appointment, AppointmentKind, AppointmentState
from sidecar.domain.bindings import Conflict
from sidecar.domain.cover import CoverRequest
from sidecar.domain.happenings import DestinationState, Message, Part, Shown, Subject, happened, shown
from sidecar.domain.happenings import HappeningKind as Kind
from sidecar.observability import get_logger
from sidecar.storage import zones
from sidecar.storage.plain import plain
from sidecar.storage.session import Session
from sidecar.storage.tables_of_telling import destinations, happenings

log = get_logger(__name__)
LONGEST_REST = 5
"""A thing that is changed again and again is told of after so many rests at the latest."""
_KEYS = (happenings.c.subject_kind, happenings.c.subject_id)
_ANYBODY = sa.select(sa.exists().where(destinations.c.state == DestinationState.ACTIVE))


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that changed. ``before`` is an appointment as it was last told of, or the state of a request or conflict.

    ``since`` and ``last`` (aware): when it changed first and last since it was told of.
    """

    subject: Subject
    id: str
    before: Shown | str | None
    since: datetime
    last: datetime


class Happenings:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._noted: dict[tuple[Subject, str], tuple[Any, Any]] = {}

    def note(self, kind: str, id: str, before: object | None, after: object | None) -> None:
        """A record was added, saved, answered or removed (None: it is not there)."""
        if kind not in _STANDING:
            return
        subject, standing = Subject(kind), _STANDING[Subject(kind)]
        first, _ = self._noted.get((subject, id), (standing(before), None))
        self._noted[subject, id] = first, standing(after)

    def flush(self) -> None:
        noted, self._noted = self._noted, {}
        now = self._session.clock()
        told = {key: before for key, (before, after) in sorted(noted.items()) if _is_news(before, after, now)}
        if not told or not self._session.connection.scalar(_ANYBODY):
            return
        rows = [
            {"subject_kind": subject, "subject_id": id, "before": _kept(before), "since": now, "last": now}
            for (subject, id), before in told.items()
        ]
        # In one order, so that two units never wait for each other crosswise.
        self._session.upsert(happenings, ("subject_kind", "subject_id"), *rows, at_first=("before", "since"))

    def take(self, rest: timedelta, limit: int) -> list[Happening]:
        """What has rested, oldest first; it stands here no more, so tell it in this transaction.

        What was changed within ``rest`` waits, up to ``LONGEST_REST`` times as long. On PostgreSQL what another machine is
        taking, or somebody is changing, is left to the next time.
        """
        self._session.require_write()
        now, connection = self._session.clock(), self._session.connection
        rested = (happenings.c.last <= now - rest) | (happenings.c.since <= now - LONGEST_REST * rest)
        # A clock that ran ahead and was set right must hold nothing up for long.
        ahead = happenings.c.last > now + rest
        found = sa.select(happenings).where(rested | ahead).order_by(happenings.c.since, *_KEYS).limit(limit)
        rows = connection.execute(found.with_for_update(skip_locked=True)).all()
        keys = [{"of_kind": row.subject_kind, "of_id": row.subject_id} for row in rows]
        if keys:
            same = (_KEYS[0] == sa.bindparam("of_kind"), _KEYS[1] == sa.bindparam("of_id"))
            connection.execute(sa.delete(happenings).where(*same), keys)
        return [happening for row in rows if (happening := _happening(row)) is not None]

    def waiting(self) -> int:
        """How many things changed and are not told yet."""
        return int(self._session.connection.scalar(sa.select(sa.func.count()).select_from(happenings)) or 0)

    def forget(self) -> None:
        """Nobody is told what happened up to now."""
        self._session.require_write()
        self._session.connection.execute(sa.delete(happenings))


_STANDING: Mapping[str, Callable[[Any], Any]] = {
    Subject.APPOINTMENT: lambda record: shown(record) if isinstance(record, Appointment) else None,
    Subject.COVER_REQUEST: lambda record: record.state.value if isinstance(record, CoverRequest) else None,
    Subject.CONFLICT: lambda record: (record.chosen or "open") if isinstance(record, Conflict) else None,
}


def _is_news(before: Shown | str | None, after: Shown | str | None, now: datetime) -> bool:
    """Whether it may have to be told; what is over is history."""
    views = [view for view in (before, after) if isinstance(view, Shown)]
    if not views:
        return before != after
    was, becomes = (view if isinstance(view, Shown) else None for view in (before, after))
    return bool(happened(was, becomes) or happened(becomes, was)) and any(view.end >= now for view in views)


def _happening(row: sa.Row[Any]) -> Happening | None:
    """None where what it was cannot be read (another version's, or damaged): one thing must not hold up all others."""
    try:
        before = _before(row.before)
    except (LookupError, TypeError, ValueError):
        log.exception("happening_unreadable", subject=row.subject_kind, id=row.subject_id)
        return None
    return Happening(subject=row.subject_kind, id=row.subject_id, before=before, since=row.since, last=row.last)


# --- what is compared with later, as JSON ---


def _kept(before: Shown | str | None) -> Any:
    return _shown_as_json(before) if isinstance(before, Shown) else before


def _before(kept: Any) -> Shown | str | None:
    return _shown_from_json(kept) if isinstance(kept, dict) else kept


def _shown_as_json(view: Shown) -> dict[str, Any]:
    values = {f.name: getattr(view, f.name) for f in fields(view)}
    return {name: plain(_in_order(value) if isinstance(value, frozenset) else value) for name, value in values.items()}


def _in_order(values: Iterable[Any]) -> list[Any]:
    return sorted(values)


def _shown_from_json(kept: Mapping[str, Any]) -> Shown:
    return Shown(
        **{
            **kept,
            "kind": AppointmentKind(kept["kind"]),
            "state": AppointmentState(kept["state"]),
            "start": zones.from_text(kept["start"]),
            "end": zones.from_text(kept["end"]),
            "team": frozenset((person, role) for person, role in kept["team"]),
            "declined": frozenset(kept["declined"]),
        }
    )


def message_as_json(message: Message) -> dict[str, Any]:
    return {
        f.name: _shown_as_json(value) if isinstance(value, Shown) else plain(value)
        for f in fields(message)
        if (value := getattr(message, f.name)) not in ("", None, ())
    }


def message_from_json(kept: Mapping[str, Any]) -> Message:
    views = {name: _shown_from_json(kept[name]) for name in ("before", "after") if name in kept}
    changed = tuple(Part(part) for part in kept.get("changed", ()))
    at = zones.from_text(kept["at"])
    return Message(**{"centre_name": "", **kept, **views, "kind": Kind(kept["kind"]), "at": at, "changed": changed})
