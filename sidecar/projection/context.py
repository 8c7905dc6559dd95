"""What a projection may look at beside the appointment itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sidecar.domain.centres import Centre, Equipment, Initiative
from sidecar.domain.people import Person

OPENING = "== Hors les murs =="
CLOSING = "== Fin Hors les murs =="
GROUP = "Aller vers"
"""The contact group that makes a card a person of ours (product.md)."""


class Words(Protocol):
    """The sentences of one language (``sidecar.i18n``)."""

    def __call__(self, key: str, /, **gaps: object) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything by id. ``page`` makes the address of an appointment's page from its id, "" for none; no secret in it.

    ``organizer`` is the calendar user address that our events name, "" where the server has none. ``schedules``: the
    server tells those invited by itself.
    """

    centre: Centre
    words: Words
    people: Mapping[str, Person] = field(default_factory=dict)
    initiatives: Mapping[str, Initiative] = field(default_factory=dict)
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    organizer: str = ""
    schedules: bool = False
    page: str = ""
