"""Where happenings are told, and the queue of what is on its way there; what has been sent is its log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from sidecar.domain.happenings import Delivery, DeliveryState, Destination, DestinationState, Message
from sidecar.observability import get_logger
from sidecar.storage.errors import StorageError
from sidecar.storage.happenings import message_as_json, message_from_json
from sidecar.storage.repository import Repository
from sidecar.storage.session import Session
from sidecar.storage.spaces import Vault
from sidecar.storage.tables_of_telling import deliveries, destinations

log = get_logger(__name__)
_CONFIGURED = tuple(f.name for f in fields(Destination))
_FIELDS = tuple(f.name for f in fields(Delivery))
_WAITING = deliveries.c.state == DeliveryState.WAITING
AHEAD = timedelta(days=2)
"""Nothing is put off for as long: a moment so far ahead was written by a clock that was set right since."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it goes with a destination: failures in a row, since when, till when it rests; what waits, what failed.

    ``answer`` is what was heard last, at ``tried_at``.
    """

    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    waiting: int = 0
    given_up: int = 0
    answer: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Messages that wait or were given up within the log's month; destinations that fail, or want nothing more."""

    waiting: int
    given_up: int
    failing: int
    gone: int


class DestinationRepository(Repository[Destination]):
    record, table, kind = Destination, destinations, "destination"
    order = ("channel", "centre_id", "since", "id")
    secrets = frozenset({"secret", "former_secret"})

    def __init__(self, *arguments: Any, vault: Vault) -> None:
        super().__init__(*arguments)
        self._vault = vault

    def standing(self, destination_id: str) -> Standing:
        """Raises NotFound."""
        self.get(destination_id)
        table = self.table
        wanted = sa.select(table.c.failures, table.c.failing_since, table.c.rests_until)
        row = self._connection.execute(wanted.where(table.c.id == destination_id)).one()
        of_it = deliveries.c.destination_id == destination_id
        counted = sa.select(deliveries.c.state, sa.func.count()).where(of_it).group_by(deliveries.c.state)
        counts = {row.state: row[1] for row in self._connection.execute(counted)}
        tried = sa.select(deliveries.c.answer, deliveries.c.tried_at).where(of_it, deliveries.c.tried_at.is_not(None))
        last = self._connection.execute(
            tried.order_by(deliveries.c.tried_at.desc(), deliveries.c.seq.desc()).limit(1)
        ).first()
        return Standing(
            failures=row.failures,
            failing_since=row.failing_since,
            rests_until=row.rests_until,
            waiting=counts.get(DeliveryState.WAITING, 0),
            given_up=counts.get(DeliveryState.GIVEN_UP, 0),
            answer=last.answer if last is not None else "",
            tried_at=last.tried_at if last is not None else None,
        )

    def succeeded(self, destination_id: str) -> None:
        values = {"failures": 0, "failing_since": None, "rests_until": None}
        self._connection.execute(sa.update(self.table).where(self.table.c.id == destination_id).values(**values))

    def failed(self, destination_id: str, *, rests_until: datetime | None) -> None:
        """One more failure in a row; ``rests_until`` (aware): nothing is sent to it before then."""
        table = self.table
        since = sa.func.coalesce(table.c.failing_since, sa.bindparam("now", type_=table.c.failing_since.type))
        statement = (
            sa.update(table)
            .where(table.c.id == destination_id)
            .values(failures=table.c.failures + 1, failing_since=since, rests_until=rests_until)
        )
        self._connection.execute(statement, {"now": self._session.clock()})

    def _row(self, record: Destination) -> dict[str, Any]:
        locked = {name: self._vault.lock(text) if (text := getattr(record, name)) else "" for name in self.secrets}
        return super()._row(record) | locked

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> Destination:
        try:
            opened = {name: self._vault.unlock(row[name]) if row[name] else "" for name in self.secrets}
        except InvalidToken as error:
            raise StorageError("storage_wrong_key", space=row["id"], url=row["channel"]) from error
        return Destination(**{name: row[name] for name in _CONFIGURED} | opened)


class Deliveries:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, destination_id: str, recipients: Sequence[str], subject_id: str, message: Message) -> None:
        """One delivery for each recipient, due now."""
        self._session.require_write()
        now = self._session.clock()
        rows = [
            {
                "id": self._session.new_id(),
                "destination_id": destination_id,
                "recipient": recipient,
                "subject_id": subject_id,
                "message": message_as_json(message),
                "made_at": now,
                "state": DeliveryState.WAITING,
                "due": now,
                "attempts": 0,
                "answer": "",
            }
            for recipient in recipients
        ]
        if rows:
            self._session.connection.execute(sa.insert(deliveries), rows)

    def due(self, channels: Collection[str], silent: Collection[str]) -> list[str]:
        """The destinations to which something can be sent now: those that fail last, else who has waited for longest first.

        ``silent``: the centres about which nothing is told.
        """
        now, table = self._session.clock(), destinations
        found = sa.select(table.c.id).join(deliveries, table.c.id == deliveries.c.destination_id)
        found = found.where(*_open_to(channels, now), *_can_go(silent, now)).group_by(table.c.id, table.c.failures)
        found = found.order_by(sa.case((table.c.failures > 0, 1), else_=0), sa.func.min(deliveries.c.seq))
        return list(self._session.connection.scalars(found))

    def lease(
        self, destination_id: str, at_once: Mapping[str, int], lease: timedelta, silent: Collection[str] = ()
    ) -> list[Delivery]:
        """What is to be sent there next: deliveries of one recipient, oldest first; empty where nothing is due.

        Nobody else gets them before the lease is over, and each counts as tried. Of one thing nothing is told to a recipient
        before what was told of it earlier has arrived or was given up. ``at_once`` maps a channel to how many it takes.
        What was tried together comes together again, without what came since: who has it already can know it as the same.
        What cannot be read (another version's, or damaged) is given up.
        """
        self._session.require_write()
        now, connection = self._session.clock(), self._session.connection
        free = deliveries.c.leased_until.is_(None) | (deliveries.c.leased_until <= now)
        free = free | (deliveries.c.leased_until > now + 3 * lease)  # a clock ran far ahead
        earlier = deliveries.alias()
        same = [earlier.c[name] == deliveries.c[name] for name in ("destination_id", "recipient", "subject_id", "state")]
        first_of_its_thing = sa.not_(sa.exists().where(*same, earlier.c.seq < deliveries.c.seq))
        there = (deliveries.c.destination_id == destination_id, destinations.c.id == deliveries.c.destination_id)
        due = sa.select(deliveries, destinations.c.channel).where(
            *there, *_open_to(at_once, now), *_can_go(silent, now), free
        )
        due = due.order_by(deliveries.c.seq).with_for_update(skip_locked=True, of=deliveries)
        first = connection.execute(due.where(first_of_its_thing).limit(1)).first()
        if first is None:
            return []
        found = [first]
        if at_once[first.channel] > 1:
            held_up = ~_comes_by(earlier.c.due, now) | (earlier.c.leased_until > now)
            held_up = held_up | earlier.c.tried_at.is_distinct_from(first.tried_at)
            behind_none = sa.not_(sa.exists().where(*same, earlier.c.seq < deliveries.c.seq, held_up))
            tried_with_it = deliveries.c.tried_at.is_not_distinct_from(first.tried_at)
            beside = due.where(deliveries.c.recipient == first.recipient, tried_with_it, behind_none)
            found = list(connection.execute(beside.limit(at_once[first.channel])))
        taken = sa.update(deliveries).where(deliveries.c.seq.in_([row.seq for row in found]))
        connection.execute(taken.values(leased_until=now + lease, attempts=deliveries.c.attempts + 1, tried_at=now))
        leased = [_delivery(row, attempts=row.attempts + 1, tried_at=now) for row in found]
        broken = [row.seq for row, one in zip(found, leased, strict=True) if one is None]
        if broken:
            log.error("delivery_unreadable", count=len(broken), destination=destination_id)
            given_up = {"state": DeliveryState.GIVEN_UP, "answer": "unreadable", "leased_until": None}
            connection.execute(sa.update(deliveries).where(deliveries.c.seq.in_(broken)).values(**given_up))
        return [one for one in leased if one is not None]

    def settle(self, sent: Sequence[Delivery], state: DeliveryState, answer: str, *, due: datetime | None = None) -> None:
        """What became of an attempt; ``due`` (aware): when those that go on WAITING may be sent again.

        Whose lease was over meanwhile leaves what goes on waiting to who holds it now.
        """
        self._session.require_write()
        values: dict[str, Any] = {"state": state, "answer": answer, "leased_until": None}
        if due is not None:
            values["due"] = due
        statement = sa.update(deliveries).where(deliveries.c.seq.in_([one.seq for one in sent]), _WAITING)
        if state is DeliveryState.WAITING:
            statement = statement.where(deliveries.c.tried_at.in_({one.tried_at for one in sent}))
        self._session.connection.execute(statement.values(**values))

    def log(self, destination_id: str, *, limit: int = 100) -> list[Delivery]:
        """Newest first, without what cannot be read."""
        of_it = sa.select(deliveries).where(deliveries.c.destination_id == destination_id)
        rows = self._session.connection.execute(of_it.order_by(deliveries.c.seq.desc()).limit(limit))
        return [one for row in rows if (one := _delivery(row)) is not None]

    def traffic(self) -> Traffic:
        """How it goes with all destinations together."""
        counted = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
        states = {row[0]: row[1] for row in self._session.connection.execute(counted)}
        table = destinations
        failing = sa.and_(table.c.state == DestinationState.ACTIVE, table.c.failing_since.is_not(None))
        gone = table.c.state == DestinationState.GONE
        troubled = sa.select(sa.func.count().filter(failing), sa.func.count().filter(gone)).select_from(table)
        failing_now, gone_now = self._session.connection.execute(troubled).one()
        return Traffic(
            waiting=states.get(DeliveryState.WAITING, 0),
            given_up=states.get(DeliveryState.GIVEN_UP, 0),
            failing=failing_now,
            gone=gone_now,
        )

    def expire(self, after: timedelta) -> int:
        """Give up what has waited for longer, for whatever reason; says how many."""
        self._session.require_write()
        now = self._session.clock()
        free = deliveries.c.leased_until.is_(None) | (deliveries.c.leased_until <= now)
        old = sa.update(deliveries).where(_WAITING, deliveries.c.made_at < now - after, free)
        return self._session.connection.execute(old.values(state=DeliveryState.GIVEN_UP, leased_until=None)).rowcount

    def trim(self, kept: timedelta) -> int:
        """Drop what was sent or given up longer ago; says how many."""
        self._session.require_write()
        over = sa.delete(deliveries).where(sa.not_(_WAITING), deliveries.c.made_at < self._session.clock() - kept)
        return self._session.connection.execute(over).rowcount

    def forget(self) -> None:
        """Nothing that waits is sent any more."""
        self._session.require_write()
        self._session.connection.execute(sa.delete(deliveries).where(_WAITING))


def _comes_by(moment: sa.ColumnElement[Any], now: datetime) -> sa.ColumnElement[bool]:
    return (moment <= now) | (moment > now + AHEAD)


def _can_go(silent: Collection[str], now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions = [_WAITING, _comes_by(deliveries.c.due, now)]
    if silent:
        conditions.append(deliveries.c.message["centre_id"].as_string().not_in(list(silent)))
    return conditions


def _open_to(channels: Collection[str], now: datetime) -> list[sa.ColumnElement[bool]]:
    table = destinations
    rested = table.c.rests_until.is_(None) | _comes_by(table.c.rests_until, now)
    return [table.c.state == DestinationState.ACTIVE, table.c.channel.in_(list(channels)), rested]


def _delivery(row: sa.Row[Any], **newer: Any) -> Delivery | None:
    """None where its message cannot be read."""
    values = {name: getattr(row, name) for name in _FIELDS}
    try:
        return Delivery(**values | {"message": message_from_json(row.message)} | newer)
    except (LookupError, TypeError, ValueError):
        return None
