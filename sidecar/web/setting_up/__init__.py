"""Setting up, from the page: one blueprint, its pages by subject."""

from __future__ import annotations

from sidecar.web.setting_up import bound, centre, home, importing, leaving, people
from sidecar.web.setting_up.guard import setting_up

__all__ = ["bound", "centre", "home", "importing", "leaving", "people", "setting_up"]
