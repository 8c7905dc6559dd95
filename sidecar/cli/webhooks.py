"""``webhook``: the addresses of other systems that hear what happened."""

from __future__ import annotations

from typing import Any

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import SERVER_FAILED, Session, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.errors import NotNow
from sidecar.domain.happenings import Delivery, Destination, DestinationState, HappeningKind
from sidecar.services import webhooks
from sidecar.services.muting import Why, look_around
from sidecar.services.telling import Result
from sidecar.services.webhooks.addresses import shown_address
from sidecar.storage.deliveries import Standing

id_argument = click.argument("id", metavar="ID")


@click.group(help=told_help("webhook"))
def webhook() -> None:
    pass


@webhook.command(help=told_help("webhook_add"))
@click.argument("url", metavar="URL")
@click.option("--centre", default="", help=told_help("webhook_centre"))
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice([k.value for k in HappeningKind]), help=told_help("webhook_kind")
)
@click.option("--unencrypted", is_flag=True, help=told_help("webhook_unencrypted"))
@click.option("--internal", is_flag=True, help=told_help("webhook_internal"))
@json_option
@told
def add(url: str, centre: str, kinds: tuple[str, ...], unencrypted: bool, internal: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        added = webhooks.add(
            uow,
            url,
            centre_id=session.centre(uow, centre).id if centre else "",
            kinds=[HappeningKind(kind) for kind in kinds],
            unencrypted=unencrypted,
            internal=internal,
            now=app.now(),
            new_id=app.new_id,
        )
    _tell_secret(session, added, as_json=as_json)


@webhook.command("list", help=told_help("webhook_list"))
@json_option
@told
def list_(as_json: bool) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        names = {centre.id: centre.name for centre in uow.centres.all()}
        found = [(one, uow.destinations.standing(one.id)) for one in webhooks.all_webhooks(uow)]
    if as_json:
        emit({"webhooks": [as_data(one, standing) for one, standing in found]})
        return
    for one, standing in found:
        session.say(
            "webhook_line",
            id=one.id,
            url=shown_address(one),
            centre=names.get(one.centre_id) or session.words("access.everywhere"),
            state=_state(session, one, standing),
            kinds=", ".join(session.words(f"happening.{kind}") for kind in one.kinds),
            waiting=standing.waiting,
        )
    if not found:
        session.say("webhooks_none")


@webhook.command(help=told_help("webhook_remove"))
@id_argument
@told
def remove(id: str) -> None:
    session = new_session()
    with session.application.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        webhooks.remove(uow, id)
    session.say("webhook_removed")


@webhook.command(help=told_help("webhook_pause"))
@id_argument
@told
def pause(id: str) -> None:
    session = new_session()
    with session.application.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        webhooks.pause(uow, id)
    session.say("webhook_paused")


@webhook.command(help=told_help("webhook_resume"))
@id_argument
@told
def resume(id: str) -> None:
    session = new_session()
    app = session.application
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        webhooks.resume(uow, id, app.now())
    session.say("webhook_resumed")


@webhook.command(help=told_help("webhook_rotate"))
@id_argument
@json_option
@told
def rotate(id: str, as_json: bool) -> None:
    session = new_session()
    app = session.application
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        renewed = webhooks.rotate(uow, id, app.now())
    _tell_secret(session, renewed, as_json=as_json)


@webhook.command(help=told_help("webhook_test"))
@id_argument
@told
def test(id: str) -> None:
    session = new_session()
    app = session.application
    with app.storage.unit(write=False) as uow:
        found = webhooks.webhook(uow, id)
        if look_around(app, uow) is not Why.NOT:
            raise NotNow("webhook_muted")
    outcome = webhooks.Webhooks(app).test(found)
    session.say(
        "webhook_answered" if outcome.result is Result.SENT else "webhook_not_taken", answer=_answer(session, outcome.answer)
    )
    if outcome.result is not Result.SENT:
        raise SystemExit(SERVER_FAILED)


@webhook.command(help=told_help("webhook_log"))
@id_argument
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help=told_help("webhook_limit"))
@json_option
@told
def log(id: str, limit: int, as_json: bool) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        found = uow.deliveries.log(webhooks.webhook(uow, id).id, limit=limit)
    if as_json:
        emit({"deliveries": [delivery_data(one) for one in found]})
        return
    for one in found:
        session.say(
            "webhook_log_line",
            when=session.words.day_time(one.tried_at or one.made_at),
            kind=session.words(f"happening.{one.message.kind}"),
            subject=one.message.appointment_id or one.message.conflict_id,
            state=session.words(f"delivery_state.{one.state}"),
            answer=_answer(session, one.answer) if one.answer else "–",
            count=one.attempts,
        )
    if not found:
        session.say("webhook_log_none")


def as_data(one: Destination, standing: Standing) -> dict[str, Any]:
    """What a list tells; no secret."""
    return {
        "id": one.id,
        "url": shown_address(one),
        "centre_id": one.centre_id or None,
        "kinds": list(one.kinds),
        "state": one.state,
        "since": one.since,
        "failing_since": standing.failing_since,
        "rests_until": standing.rests_until,
        "waiting": standing.waiting,
        "given_up": standing.given_up,
        "answer": standing.answer,
    }


def delivery_data(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.message.kind,
        "appointment_id": one.message.appointment_id or None,
        "state": one.state,
        "made_at": one.made_at,
        "tried_at": one.tried_at,
        "attempts": one.attempts,
        "due": one.due,
        "answer": one.answer,
    }


def _tell_secret(session: Session, one: Destination, *, as_json: bool) -> None:
    if as_json:
        emit({"id": one.id, "secret": one.secret})
        return
    click.echo(one.secret)
    session.warn("webhook_keep", id=one.id)


def _state(session: Session, one: Destination, standing: Standing) -> str:
    if one.state is DestinationState.ACTIVE and standing.failing_since is not None:
        when = session.words.day_time(standing.failing_since)
        return session.words("cli.webhook_fails", when=when, answer=_answer(session, standing.answer))
    return session.words(f"destination_state.{one.state}")


def _answer(session: Session, answer: str) -> str:
    key = f"call_answer.{answer}"
    return session.words(key) if key in session.words.catalogue else answer
