"""The words of workbooks: sheets, headings and choices, read from ``vocabulary.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from sidecar.exchange.cells import as_text, folded
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.workbook import Sheet, Value

Choice = TypeVar("Choice", bound=StrEnum)
HEADING_ROWS = 10


class SheetKind(StrEnum):
    """The sheets in the order in which they are read: what is referred to comes first."""

    CENTRES = "centres"
    NEIGHBOURHOODS = "neighbourhoods"
    COURSES = "courses"
    EQUIPMENT = "equipment"
    INITIATIVES = "initiatives"
    PEOPLE = "people"
    QUALIFICATIONS = "qualifications"
    OUTINGS = "outings"
    SUPERVISION = "supervision"
    TRAINING = "training"
    MEETINGS = "meetings"


APPOINTMENT_SHEETS = (SheetKind.OUTINGS, SheetKind.SUPERVISION, SheetKind.TRAINING, SheetKind.MEETINGS)
_NOT_IN = {
    SheetKind.OUTINGS: {"course", "guest", "facilitator", "capacity"},
    SheetKind.SUPERVISION: {
        "course", "initiative", "equipment", "neighbourhood", "driver", "trainee", "base_contact", "guest",
    },
    SheetKind.TRAINING: {"equipment", "neighbourhood", "driver", "trainee", "base_contact"},
    SheetKind.MEETINGS: {"course", "equipment", "neighbourhood", "driver", "trainee", "base_contact", "capacity"},
}  # fmt: skip


def heading_key(text: str) -> str:
    """A heading without accents, case, plural, signs and what stands in brackets."""
    bare = text.partition("(")[0] or text
    return " ".join(word.rstrip("sx") or word for word in folded(bare).split())


@cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads(resources.files("sidecar.exchange").joinpath("vocabulary.toml").read_text("utf-8"))


@cache
def columns_of(kind: SheetKind) -> Mapping[str, Sequence[str]]:
    """Column -> its headings, the written one first. Training lists have a "Formation", outings have not."""
    columns = _vocabulary()["columns"]
    if kind not in APPOINTMENT_SHEETS:
        return dict(columns[kind.value])
    return {name: words for name, words in columns["appointments"].items() if name not in _NOT_IN[kind]}


def sheet_name(kind: SheetKind) -> str:
    return str(_vocabulary()["sheets"][kind.value][0])


def sheet_kind(name: str) -> SheetKind | None:
    key = heading_key(name)
    for kind in SheetKind:
        if any(heading_key(word) == key for word in _vocabulary()["sheets"][kind.value]):
            return kind
    return None


def heading(kind: SheetKind, column: str) -> str:
    return columns_of(kind)[column][0]


def columns_in(kind: SheetKind, row: Sequence[Value]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Which column stands where in a row of headings, and the headings that mean nothing to us."""
    known = {heading_key(word): column for column, words in columns_of(kind).items() for word in words}
    found: dict[str, int] = {}
    ignored: list[str] = []
    for index, cell in enumerate(row):
        typed = as_text(cell)
        column = known.get(heading_key(typed)) if typed else None
        if column is not None and column not in found:
            found[column] = index
        elif typed:
            ignored.append(typed)
    return found, tuple(ignored)


def find_headings(kind: SheetKind, sheet: Sheet) -> int | None:
    """The index of the row that holds most headings, among the first ones; None when none does."""
    scores = [len(columns_in(kind, row)[0]) for row in sheet.rows[:HEADING_ROWS]]
    best = max(scores, default=0)
    return scores.index(best) if best else None


def word_for(value: StrEnum, choice: str) -> str:
    """What an export writes for a choice ("person_kind", "place_kind", "team_policy", "state")."""
    return str(_vocabulary()["choices"][choice][value.value][0])


def yes_or_no(value: bool) -> str:
    return str(_vocabulary()["choices"]["yes_no"]["yes" if value else "no"][0])


def as_choice(value: Value, choice: str, kinds: type[Choice]) -> Choice:
    """The choice that a word means. Raises ``CellRefused`` with the words that may be written."""
    typed = heading_key(as_text(value))
    words: Mapping[str, Sequence[str]] = _vocabulary()["choices"][choice]
    for name, synonyms in words.items():
        if any(heading_key(word) == typed for word in synonyms):
            return kinds(name)
    raise CellRefused("choice_unknown", typed=as_text(value), choices=tuple(each[0] for each in words.values()))


def means(value: Value, word: str) -> bool:
    """Whether a cell says one of the words of ``[words]`` ("clear", "new", …)."""
    if not isinstance(value, str):
        return False
    typed = " ".join(value.casefold().split())
    return any(typed == each for each in _vocabulary()["words"][word])


def word(name: str) -> str:
    return str(_vocabulary()["words"][name][0])


def default_title(kind: str) -> str:
    return str(_vocabulary()["titles"][kind])
