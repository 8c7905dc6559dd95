"""What is taught, and who has it until when (R4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Course:
    """``validity_months`` None: what was learnt stays. ``by_default``: asked of everyone who goes out (R4)."""

    id: str
    name: str
    validity_months: int | None = None
    by_default: bool = False
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Qualification:
    """Somebody followed a course; ``until`` is the last valid day, None for ever."""

    id: str
    person_id: str
    course_id: str
    since: date
    until: date | None = None
    version: int = 0

    def valid_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)
