"""docs/servers.md says of every server what is measured on it here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import table
from tests.contract.abilities import QUESTIONS
from tests.contract.sides import sides
from tests.servers import BY_HAND
from tests.storage.conftest import require_system


@pytest.mark.parametrize("name", sides(table.COLUMNS))
def test_the_table_says_what_is_measured(name: str, tmp_path: Path) -> None:
    if name in BY_HAND and not table.there(name):
        pytest.skip(f"{name} is not installed: {BY_HAND[name]}")
    require_system(table.COLUMNS[name], table.there(name))
    said = table.read(table.PAGE.read_text(encoding="utf-8"))[name]
    found = table.measured(name, tmp_path)
    differs = {words: (said.get(words), found[words]) for words in found if said.get(words) != found[words]}
    assert not differs, "write it anew: python -m tests.contract.table"


def test_the_table_asks_what_is_asked_and_nothing_else() -> None:
    for answers in table.read(table.PAGE.read_text(encoding="utf-8")).values():
        assert list(answers) == list(QUESTIONS)


def test_a_page_keeps_what_stands_around_the_table() -> None:
    page = "before\n<!-- measured -->\n<!-- measured: end -->\nafter\n"
    answers = dict.fromkeys(QUESTIONS, "yes")
    made = table.written(page, {"radicale": answers})
    assert (made.startswith("before\n"), made.endswith("after\n")) == (True, True)
    assert table.read(made) == {"radicale": answers}
    assert table.written(made, table.read(made)) == made
