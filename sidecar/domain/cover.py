"""Somebody cannot come; who can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CoverState(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class CoverRequest:
    """One person's place in one appointment that is to be taken by somebody else. ``opened_at`` is aware."""

    id: str
    appointment_id: str
    centre_id: str
    person_id: str
    opened_at: datetime
    state: CoverState = CoverState.OPEN
    version: int = 0
