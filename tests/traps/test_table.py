"""docs/traps.md names for every trap a test that stands."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/traps.md").read_text(encoding="utf-8")
ROWS = {int(line.split("|")[1]): line for line in TABLE.splitlines() if re.match(r"\| \d+ \|", line)}


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("number", range(1, 16))
def test_every_trap_has_tests_and_they_are_there(number: int) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ROWS[number])
    assert named
    assert [name for path, name in named if name not in functions_of(path)] == []


def test_what_tests_say_of_traps_is_on_the_page() -> None:
    said = set[int]()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for one, two in re.findall(r"[Tt]raps? (\d+)(?: and (\d+))?", path.read_text(encoding="utf-8")):
            said |= {int(number) for number in (one, two) if number}
    assert said <= ROWS.keys()
    assert len(said) > 10


def test_the_files_that_the_page_names_are_there() -> None:
    assert [path for path in re.findall(r"`(tests/[\w/]+\.py)", TABLE) if not (ROOT / path).is_file()] == []
