"""Every refusal raised below the ways in has a sentence, whose gaps it fills."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.i18n import Catalogue

SIDECAR = Path(__file__).parents[3] / "sidecar"
TREES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for part in ("domain", "storage", "services", "exchange", "samples")
    for path in sorted((SIDECAR / part).rglob("*.py"))
}


def refusals() -> set[str]:
    """Names of DomainError and of what is made of it."""
    names = {"DomainError"}
    classes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {c.name for c in classes for base in c.bases if ast.unparse(base) in names} - names:
        names |= more
    return names


def raised() -> Iterator[tuple[str, set[str], str]]:
    names = refusals()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and all(k.arg for k in node.keywords):
                    yield code.value, {str(k.arg) for k in node.keywords}, f"{path.relative_to(SIDECAR)}:{node.lineno}"


def test_the_refusals_are_found():
    assert {"naive_time", "not_found"} <= {code for code, _, _ in raised()}


def can_be_told(catalogue: Catalogue, code: str, details: set[str]) -> bool:
    key = f"error.{code}"
    if catalogue.has_plural(key):
        return "count" in details and catalogue.gaps(f"{key}.other") <= details
    return key in catalogue and catalogue.gaps(key) <= details


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_refusal_has_a_sentence_whose_gaps_it_fills(language):
    catalogue = Catalogue(language)
    assert [(code, where) for code, details, where in raised() if not can_be_told(catalogue, code, details)] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_that_the_database_may_refuse_has_a_sentence(language):
    literals = {
        node.value
        for path, tree in TREES.items()
        if path.is_relative_to(SIDECAR / "storage")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    codes = {text for text in literals if text.startswith("storage_") and text.isidentifier()}
    assert "storage_full" in codes
    assert {code for code in codes if f"error.{code}" not in Catalogue(language)} == set()
