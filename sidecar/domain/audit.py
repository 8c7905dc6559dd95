"""Who changed what, from what to what, and by which way it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """The way a change came in. FILL is the fair fill of a month; SYSTEM is what nobody asked for by hand."""

    BOARD = "board"
    CALENDAR = "calendar"
    IMPORT = "import"
    COMMAND = "command"
    FILL = "fill"
    SYSTEM = "system"


class AuditAction(StrEnum):
    """What was done. RESPOND is an answer of one participant: it changes no version."""

    ADD = "add"
    SAVE = "save"
    REMOVE = "remove"
    RESPOND = "respond"


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One change of one thing.

    ``actor`` names who: "cli:admin", a person's id, an address seen in a calendar. ``action`` is an ``AuditAction``
    or a service's own word. ``changes`` maps field -> [from, to] as JSON-able data; a secret shows as [None, None].
    """

    id: str
    at: datetime
    actor: str
    origin: Origin
    subject_kind: str
    subject_id: str
    action: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
