"""What a rule found: which rule, how grave, about what, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Level(StrEnum):
    """ADVICE < WARNING < BLOCKS. BLOCKS: publishing asks for a reason, which is kept; nothing is refused."""

    ADVICE = "advice"
    WARNING = "warning"
    BLOCKS = "blocks"


@dataclass(frozen=True)
class Word:
    """A value of a gap that is itself a text of the catalogues."""

    key: str


Gap = str | int | date | datetime | Word | tuple["str | Word", ...]


class Translator(Protocol):
    """The texts of one language (``sidecar.i18n.Translator``); the domain knows no catalogue."""

    def __call__(self, key: str, /, **gaps: object) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at.

    ``appointment_id`` is "" when it is about several (R2); ``subject`` is the id of the person, piece of equipment or
    initiative that it is about, or "". ``key`` and ``params`` make the sentence; datetimes in ``params`` are in
    the centre's zone. ``confidential``: for those in a supervision slot and its organiser alone (R5, R7).
    """

    rule: str
    level: Level
    appointment_id: str
    start: datetime
    centre_id: str
    subject: str = ""
    key: str
    params: Mapping[str, Gap] = field(default_factory=dict, hash=False)
    confidential: bool = False

    @property
    def blocks(self) -> bool:
        return self.level is Level.BLOCKS

    def message(self, t: Translator) -> str:
        """The sentence for people: what is wrong and what to do."""
        return t(self.key, **{name: _told(value, t) for name, value in self.params.items()})


def _told(value: Gap, t: Translator) -> object:
    if isinstance(value, Word):
        return t(value.key)
    if isinstance(value, tuple):
        return tuple(t(item.key) if isinstance(item, Word) else item for item in value)
    return value


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those for which publishing asks for a reason."""
    return [finding for finding in findings if finding.blocks]
