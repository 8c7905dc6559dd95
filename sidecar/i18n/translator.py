"""Texts with their gaps filled, numbers in the right form, days and hours as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import cached_property
from string import Formatter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list

from sidecar.i18n.catalogue import Catalogue, UnfilledGap

Moment = TypeVar("Moment", date, datetime)


def translator(language: str = "fr", zone: str | tzinfo | None = None) -> Translator:
    """The texts of ``language``; times are told in ``zone`` (IANA name), or in their own where it is None.

    Raises ``UnknownLanguage``.
    """
    return Translator(Catalogue(language), ZoneInfo(zone) if isinstance(zone, str) else zone)


@dataclass(frozen=True)
class Translator:
    """``t("rule.R1.alone", name="Awa")``. A missing key raises ``MissingText``, a missing gap ``UnfilledGap``.

    A gap may hold a datetime, a date or a list of texts. ``{when}`` tells day and hour, ``{when:day}`` and
    ``{when:time}`` one of them, ``{names:or}`` joins a list with « ou ».
    """

    catalogue: Catalogue
    zone: tzinfo | None = None

    @property
    def language(self) -> str:
        return self.catalogue.language

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.language)

    def in_zone(self, zone: str | tzinfo) -> Translator:
        """The same texts, with times told in another zone (a centre's)."""
        return replace(self, zone=ZoneInfo(zone) if isinstance(zone, str) else zone)

    def __call__(self, key: str, /, **gaps: object) -> str:
        found = key
        if key not in self.catalogue and self.catalogue.has_plural(key):
            count = gaps.get("count")
            if not isinstance(count, int):
                raise UnfilledGap(key, "count", self.language)
            found = f"{key}.{self._form(key, count)}"
        return _Filler(self, found).vformat(self.catalogue[found], (), gaps)

    def _form(self, key: str, count: int) -> str:
        # French counts 0 and 1 as one, English 1 alone; "many" (millions) has no text of its own with us.
        form = self.locale.plural_form(abs(count))
        return form if f"{key}.{form}" in self.catalogue else "other"

    def day(self, when: date | datetime, *, year: bool = False) -> str:
        """« mardi 3 mars », with the year where asked."""
        local = self._local(when)
        key = "format.first_day" if local.day == 1 else "format.day"
        pattern = self.catalogue[f"{key}_with_year" if year else key]
        return format_date(local, pattern, locale=self.locale)

    def time(self, when: datetime) -> str:
        """« 9 h 30 », « 10 h » on the hour."""
        local = self._local(when)
        pattern = self.catalogue["format.time" if local.minute else "format.hour"]
        return format_time(local.time(), pattern, locale=self.locale)

    def day_time(self, when: date | datetime) -> str:
        """« mardi 3 mars, 9 h 30 »; a date has no hour to tell."""
        if not isinstance(when, datetime):
            return self.day(when)
        return self.catalogue["format.day_time"].format(day=self.day(when), time=self.time(when))

    def listing(self, items: Iterable[str], *, either: bool = False) -> str:
        """« Awa, Yann et Zoé »; « ou » where ``either``."""
        return format_list(list(items), style="or" if either else "standard", locale=self.locale)

    def _local(self, when: Moment) -> Moment:
        if isinstance(when, datetime) and self.zone is not None:
            if when.tzinfo is None:
                raise ValueError(f"{when!r} has no zone: say where its hours count")
            return when.astimezone(self.zone)
        return when


class _Filler(Formatter):
    """Fills gaps; knows how days, hours and lists are told."""

    def __init__(self, t: Translator, key: str) -> None:
        self._t, self._key = t, key

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        try:
            return kwargs[str(key)]
        except KeyError:
            raise UnfilledGap(self._key, str(key), self._t.language) from None

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, datetime):
            tell = {"": self._t.day_time, "day": self._t.day, "time": self._t.time}
            return tell[format_spec](value)
        if isinstance(value, date):
            return self._t.day(value, year=format_spec == "year")
        if isinstance(value, list | tuple):
            return self._t.listing(map(str, value), either=format_spec == "or")
        return str(super().format_field(value, format_spec))
