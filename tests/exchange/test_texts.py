from __future__ import annotations

import re
from pathlib import Path

import pytest

from sidecar.i18n.catalogue import LANGUAGES, Catalogue

SIDECAR = Path(__file__).parents[2] / "sidecar"
SOURCES = [*SIDECAR.glob("exchange/*.py"), *SIDECAR.glob("samples/*.py")]
CELL_CODE = re.compile(r'(?:CellRefused\(|\.refuse\(\s*"?[\w.]+"?,\s*|code=)"(\w+)"')
FILE_CODE = re.compile(r'(?:WorkbookError|ImportRefused|SampleError)\(\s*"(\w+)"')
EITHER_CODE = re.compile(r'"(workbook_\w+)"')


def codes(pattern: re.Pattern[str]) -> set[str]:
    return {code for source in SOURCES for code in pattern.findall(source.read_text("utf-8"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_sentence(language: str) -> None:
    texts = Catalogue(language)
    wanted = {f"import.refused.{code}" for code in codes(CELL_CODE)}
    assert len(wanted) > 30
    assert {key for key in wanted if key not in texts} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_a_file_has_its_sentence(language: str) -> None:
    texts = Catalogue(language)
    wanted = {f"error.{code}" for code in codes(FILE_CODE) | codes(EITHER_CODE)}
    assert len(wanted) > 15
    assert {key for key in wanted if key not in texts and not texts.has_plural(key)} == set()


def test_no_sentence_is_left_without_a_refusal() -> None:
    kept = {key.removeprefix("import.refused.") for key in Catalogue("fr") if key.startswith("import.refused.")}
    assert kept - codes(CELL_CODE) == set()
