"""Which calendar events Nextcloud is to tell us of (its app webhook_listeners), looked up before anything is declared.

They are hints to look soon, so only what we would look at is asked for: events of calendars that the service account owns,
and of those that are shared with it and bound. What the service account itself writes is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Binding
from sidecar.nextcloud.client import OCS, Nextcloud
from sidecar.services.binding import kind_of
from sidecar.services.platform import SIGNS_IN_KEY, service_account
from sidecar.storage import UnitOfWork

WEBHOOKS = OCS + "/apps/webhook_listeners/api/v1/webhooks"
HOOK = "/hook"
_EVENTS = "OCP\\Calendar\\Events\\CalendarObject{kind}Event"
IN_ONE_CALENDAR = ("Created", "Updated", "Deleted", "MovedToTrash", "Restored")
"""An ordinary deletion is MovedToTrash."""
FROM_ONE_TO_ANOTHER = "Moved"


def filters(uow: UnitOfWork) -> dict[str, dict[str, Any]]:
    """The filter of each event, as webhook_listeners takes them; {} while there is nobody to act as."""
    account = service_account(uow)
    if not account:
        return {}
    shared = _shared_with(uow, account)
    others = {"user.uid": {"$ne": account}}
    wanted = {
        _EVENTS.format(kind=kind): {**others, "$or": _calendars("event.calendarData", account, shared)}
        for kind in IN_ONE_CALENDAR
    }
    either = [
        *_calendars("event.sourceCalendarData", account, shared),
        *_calendars("event.targetCalendarData", account, shared),
    ]
    return wanted | {_EVENTS.format(kind=FROM_ONE_TO_ANOTHER): {**others, "$or": either}}


def _calendars(where: str, account: str, shared: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [
        {f"{where}.principaluri": f"principals/users/{account}"},
        *({f"{where}.principaluri": f"principals/users/{owner}", f"{where}.uri": uri} for uri, owner in shared),
    ]


def _shared_with(uow: UnitOfWork, account: str) -> list[tuple[str, str]]:
    """Address and owner of each bound calendar that somebody shares with the account."""
    shared = uow.bindings.digest(_shared)
    signs_in = {space_id: SIGNS_IN_KEY.format(space=space_id) for space_id, _, _ in shared}
    ours = {space_id for space_id, key in signs_in.items() if uow.settings.get(key) == account}
    return sorted({(uri, owner) for space_id, uri, owner in shared if space_id in ours})


def _shared(bindings: Iterable[Binding]) -> list[tuple[str, str, str]]:
    """Space, address and owner of each calendar that is called as Nextcloud calls what is shared."""
    parts = ((binding, last_part(binding.href).rpartition("_shared_by_")) for binding in bindings)
    return [
        (binding.space_id, uri, owner)
        for binding, (uri, mark, owner) in parts
        if mark and kind_of(binding.purposes) is CollectionKind.CALENDAR
    ]


def last_part(href: str) -> str:
    """The name of a collection in its home.

    >>> last_part("/remote.php/dav/calendars/service/caf%C3%A9_shared_by_anne/")
    'café_shared_by_anne'
    """
    return unquote(href.rstrip("/").rpartition("/")[2])


def declare(client: Nextcloud) -> int:
    """Bring what is declared at Nextcloud in line with ``filters``; how many requests changed something there.

    Each event is declared once, however often this runs. Raises PlatformError; Declined with 404 where the app
    webhook_listeners is switched off.
    """
    with client.application.storage.unit(write=False) as uow:
        wanted = filters(uow)
    standing = [w for w in client.ask("GET", WEBHOOKS, query={"uri": HOOK}) if w.get("appId") == client.exapp.app_id]
    changed = 0
    for event, event_filter in wanted.items():
        known = [w for w in standing if w.get("event") == event]
        declared = {
            "httpMethod": "POST", "uri": HOOK, "event": event, "eventFilter": event_filter, "userIdFilter": "",
            "headers": None, "authMethod": "none", "authData": None,
        }  # fmt: skip
        if not known:
            client.ask("POST", WEBHOOKS, declared)
            changed += 1
        elif known[0].get("eventFilter") != event_filter or known[0].get("httpMethod") != "POST":
            client.ask("POST", f"{WEBHOOKS}/{int(known[0]['id'])}", declared)
            changed += 1
        for surplus in known[1:]:
            client.ask("DELETE", f"{WEBHOOKS}/{int(surplus['id'])}")
            changed += 1
    for stranger in (w for w in standing if w.get("event") not in wanted):
        client.ask("DELETE", f"{WEBHOOKS}/{int(stranger['id'])}")
        changed += 1
    return changed


def count(client: Nextcloud) -> tuple[int, int]:
    """How many events are declared at Nextcloud as they should be, and how many should. Raises PlatformError."""
    with client.application.storage.unit(write=False) as uow:
        wanted = filters(uow)
    standing = [w for w in client.ask("GET", WEBHOOKS, query={"uri": HOOK}) if w.get("appId") == client.exapp.app_id]
    return len({w.get("event") for w in standing} & wanted.keys()), len(wanted)


def withdraw(client: Nextcloud) -> int:
    """Take all of ours out; how many there were. Raises PlatformError."""
    standing = [w for w in client.ask("GET", WEBHOOKS, query={"uri": HOOK}) if w.get("appId") == client.exapp.app_id]
    for webhook in standing:
        client.ask("DELETE", f"{WEBHOOKS}/{int(webhook['id'])}")
    return len(standing)
