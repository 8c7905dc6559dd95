"""What every command starts from: settings, the application, the user's language; and how errors are told."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from calendars.errors import CalendarsError
from sidecar.bootstrap import Application, start
from sidecar.cli.help import told_help
from sidecar.config import Config, ConfigError, load, spoken_language
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, PublishingBlocked, StaleVersion
from sidecar.i18n import Translator, translator
from sidecar.observability import configure
from sidecar.services.running import work_here
from sidecar.services.sync.claims import plain
from sidecar.storage import StorageError, UnitOfWork

DONE, WAITS_FOR_A_PERSON, NOT_UNDERSTOOD, SERVER_FAILED, NOT_DONE = 0, 1, 2, 3, 4

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """One run of the command line. ``actor`` is what the audit trail names."""

    config: Config

    @cached_property
    def words(self) -> Translator:
        return translator(self.config.language)

    @cached_property
    def application(self) -> Application:
        work_here(self.config.ensure_data_dir())
        return start(self.config)

    @property
    def actor(self) -> str:
        return f"cli:{os.environ.get('USER', 'admin')}"

    def say(self, key: str, /, **gaps: object) -> None:
        click.echo(self.words(f"cli.{key}", **gaps))

    def warn(self, key: str, /, **gaps: object) -> None:
        click.echo(self.words(f"cli.{key}", **gaps), err=True)

    def sure(self, key: str) -> bool:
        """Ask a yes-or-no question in the user's language; both languages' answers count, an empty one is no."""
        answer = click.prompt(self.words(f"cli.{key}"), default="", show_default=False)
        return answer.strip().lower() in ("o", "oui", "y", "yes")

    def centre(self, uow: UnitOfWork, name: str) -> Centre:
        """The centre of that name or id; case, accents and "centre social" in front do not count."""
        centres = uow.centres.all()
        wanted = _short(name)
        found = [c for c in centres if name == c.id or _short(c.name) == wanted]
        found = found or [c for c in centres if wanted and wanted in _short(c.name)]
        if len(found) != 1:
            known = ", ".join(c.name for c in centres) or self.words("cli.none_yet")
            raise DomainError("centre_unknown" if not found else "centre_ambiguous", name=name, known=known)
        return found[0]

    def period(self, centre: Centre, first: datetime | None, weeks: int) -> tuple[datetime, datetime]:
        """Local midnights of the first day (today by default) and of the day after the last."""
        zone = ZoneInfo(centre.timezone)
        day: date = first.date() if first is not None else self.application.now().astimezone(zone).date()
        start_at = datetime.combine(day, time(0), zone)
        return start_at, datetime.combine(day + timedelta(weeks=weeks), time(0), zone)


_IN_FRONT = re.compile(r"^centre social\b *(?:(?:de|du|d) )?")


def _short(name: str) -> str:
    return _IN_FRONT.sub("", plain(name)).strip()


def emit(data: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: object) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


def told(function: F) -> F:
    """Turn every error that we know into one sentence for people and an exit code; others stay what they are."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        words = translator(spoken_language(os.environ))
        try:
            return function(*args, **kwargs)
        except click.Abort:
            _fail(words("cli.not_confirmed"), NOT_DONE)
        except ConfigError as error:
            _fail(words("cli.settings_wrong", problems="\n".join(error.problems)), NOT_DONE)
        except PublishingBlocked as error:
            _fail(words("error.publishing_blocked"), WAITS_FOR_A_PERSON)
            raise AssertionError from error
        except StaleVersion as error:
            _fail(words("error.stale_version", **_gaps(error)), NOT_DONE)
        except DomainError as error:
            _fail(words(f"error.{error.code}", **_gaps(error)), NOT_DONE)
        except StorageError as error:
            _fail(words(f"error.{error.code}", **_gaps(error)), NOT_DONE)
        except CalendarsError as error:
            _fail(words(f"error.dav.{type(error).__name__}", detail=str(error)), SERVER_FAILED)
        except OSError as error:
            # A folder or file of this machine; what a network does is a CalendarsError.
            _fail(words("error.file_trouble", file=str(error.filename or ""), why=error.strerror or str(error)), NOT_DONE)

    return wrapper  # type: ignore[return-value]


def _gaps(error: Any) -> dict[str, object]:
    details: dict[str, object] = dict(getattr(error, "details", {}))
    return {
        k: v if isinstance(v, str | int | float | datetime | date | tuple | list) else str(v) for k, v in details.items()
    }


def _fail(message: str, code: int) -> None:
    click.echo(message, err=True)
    sys.exit(code)


def new_session() -> Session:
    """Settings are read and logs go where they say. Raises ConfigError naming every wrong setting."""
    config = load(os.environ)
    configure(level=config.log_level, format=config.log_format)
    return Session(config=config)


centre_argument = click.argument("centre", metavar="CENTRE")
json_option = click.option("--json", "as_json", is_flag=True, help=told_help("json"))
