"""The texts of one language, read once from its folder of TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from types import MappingProxyType
from typing import Any

LANGUAGES: tuple[str, ...] = ("fr", "en")

PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})


class BrokenCatalogue(ValueError):
    """A catalogue file that cannot be used: the same key twice, or something that is no text."""


class MissingText(KeyError):
    """No text stands under that key; says which key in which language."""

    def __init__(self, key: str, language: str) -> None:
        self.key, self.language = key, language
        super().__init__(f"no text for {key!r} in sidecar/i18n/{language}/")


class UnfilledGap(KeyError):
    """A text was asked for without the value for one of its gaps."""

    def __init__(self, key: str, gap: str, language: str) -> None:
        self.key, self.gap, self.language = key, gap, language
        super().__init__(f"{key!r} ({language}) needs a value for the gap {gap!r}")


class UnknownLanguage(LookupError):
    """There is no folder of texts for that language."""


class Catalogue(Mapping[str, str]):
    """All texts of one language by dotted key. ``Catalogue("fr")`` reads the files of ``sidecar/i18n/fr``.

    Raises ``UnknownLanguage``, ``BrokenCatalogue``; looking up a key that is not there raises ``MissingText``.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UnknownLanguage(f"no texts in {language!r}; there are: {', '.join(LANGUAGES)}")
        self.language = language
        self._texts = _load(language)

    def __getitem__(self, key: str) -> str:
        try:
            return self._texts[key]
        except KeyError:
            raise MissingText(key, self.language) from None

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def has_plural(self, key: str) -> bool:
        return f"{key}.other" in self._texts

    def gaps(self, key: str) -> frozenset[str]:
        """The names of the gaps in the text under that key."""
        return gaps_of(self[key])


def gaps_of(text: str) -> frozenset[str]:
    """Raises ``BrokenCatalogue`` for a gap that is no plain name: texts reach into no object."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise BrokenCatalogue(f"{text!r}: {error}") from error
    for name in names:
        if not name.isidentifier():
            raise BrokenCatalogue(f"{text!r}: a gap is a plain name, not {{{name}}}")
    return frozenset(names)


@cache
def _load(language: str) -> Mapping[str, str]:
    folder = resources.files("sidecar.i18n").joinpath(language)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return merge(files)


def merge(files: list[Traversable]) -> Mapping[str, str]:
    """The texts of several files as one read-only mapping. Raises ``BrokenCatalogue`` naming the file."""
    texts: dict[str, str] = {}
    origin: dict[str, str] = {}
    for file in files:
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BrokenCatalogue(f"{file.name}: {error}") from error
        for key, text in _flatten(tables, ""):
            if not isinstance(text, str):
                raise BrokenCatalogue(f"{file.name}: {key} is no text")
            if key in texts:
                raise BrokenCatalogue(f"{file.name}: {key} stands in {origin[key]} already")
            texts[key], origin[key] = text, file.name
    return MappingProxyType(texts)


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flatten(value, f"{key}.")
        else:
            yield key, value
