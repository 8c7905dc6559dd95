"""What people read of a conflict."""

from __future__ import annotations

from sidecar.domain.bindings import Conflict
from sidecar.i18n import translator
from sidecar.services.conflicts import told


def told_in(language: str, conflict: Conflict) -> str:
    """The reason that the page gives, in ``fr`` or ``en``."""
    return told(conflict, "Le Café du facteur", {}, translator(language)).why
