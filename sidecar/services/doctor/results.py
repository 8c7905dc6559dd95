"""What a check finds, as data: the words stand in the catalogues under ``doctor.<check>.<key>``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from calendars.errors import CalendarsError
from sidecar.domain.errors import DomainError
from sidecar.i18n import Translator
from sidecar.observability import get_logger
from sidecar.storage import StorageError

log = get_logger(__name__)


class Level(StrEnum):
    """How much it matters; the last two ask for somebody to do something."""

    OK = "ok"
    UNKNOWN = "unknown"
    """Not checked; the text says why."""
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Said:
    """A text of the catalogue inside another one, told in the reader's language."""

    key: str
    gaps: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One finding. ``about`` names the server or collection as people see it, "" for this machine; ``gaps`` may hold
    ``Said``."""

    check: str
    level: Level
    key: str = "ok"
    about: str = ""
    gaps: Mapping[str, object] = field(default_factory=dict)


def ok(check: str, key: str = "ok", /, about: str = "", **gaps: object) -> Result:
    return Result(check=check, level=Level.OK, key=key, about=about, gaps=gaps)


def unknown(check: str, key: str, /, about: str = "", **gaps: object) -> Result:
    return Result(check=check, level=Level.UNKNOWN, key=key, about=about, gaps=gaps)


def warning(check: str, key: str, /, about: str = "", **gaps: object) -> Result:
    return Result(check=check, level=Level.WARNING, key=key, about=about, gaps=gaps)


def problem(check: str, key: str, /, about: str = "", **gaps: object) -> Result:
    return Result(check=check, level=Level.PROBLEM, key=key, about=about, gaps=gaps)


def tell(words: Translator, result: Result) -> str:
    """The finding as a sentence. What stands under ``doctor.any`` may be the finding of every check."""
    key = f"doctor.{result.check}.{result.key}"
    return words(key if _stands(words, key) else f"doctor.any.{result.key}", **filled(words, result.gaps))


def filled(words: Translator, gaps: Mapping[str, object]) -> dict[str, object]:
    """The gaps with every ``Said`` told."""
    return {name: told_value(words, value) for name, value in gaps.items()}


def told_value(words: Translator, value: object) -> object:
    if isinstance(value, list | tuple):
        return [told_value(words, one) for one in value]
    return words(value.key, **filled(words, value.gaps)) if isinstance(value, Said) else value


def _stands(words: Translator, key: str) -> bool:
    return key in words.catalogue or words.catalogue.has_plural(key)


def said_of(error: Exception) -> Said | None:
    """The sentence that the catalogues have for an error of ours, None for any other."""
    if isinstance(error, CalendarsError):
        return Said(f"error.dav.{type(error).__name__}", {"detail": str(error)})
    if isinstance(error, StorageError | DomainError):
        details: dict[str, Any] = dict(error.details)
        return Said(f"error.{error.code}", details)
    return None


def run(check: str, function: Callable[[], Iterable[Result]], about: str = "") -> list[Result]:
    """The findings of one check. An error that it did not expect is logged, and is the finding: not checked, because."""
    try:
        return list(function())
    except Exception as error:
        log.warning("check_failed", check=check, about=about, kind=type(error).__name__, exc_info=True)
        said = said_of(error)
        if said is not None:
            return [unknown(check, "not_checked", about, why=said)]
        return [unknown(check, "broke", about, kind=type(error).__name__)]
