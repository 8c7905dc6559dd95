"""The addresses of other systems that hear what happened. For who sets up; a secret is told once, when it is made."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from sidecar.api.asking import asker, writing
from sidecar.api.reading import Calls
from sidecar.domain.access import EVERYWHERE, Right
from sidecar.domain.errors import NotFound, NotNow
from sidecar.domain.happenings import DeliveryState, Destination, DestinationState, HappeningKind
from sidecar.http.access import application
from sidecar.services import webhooks
from sidecar.services.muting import Why, look_around
from sidecar.services.telling import Result
from sidecar.services.webhooks.addresses import shown_address
from sidecar.storage import UnitOfWork
from sidecar.storage.deliveries import Standing

blueprint = Calls("webhooks", __name__, description="Signed calls to other systems")
_KINDS = validate.OneOf([kind.value for kind in HappeningKind])
_STATES = validate.OneOf([state.value for state in DestinationState])


class WebhookSchema(Schema):
    """An address without its secret; ``centre_id`` is null for all centres. ``url`` is told without its query."""

    id = fields.String()
    url = fields.String()
    centre_id = fields.String(allow_none=True)
    kinds = fields.List(fields.String(validate=_KINDS))
    state = fields.String(validate=_STATES)
    since = fields.AwareDateTime(metadata={"description": "It hears of nothing that happened before."})
    failing_since = fields.AwareDateTime(allow_none=True)
    rests_until = fields.AwareDateTime(allow_none=True)
    waiting = fields.Integer()
    given_up = fields.Integer()
    answer = fields.String(metadata={"description": "What was heard last: a status, timeout, unreachable or tls."})


class NewWebhookSchema(Schema):
    url = fields.String(required=True, validate=validate.Length(min=1, max=2000))
    centre_id = fields.String(load_default="", metadata={"description": "Only this centre's; left out: all."})
    kinds = fields.List(fields.String(validate=_KINDS), load_default=[], metadata={"description": "Left out: all."})
    unencrypted = fields.Boolean(load_default=False, metadata={"description": "http to another machine is meant."})


class SecretSchema(Schema):
    id = fields.String()
    secret = fields.String(metadata={"description": "Told this once."})


class DeliverySchema(Schema):
    id = fields.String(metadata={"description": "The header webhook-id, the same however often it is sent."})
    kind = fields.String(validate=_KINDS)
    appointment_id = fields.String(allow_none=True)
    state = fields.String(validate=validate.OneOf([state.value for state in DeliveryState]))
    made_at = fields.AwareDateTime()
    tried_at = fields.AwareDateTime(allow_none=True)
    attempts = fields.Integer()
    due = fields.AwareDateTime()
    answer = fields.String()


class TriedSchema(Schema):
    arrived = fields.Boolean()
    answer = fields.String()


def _told(one: Destination, standing: Standing) -> dict[str, Any]:
    return {**vars(standing), **vars(one), "url": shown_address(one), "centre_id": one.centre_id or None}


def _own(uow: UnitOfWork, id: str) -> Destination:
    """Raises NotFound, in the same words for one that the asker may not set up."""
    found = webhooks.webhook(uow, id)
    if not _may(found.centre_id):
        raise NotFound("webhook_unknown", id=id)
    return found


def _may(centre_id: str) -> bool:
    return asker().may(Right.SET_UP, centre_id or EVERYWHERE)


@blueprint.get("/webhooks")
@blueprint.response(200, WebhookSchema(many=True))
def list_webhooks() -> list[dict[str, Any]]:
    """The addresses that are called, and how it goes with each."""
    with application().storage.unit(write=False) as uow:
        found = [one for one in webhooks.all_webhooks(uow) if _may(one.centre_id)]
        return [_told(one, uow.destinations.standing(one.id)) for one in found]


@blueprint.post("/webhooks")
@blueprint.arguments(NewWebhookSchema)
@blueprint.response(201, SecretSchema)
def add(data: dict[str, Any]) -> Destination:
    """Call an address from now on. Its secret is in this answer and nowhere else."""
    if not _may(data["centre_id"]):
        raise NotFound("not_found", kind="centre", id=data["centre_id"])
    kinds = [HappeningKind(kind) for kind in data.pop("kinds")]
    app = application()
    with writing() as uow:
        return webhooks.add(uow, data.pop("url"), kinds=kinds, now=app.now(), new_id=app.new_id, **data)


@blueprint.delete("/webhooks/<webhook_id>")
@blueprint.response(204)
def remove(webhook_id: str) -> None:
    """Call it no more, and forget what was sent there."""
    with writing() as uow:
        webhooks.remove(uow, _own(uow, webhook_id).id)


@blueprint.get("/webhooks/<webhook_id>/log")
@blueprint.response(200, DeliverySchema(many=True))
def log(webhook_id: str) -> list[dict[str, Any]]:
    """What was sent there within a month, newest first, 100 at most."""
    with application().storage.unit(write=False) as uow:
        found = uow.deliveries.log(_own(uow, webhook_id).id)
    return [{**vars(one), "kind": one.message.kind, "appointment_id": one.message.appointment_id or None} for one in found]


@blueprint.post("/webhooks/<webhook_id>/pause")
@blueprint.response(200, WebhookSchema)
def pause(webhook_id: str) -> dict[str, Any]:
    """What happens meanwhile is not told, what was on its way waits."""
    with writing() as uow:
        paused = webhooks.pause(uow, _own(uow, webhook_id).id)
        return _told(paused, uow.destinations.standing(paused.id))


@blueprint.post("/webhooks/<webhook_id>/resume")
@blueprint.response(200, WebhookSchema)
def resume(webhook_id: str) -> dict[str, Any]:
    """Call it again, also where it had answered 410."""
    with writing() as uow:
        resumed = webhooks.resume(uow, _own(uow, webhook_id).id, application().now())
        return _told(resumed, uow.destinations.standing(resumed.id))


@blueprint.post("/webhooks/<webhook_id>/rotate")
@blueprint.response(200, SecretSchema)
def rotate(webhook_id: str) -> Destination:
    """Another secret; for 24 hours calls are signed with both."""
    with writing() as uow:
        return webhooks.rotate(uow, _own(uow, webhook_id).id, application().now())


@blueprint.post("/webhooks/<webhook_id>/test")
@blueprint.response(200, TriedSchema)
def test(webhook_id: str) -> dict[str, Any]:
    """Call it now with nothing to tell. 409 while everything is muted."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found = _own(uow, webhook_id)
        if look_around(app, uow) is not Why.NOT:
            raise NotNow("webhook_muted")
    outcome = webhooks.Webhooks(app).test(found)
    return {"arrived": outcome.result is Result.SENT, "answer": outcome.answer}
