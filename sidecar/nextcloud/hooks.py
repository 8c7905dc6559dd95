"""/hook: Nextcloud says that something happened in a calendar. Never believed, only taken as a hint to look soon.

Webhooks come late, out of order, perhaps never and perhaps twice. So nothing of them is read but which calendar it was, and
even that only to know which space is to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from sidecar.bootstrap import Application
from sidecar.nextcloud.signing import Gate
from sidecar.nextcloud.webhooks import HOOK, last_part
from sidecar.services.hints import leave_hint
from sidecar.services.platform import SIGNS_IN_KEY
from sidecar.storage import UnitOfWork

HOOKED_AT = "platform_hooked_at"
"""Setting: when a webhook came last (ISO 8601), to the minute; the doctor tells it."""
_NOTED_EVERY = timedelta(minutes=1)
_CALENDARS = ("calendarData", "sourceCalendarData", "targetCalendarData")
_OWNERS = "principals/users/"


def hooks(application: Application, gate: Gate) -> Blueprint:
    """The route. AppAPI signs it in the name of whoever caused the event, or of nobody: either will do for a hint."""
    blueprint = Blueprint("nextcloud_hooks", __name__)

    @blueprint.post(HOOK)
    def hook() -> Response:
        if gate.account_of(dict(request.headers), request.path) is None:
            abort(401)
        try:
            told = request.get_json(force=True, silent=True)
        except (RequestEntityTooLarge, RecursionError):
            told = None  # an event with a very long text is an event all the same
        with application.storage.unit(write=False) as uow:
            spaces = concerned(uow, told)
            noted = uow.settings.get(HOOKED_AT)
        now = application.now()
        if noted is None or not timedelta() <= now - datetime.fromisoformat(noted) < _NOTED_EVERY:
            with application.storage.unit(actor="system") as uow:
                uow.settings.set(HOOKED_AT, now.isoformat())
        leave_hint(application.storage, spaces)
        return jsonify(spaces=len(spaces))

    return blueprint


def concerned(uow: UnitOfWork, told: Any) -> frozenset[str]:
    """Ids of the spaces to look at: those that have the calendar bound; all of this Nextcloud's where nobody can tell."""
    tied: dict[str, set[str]] = {}
    for binding in uow.bindings.all():
        if uow.settings.get(SIGNS_IN_KEY.format(space=binding.space_id)) is not None:
            tied.setdefault(binding.space_id, set()).add(last_part(binding.href))
    names = set(_names(told))
    if not names:
        return frozenset(tied)
    return frozenset(space_id for space_id, bound in tied.items() if bound & names)


def _names(told: Any) -> Iterable[str]:
    """What the calendars of an event are called in their owner's home, and in the home of who has them shared."""
    event = told.get("event") if isinstance(told, Mapping) else None
    if not isinstance(event, Mapping):
        return
    for key in _CALENDARS:
        calendar = event.get(key)
        uri, owner = (calendar.get(k) for k in ("uri", "principaluri")) if isinstance(calendar, Mapping) else (None, None)
        if isinstance(uri, str) and isinstance(owner, str):
            yield uri
            yield f"{uri}_shared_by_{owner.removeprefix(_OWNERS)}"
