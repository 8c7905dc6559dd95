"""Whether anything may be written to servers: muted by somebody, or because this database is a backup or a copy.

Two databases that both take themselves for the one would undo each other's work in calendars of people who know of
neither. So a database remembers where it lives, and a file beside it (``MARK`` in the data folder) how far it had come:
a backup that was put back is behind its file, a copy lives elsewhere. What neither shows, the calendars do: an event that
carries our instance's name and that this database has never heard of. Each of these mutes until somebody has looked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sidecar.bootstrap import INSTANCE_KEY, Application
from sidecar.domain.bindings import Space
from sidecar.observability import get_logger
from sidecar.storage import UnitOfWork

log = get_logger(__name__)

MUTED_KEY, EPOCH_KEY, PLACE_KEY = "muted", "epoch", "place"
"""Settings: why and since when it is muted, how far the database has come, where it lives."""
LOOKED_AT = (MUTED_KEY, EPOCH_KEY, PLACE_KEY, INSTANCE_KEY)
"""The settings that ``look_around`` and ``in_step`` ask for."""
MARK = "instance.json"
LEAP = 10**12
"""Passes by which a database that was looked at is ahead of every file there was."""


@dataclass(frozen=True)
class Mark:
    """What the file beside the database says: whose it is, and how many passes that one had made."""

    instance: str
    epoch: int


class Why(StrEnum):
    """Why nothing is written; NOT where everything may be."""

    NOT = ""
    SETTING = "setting"
    """HLM_MUTED."""
    ASKED = "asked"
    """Somebody said ``mute``."""
    RESTORED = "restored"
    """The database is older than its data folder knows: a backup was put back."""
    COPIED = "copied"
    """The database lives elsewhere than it did: a copy, or moved."""
    ELSEWHERE = "elsewhere"
    """The calendars hold what we must have written and know nothing of: an old backup, or a second one at work."""


NOTICES = (Why.RESTORED, Why.COPIED, Why.ELSEWHERE)


def why_muted(app: Application, uow: UnitOfWork, space: Space | None = None) -> Why:
    """Why nothing is written to that space, or (None) to any; a notice weighs more than somebody's wish."""
    noticed = uow.settings.get(MUTED_KEY)
    if noticed is not None:
        return Why(noticed["why"])
    if app.config.muted:
        return Why.SETTING
    muted = space.muted if space is not None else uow.spaces.all_muted()
    return Why.ASKED if muted else Why.NOT


def look_around(app: Application, uow: UnitOfWork, space: Space | None = None) -> Why:
    """As ``why_muted``, after comparing the database with its place and its file: what shows there is to be kept, see
    ``notice``."""
    known = why_muted(app, uow, space)
    return known if known in NOTICES else _compared(app, uow) or known


def notice(uow: UnitOfWork, why: Why, now: datetime) -> None:
    """From here on nothing is written until somebody says ``mute --off``; the first reason stays. A setting or a wish is
    no notice."""
    if why in NOTICES and uow.settings.get(MUTED_KEY) is None:
        uow.settings.set(MUTED_KEY, {"why": why, "at": now.isoformat()})
        log.warning("muted", why=str(why))


def _compared(app: Application, uow: UnitOfWork) -> Why:
    lived, file = uow.settings.get(PLACE_KEY), read_mark(app.config.data_dir)
    if lived is not None and lived != uow.place():
        return Why.COPIED
    if file is None:
        return Why.NOT
    if file.instance != uow.settings.get(INSTANCE_KEY, app.instance):
        return Why.COPIED
    if file.epoch <= uow.settings.get(EPOCH_KEY, 0):
        return Why.NOT
    # Another process may have come further since the moment that this unit reads.
    with app.storage.unit(write=False) as now:
        return Why.RESTORED if file.epoch > now.settings.get(EPOCH_KEY, 0) else Why.NOT


def count(uow: UnitOfWork) -> int:
    """Something is about to change here: a backup of before can be told from what comes after. While a notice stands
    nothing is counted."""
    # Held: of two that count at once the second would count what the first has done for nothing, and fall behind the file.
    epoch = int(uow.settings.hold(EPOCH_KEY, 0))
    if uow.settings.get(MUTED_KEY) is None:
        epoch += 1
        uow.settings.set(EPOCH_KEY, epoch)
    return epoch


def advance(app: Application, uow: UnitOfWork) -> Callable[[], None]:
    """One more pass changed something here. What comes back is to be called once the transaction is committed: the file is
    never ahead of the database. While a notice stands the file stays as it was."""
    if uow.settings.get(MUTED_KEY) is not None:
        return lambda: None
    epoch = count(uow)
    here = uow.place()
    if uow.settings.get(PLACE_KEY) != here:
        uow.settings.set(PLACE_KEY, here)
    mark = Mark(uow.settings.get(INSTANCE_KEY, app.instance), epoch)
    return lambda: _write_mark(app.config.data_dir, mark)


def in_step(app: Application, uow: UnitOfWork) -> bool:
    """Whether the file says how far the database has come; where it is behind, it is brought forward first.

    Behind it falls where other machines pass on the same database with a folder of their own, or a pass died before its end:
    nothing changed by its being so, and nothing is counted. False where the next pass has to say where the database lives.
    """
    here = Mark(uow.settings.get(INSTANCE_KEY, app.instance), uow.settings.get(EPOCH_KEY, 0))
    standing = read_mark(app.config.data_dir)
    if uow.settings.get(PLACE_KEY) is None or (standing is not None and standing.instance != here.instance):
        return False
    if uow.settings.get(MUTED_KEY) is None and (standing is None or standing.epoch < here.epoch):
        # What this unit reads was committed; a file that is ahead, of a restored database or a pass that just ended, stays.
        _write_mark(app.config.data_dir, here)
    return True


def unmute(app: Application, uow: UnitOfWork, *, new_instance: bool = False) -> Callable[[], None]:
    """Somebody looked: this database is the one from here on, living here. As ``advance``, call what comes back.

    ``new_instance``: it takes another name, so that what it makes cannot be taken for the first one's.
    """
    # What happened meanwhile is no news any more, and what a restored database has yet to send was sent long ago.
    uow.happenings.forget()
    noticed = uow.settings.get(MUTED_KEY) is not None
    if noticed:
        uow.deliveries.forget()
    uow.settings.remove(MUTED_KEY)
    file = read_mark(app.config.data_dir)
    epoch = max(uow.settings.get(EPOCH_KEY, 0), file.epoch if file is not None else 0)
    # Files of other machines may be ahead of this one's, and each of them would take the database for restored again.
    uow.settings.set(EPOCH_KEY, epoch + LEAP if noticed else epoch)
    if new_instance:
        uow.settings.set(INSTANCE_KEY, app.new_id()[:12])
    return advance(app, uow)


def read_mark(data_dir: Path) -> Mark | None:
    """What the file says, None where there is none or it says nothing that can be read."""
    try:
        found = json.loads((data_dir / MARK).read_text(encoding="utf-8"))
        return Mark(instance=str(found["instance"]), epoch=int(found["epoch"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write_mark(data_dir: Path, mark: Mark) -> None:
    """Replace the file as a whole; one that is ahead already (another process was quicker) stays."""
    standing = read_mark(data_dir)
    if standing is not None and standing.instance == mark.instance and standing.epoch >= mark.epoch:
        return
    draft = data_dir / f".{MARK}.{secrets.token_hex(8)}"
    draft.write_text(json.dumps(asdict(mark)), encoding="utf-8")
    draft.replace(data_dir / MARK)
