"""What Nextcloud is told about us: menu entry, loader script, commands, webhooks; as often as it likes, never doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sidecar.domain.happenings import Destination
from sidecar.exapp import PAGE
from sidecar.i18n import translator
from sidecar.nextcloud import webhooks
from sidecar.nextcloud.channels import NOTIFICATIONS, OF_PEOPLE
from sidecar.nextcloud.client import OCS, Declined, Nextcloud
from sidecar.observability import get_logger
from sidecar.services.platform import PlatformError

log = get_logger(__name__)
UI = OCS + "/apps/app_api/api/v1/ui"
COMMANDS = OCS + "/apps/app_api/api/v1/occ_command"
LOADER = "ui/static/loader"
"""AppAPI adds ``.js``."""
ICON = "ui/static/menu.svg"
DECLARED_KEY = "platform_declared"
"""Setting: what was declared last, ``at`` when: ``version`` of us, ``webhooks`` (filters), ``without`` (declined)."""
AGAIN = timedelta(hours=1)
"""After which what was declined is tried again: an administrator may have switched the app on that it needs."""
Step = tuple[str, Callable[[Nextcloud], object]]


def _menu(client: Nextcloud) -> None:
    words = translator(client.application.config.language)
    entry = {"name": PAGE, "displayName": words("nextcloud.menu"), "icon": ICON, "adminRequired": 0}
    client.ask("POST", f"{UI}/top-menu", entry)


def _script(client: Nextcloud) -> None:
    client.ask("POST", f"{UI}/script", {"type": "top_menu", "name": PAGE, "path": LOADER, "afterAppId": ""})


def _commands(client: Nextcloud) -> None:
    words = translator(client.application.config.language)

    def option(name: str, text: str) -> dict[str, Any]:
        return {"name": name, "shortcut": None, "mode": "none", "description": words(text)}

    for name, text, options in (
        ("sync", "occ_sync", [option("full", "nextcloud.occ_sync_full"), option("dry-run", "nextcloud.occ_sync_dry")]),
        ("doctor", "occ_doctor", []),
        ("take-out", "occ_take_out", [option("yes", "nextcloud.occ_take_out_yes")]),
    ):
        command = {
            "name": f"hors-les-murs:{name}", "description": words(f"nextcloud.{text}"), "hidden": 0, "arguments": [],
            "options": options, "usages": [], "execute_handler": f"occ/{name}",
        }  # fmt: skip
        client.ask("POST", COMMANDS, command)


NEEDED: tuple[Step, ...] = (("menu", _menu), ("script", _script))
"""Without these there is no page to open."""
USEFUL: tuple[Step, ...] = (("commands", _commands), ("webhooks", webhooks.declare))
"""Without these it works too: changes show at the next turn, commands run in the container."""


def declare(client: Nextcloud) -> Iterator[int]:
    """Declare everything, saying after each step how many in a hundred are done; what it ends with is kept.

    Raises PlatformError when something ``NEEDED`` is refused. What is only ``USEFUL`` may be declined, and is logged.
    """
    steps, without = (*NEEDED, *USEFUL), {}
    for number, (name, step) in enumerate(steps, start=1):
        try:
            step(client)
        except Declined as error:
            if (name, step) in NEEDED:
                raise
            without[name] = error.status
            log.warning("not_declared", what=name, status=error.status, said=error.said)
        yield 90 * number // len(steps)
    _keep(client, without)


def _keep(client: Nextcloud, without: dict[str, int]) -> None:
    app = client.application
    with app.storage.unit(actor="system") as uow:
        if uow.destinations.find(NOTIFICATIONS) is None:
            # From here on people are told here what concerns them; an administrator may pause it like any other.
            uow.destinations.add(Destination(id=NOTIFICATIONS, channel=NOTIFICATIONS, kinds=OF_PEOPLE, since=app.now()))
        declared = {"version": client.exapp.version, "webhooks": webhooks.filters(uow), "without": without}
        uow.settings.set(DECLARED_KEY, {**declared, "at": app.now().isoformat()})


def forget_declared(client: Nextcloud) -> None:
    """An administrator switched us on again, as one does when something is missing: declare everything at the next turn."""
    with client.application.storage.unit(actor="system") as uow:
        uow.settings.remove(DECLARED_KEY)


def in_line(client: Nextcloud) -> bool:
    """Whether what was declared last is what this program, with today's bindings, would declare."""
    with client.application.storage.unit(write=False) as uow:
        declared = uow.settings.get(DECLARED_KEY)
        if declared is None or declared["version"] != client.exapp.version:
            return False
        age = client.application.now() - datetime.fromisoformat(declared["at"])
        return declared["webhooks"] == webhooks.filters(uow) and not (declared["without"] and abs(age) >= AGAIN)


def declare_anew(client: Nextcloud) -> bool:
    """Declare what changed since the last time (an update, another service account, another binding); whether anything had.

    Raises nothing: it is tried again at the next turn.
    """
    if in_line(client):
        return False
    try:
        for _ in declare(client):
            pass
    except PlatformError as error:
        log.warning("not_declared", why=error.code)
        return False
    return True
