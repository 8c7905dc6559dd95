"""/hook: Nextcloud says that something happened in a calendar. Never believed, only taken as a hint to look soon.

Webhooks come late, out of order, perhaps never and perhaps twice. So nothing of them is read but which calendar it was, and
even that only to know which space is to be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from sidecar.bootstrap import Application
from sidecar.domain.bindings import Binding
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
    tied = uow.bindings.digest(_spaces_by_name)
    names = frozenset(_names(told)) or tied.keys()
    spaces = frozenset[str]().union(*(tied.get(name, ()) for name in names))
    keys = {space_id: SIGNS_IN_KEY.format(space=space_id) for space_id in spaces}
    if keys:
        uow.settings.read_ahead(*keys.values())
    return frozenset(space_id for space_id, key in keys.items() if uow.settings.get(key) is not None)


def _spaces_by_name(bindings: Iterable[Binding]) -> dict[str, frozenset[str]]:
    """What a bound collection is called in its home -> the spaces that have one of that name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for binding in bindings:
        found[last_part(binding.href)].add(binding.space_id)
    return {name: frozenset(spaces) for name, spaces in found.items()}


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
