"""Fields of what comes in: one line, several lines, a moment, a period; each refuses what calendars could not carry."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from sidecar.http.access import words

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Years that a rota may speak of; further out, turning a time into another zone leaves the calendar."""
LONGEST_CHECK = timedelta(days=400)
"""How much may be checked against the rules in one call: a year, with the weeks that touch it."""
REFUSED = {"Cc", "Cs"}
"""Unicode categories without a place in text: control characters (RFC 5545 section 3.1 has no form for them) and halves
of surrogate pairs, which JSON can spell and UTF-8 cannot hold."""


class Line(fields.String):
    """One line of text, without the blanks around it."""

    kept = ""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).replace("\r\n", "\n").strip()
        if any(unicodedata.category(c) in REFUSED and c not in self.kept for c in text):
            raise ValidationError(words()("problem.odd_character"))
        return text


class Lines(Line):
    """Text of several lines; line ends become ``\\n``."""

    kept = "\n\t"


class Moment(fields.AwareDateTime):
    """An aware time between ``FIRST_YEAR`` and ``LAST_YEAR``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValidationError(words()("problem.far_away", first=str(FIRST_YEAR), last=str(LAST_YEAR)))
        return moment


class Period(Schema):
    """``start`` to ``end``, the end outside."""

    start = Moment(required=True)
    end = Moment(required=True)

    @validates_schema
    def ends_after_it_starts(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError(words()("problem.empty_period"), "end")


class CheckedPeriod(Period):
    """A period that is not too long to be checked in one call."""

    @validates_schema
    def is_not_too_long(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["end"] - data["start"] > LONGEST_CHECK:
            raise ValidationError(words()("problem.long_period", days=LONGEST_CHECK.days), "end")
