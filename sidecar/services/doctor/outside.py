"""Everything outside of this program that the checks look at, in one place that tests replace."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from calendars.dav import Account, Bounds, PasswordAuth
from calendars.dav.transport import DavSession, Transport
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Space
from sidecar.services.doctor.crowd import crowd
from sidecar.services.doctor.platform import Platform
from sidecar.services.platform import auth_for, sign_in


class OpenTransport(Protocol):
    """Opens the way to a space's server; sends nothing yet. May raise DomainError where nothing is to be asked now."""

    def __call__(self, app: Application, space: Space, account: Account) -> Transport: ...


class VolumeSpace(Protocol):
    """Free room on a volume, as ``os.statvfs`` tells it."""

    @property
    def f_frsize(self) -> int: ...

    @property
    def f_bavail(self) -> int: ...

    @property
    def f_files(self) -> int: ...

    @property
    def f_favail(self) -> int: ...


def open_transport(app: Application, space: Space, account: Account) -> Transport:
    """As a pass opens it, but each request is sent once: a doctor tells what is, and waits for nothing."""
    with app.storage.unit(write=False) as uow:
        signed = sign_in(app, uow, space)
    auth = auth_for(app, signed) if signed is not None else PasswordAuth(space.username, space.secret)
    bounds = Bounds(read=app.config.dav_timeout, whole=max(app.config.dav_timeout, 60.0), attempts=1)
    return Transport(DavSession(account.origin, auth, bounds))


def touch(folder: Path) -> None:
    """Put a small file there and take it away. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        file.write(b"here")
        file.flush()


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, kw_only=True)
class Outside:
    """``now`` gives aware times; an answer that takes longer than ``slow`` seconds is slow; the mail server has
    ``mail_answer`` seconds for each answer, ``mail_whole`` in all. ``platform``: None where we are
    nobody's app, or nothing speaks with it."""

    now: Callable[[], datetime] = _utc_now
    new_id: Callable[[], str] = _new_id
    volume: Callable[[str], VolumeSpace] = os.statvfs
    touch: Callable[[Path], None] = touch
    zone: Callable[[str], tzinfo] = ZoneInfo
    open: OpenTransport = open_transport
    crowd: Callable[[Transport, str], Sequence[tuple[float, ...]]] = crowd
    platform: Platform | None = None
    slow: float = 5.0
    mail_answer: float = 15.0
    mail_whole: float = 45.0
