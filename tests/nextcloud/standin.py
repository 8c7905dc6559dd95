"""AppAPI's OCS interface as far as we use it, on loopback: what was measured on Nextcloud 32.0.1, in a few lines.

Held to the real one by the recorded exchanges of ``tests/nextcloud/recordings``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.unit.dav.standin import Asked, raw, standing_in

SECRET = "the-app's-own-secret"
APP = "hors_les_murs"
API = "/apps/app_api/api/v1"
WEBHOOKS = "/apps/webhook_listeners/api/v1/webhooks"


@dataclass
class AppApi:
    """``declared`` is what stands there by kind and name; ``webhooks`` may be doubled, as in the real one."""

    url: str = ""
    under: str = ""
    enabled: bool = True
    maintenance: str | None = None
    without_webhooks: bool = False
    admits: str = SECRET
    groups: dict[str, list[str]] = field(
        default_factory=lambda: {"service": [], "marie": ["coordinators"], "root": ["admin"]}
    )
    declared: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    progress: list[tuple[int, str]] = field(default_factory=list)
    notifications: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    rooms: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """What was said in each room of Talk, by whom; one that is not there is 404."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and account of each request."""
    sharing: dict[str, Any] = field(default_factory=lambda: {"api_enabled": True, "group": {"enabled": True}})
    attacks: int = 0
    failing: list[int] = field(default_factory=list)
    """Statuses of the next answers, before anything is done."""

    def answer(self, asked: Asked) -> bytes:
        split = urlsplit(asked.path)
        path = split.path.removeprefix(self.under)
        app, claimed = asked.headers.get("ex-app-id", ""), asked.headers.get("authorization-app-api", "")
        account, _, secret = base64.b64decode(claimed).decode().partition(":")
        self.asked.append((asked.method, path, account))
        if self.failing:
            return raw(self.failing.pop(0), b"", "text/html", Location="http://elsewhere.example/")
        if self.maintenance is not None:
            return raw(503, b"Maintenance", "text/html", **({"Retry-After": self.maintenance} if self.maintenance else {}))
        if not path.startswith("/ocs/v2.php/"):
            return raw(404, b"no such page", "text/html")
        path = path.removeprefix("/ocs/v2.php")
        if (app, secret) != (APP, self.admits):
            self.attacks += 1
            return self._said(401)
        if not self.enabled and path != "/apps/app_api/ex-app/state":
            return self._said(401)
        if account and account not in self.groups:
            return self._said(401)
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        return self._done(asked.method, path, query, json.loads(asked.body or b"null"), account)

    def _done(self, method: str, path: str, query: dict[str, str], data: Any, account: str) -> bytes:
        if (method, path) == ("GET", "/apps/app_api/ex-app/state"):
            return self._said(200, int(self.enabled))
        if (method, path) == ("PUT", "/apps/app_api/ex-app/status"):
            self.progress.append((data["progress"], data["error"]))
            return self._said(200, [])
        if (method, path) == ("GET", "/cloud/capabilities"):
            return self._said(200, {"version": {"major": 32}, "capabilities": {"files_sharing": self.sharing}})
        if method == "POST" and path.startswith((f"{API}/ui/", f"{API}/occ_command")):
            self.declared[path.rpartition("/")[2], data["name"]] = data
            return self._said(200, [])
        if (method, path) == ("POST", f"{API}/notification"):
            self.notifications.append((account, data["params"]))
            return self._said(200, {"user": account})
        if method == "POST" and (of := re.fullmatch(r"/apps/spreed/api/v1/chat/([^/]+)", path)):
            if of[1] not in self.rooms:
                return self._said(404)
            self.rooms[of[1]].append((account, data["message"]))
            return self._said(201, {"id": 1})
        if method == "GET" and (of := re.fullmatch(r"/cloud/users/([^/]+)/groups", path)):
            return self._said(200, {"groups": self.groups[account]}) if unquote(of[1]) == account else self._said(404)
        if (method, path) == ("GET", "/apps/files_sharing/api/v1/sharees"):
            there = sorted({group for held in self.groups.values() for group in held})
            shown = [{"label": group, "value": {"shareType": 1, "shareWith": group}} for group in there]
            return self._said(200, {"exact": {"groups": []}, "groups": shown})
        if method == "GET" and (of := re.fullmatch(r"/cloud/groups/([^/]+)/users", path)):
            inside = [who for who, held in self.groups.items() if unquote(of[1]) in held]
            return self._said(200, {"users": inside}) if account in inside else self._said(403)
        if path.startswith(WEBHOOKS) and not self.without_webhooks:
            return self._webhooks(method, path.removeprefix(WEBHOOKS).strip("/"), query, data)
        return self._said(404)

    def _webhooks(self, method: str, number: str, query: dict[str, str], data: Any) -> bytes:
        if method == "GET":
            return self._said(200, [w for w in self.webhooks if w["uri"] == query.get("uri", w["uri"])])
        known = next((w for w in self.webhooks if str(w["id"]) == number), None)
        if method == "DELETE" and known is not None:
            self.webhooks.remove(known)
            return self._said(200, True)
        if known is None:
            known = {"id": max([0, *(w["id"] for w in self.webhooks)]) + 1, "appId": APP}
            self.webhooks.append(known)
        known.update(data)
        return self._said(200, known)

    @staticmethod
    def _said(status: int, data: Any = ()) -> bytes:
        meta = {
            "status": "ok" if status == 200 else "failure",
            "statuscode": status,
            "message": "" if status == 200 else "no",
        }
        return raw(status, json.dumps({"ocs": {"meta": meta, "data": data}}).encode(), "application/json; charset=utf-8")


@contextmanager
def appapi(under: str = "") -> Iterator[AppApi]:
    """An AppAPI that answers at ``url``; ``under`` is the folder that this Nextcloud is installed in."""
    api = AppApi(under=under)
    with standing_in(api.answer) as server:
        api.url = server.origin + under
        yield api
