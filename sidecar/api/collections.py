"""Decisions about a centre's collections: what is paused goes on, what went elsewhere is found again."""

from __future__ import annotations

from typing import Any

from sidecar.api import schemas
from sidecar.api.asking import asker, asking, needs
from sidecar.api.reading import Calls
from sidecar.domain.access import EVERYWHERE, Right
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose
from sidecar.domain.errors import NotAllowed
from sidecar.http.access import syncer
from sidecar.services.rebinding import find_again

blueprint = Calls("collections", __name__, description="A centre's calendars and contact lists")


@blueprint.post("/centres/<centre_id>/resume")
@blueprint.arguments(schemas.DecisionSchema)
@blueprint.response(200, schemas.DecidedSchema)
def resume(data: dict[str, Any], centre_id: str) -> dict[str, Any]:
    """Decide about the centre's paused collections; the next pass carries it out.

    ``accept``: the losses are meant. ``restore``: everything of ours is written again, under new names. 409 where nothing is
    paused, or what is to be restored is no longer on the server.
    """
    needs(Right.DECIDE, centre_id)
    restore = data["decision"] == "restore"
    return {"decided": syncer().resume(centre_id, restore=restore, actor=asking(), origin=Origin.BOARD)}


@blueprint.post("/centres/<centre_id>/rebind")
@blueprint.arguments(schemas.RebindSchema)
@blueprint.response(200, schemas.ReboundSchema)
def rebind(data: dict[str, Any], centre_id: str) -> dict[str, Any]:
    """Tie the centre to where its collections are now in the same account; the next pass carries it out.

    Without a purpose, each collection that is no longer there goes over to the one of the same name. Entries are known
    again by their UIDs, nobody is told of deletions, and what is missing there is written anew. 409 where nothing has to be
    found or a pass is running, 422 where it is not clear what stands in for what, 502 where the server does not answer.
    """
    needs(Right.SET_UP, centre_id)
    if not asker().may(Right.SET_UP, EVERYWHERE):
        # As on the page: what the account holds for other centres is theirs, to see and to bind.
        raise NotAllowed("not_allowed")
    wanted = {Purpose(data["purpose"]): data["collection"]} if data["purpose"] else {}
    found = find_again(syncer(), centre_id, wanted, actor=asking(), origin=Origin.BOARD)
    return {"rebound": [{"was": one.was, "href": one.binding.href, "purposes": list(one.binding.purposes)} for one in found]}
