"""A server that asks to be left alone (429, 503) is left alone, space by space, by everybody but a person who asks now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from calendars.sync.report import PassReport
from sidecar.storage import UnitOfWork

PAUSED_KEY = "paused:{space}"
"""Setting: until when (ISO 8601), and how many pauses in a row there were."""
LONGEST = timedelta(hours=1)
"""However long a server asks for: once an hour it is looked whether it is back."""
FIRST = timedelta(minutes=1)
"""Where it does not say how long; twice as long each time, up to ``LONGEST``."""


def paused_until(uow: UnitOfWork, space_id: str, now: datetime) -> datetime | None:
    """Until when the server of this space is left alone, None when it may be asked now."""
    found = uow.settings.get(PAUSED_KEY.format(space=space_id))
    until = datetime.fromisoformat(found["until"]) if found is not None else None
    # A clock that was put back would make it wait for long.
    return until if until is not None and now < until <= now + 2 * LONGEST else None


def is_pausing(uow: UnitOfWork, space_id: str) -> bool:
    """Whether a pause that its server asked for is remembered, over or not."""
    return uow.settings.get(PAUSED_KEY.format(space=space_id)) is not None


def end_pause(uow: UnitOfWork, space_id: str) -> None:
    """Somebody reached the server just now: nobody has to wait any longer."""
    uow.settings.remove(PAUSED_KEY.format(space=space_id))


def keep_pause(uow: UnitOfWork, space_id: str, report: PassReport, now: datetime, jitter: Callable[[], float]) -> None:
    """Remember what the server asked for in this pass; a pass in which it asked for nothing ends it.

    ``jitter`` (0..1) keeps the clients of one server apart: each comes back up to a tenth later.
    """
    key = PAUSED_KEY.format(space=space_id)
    before = uow.settings.get(key)
    if report.pause is None:
        if before is not None:
            uow.settings.remove(key)
        return
    count = before["count"] + 1 if before is not None else 1
    asked = timedelta(seconds=report.pause) if report.pause else FIRST * 2 ** min(count - 1, 10)
    until = now + min(asked, LONGEST) * (1 + jitter() / 10)
    uow.settings.set(key, {"until": until.isoformat(), "count": count})
