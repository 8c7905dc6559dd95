"""Decisions about a centre's collections: what is paused goes on, what went elsewhere is found again."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from sidecar.api import schemas
from sidecar.api.appointments import asking
from sidecar.domain.audit import Origin
from sidecar.http.access import application
from sidecar.services.syncing import Syncer

blueprint = Blueprint("collections", __name__, description="A centre's calendars and contact lists")


@blueprint.post("/centres/<centre_id>/resume")
@blueprint.arguments(schemas.DecisionSchema)
@blueprint.response(200, schemas.DecidedSchema)
def resume(data: dict[str, Any], centre_id: str) -> dict[str, Any]:
    """Decide about the centre's paused collections; the next pass carries it out.

    ``accept``: the losses are meant. ``restore``: everything of ours is written again, under new names. 409 where nothing is
    paused, or what is to be restored is no longer on the server.
    """
    syncer = Syncer(application())
    restore = data["decision"] == "restore"
    return {"decided": syncer.resume(centre_id, restore=restore, actor=asking(), origin=Origin.BOARD)}
