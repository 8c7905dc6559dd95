"""``serve`` and ``token``: the web face, and what opens it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import Session, emit, json_option, new_session, told
from sidecar.domain.access import Role
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.services.keeping import Keeper
from sidecar.services.mail import mails
from sidecar.storage import StorageError, Token, TokenKind, UnitOfWork


@click.command(help=told_help("serve"))
@click.option("--host", help=told_help("serve_host"))
@click.option("--port", type=click.IntRange(0, 65535), help=told_help("serve_port"))
@click.option("--sync/--no-sync", "with_sync", default=True, help=told_help("serve_sync"))
@told
def serve(host: str | None, port: int | None, with_sync: bool) -> None:
    # Imported here: gunicorn and flask are of no use to every other command.
    from sidecar.nextcloud.blueprints import Connected
    from sidecar.server import serve as serve_web
    from sidecar.server import serve_refusal

    session = new_session()
    config = session.config
    try:
        app = session.application
    except StorageError as error:
        # Said in Nextcloud, where an administrator is waiting, in place of a container that starts again and again.
        if config.exapp is None or error.code != "storage_newer":
            raise
        serve_refusal(config.exapp, session.words(f"error.{error.code}", **error.details))
        return
    connected = Connected.to(app)
    if connected is None:
        keeper = Keeper(app, channels=mails(app))
    else:
        keeper = Keeper(app, may=connected.may_pass, channels=[*connected.channels, *mails(app)])
    serve_web(
        app,
        host=host or config.host,
        port=config.port if port is None else port,
        workers=config.workers,
        threads=config.threads,
        keeper=keeper if with_sync else None,
        socket=config.exapp.socket if config.exapp is not None and host is None and port is None else None,
    )


@click.command(help=told_help("token"))
@click.argument("kind", type=click.Choice([k.value for k in TokenKind]))
@click.option("--for", "subject", default="", help=told_help("token_for"))
@click.option("--role", type=click.Choice([role.value for role in Role]), help=told_help("token_role"))
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help=told_help("token_until"))
@click.option("--name", default="", help=told_help("token_name"))
@click.option("--revoke", default="", metavar="ID", help=told_help("token_revoke"))
@click.option("--list", "listing", is_flag=True, help=told_help("token_list"))
@json_option
@told
def token(
    kind: str,
    subject: str,
    role: str | None,
    until: datetime | None,
    name: str,
    revoke: str,
    listing: bool,
    as_json: bool,
) -> None:
    session = new_session()
    storage = session.application.storage
    if listing:
        with storage.unit(write=False) as uow:
            tokens = uow.tokens.all(kind=kind)
            centres = {centre.id: centre.name for centre in uow.centres.all()}
        if as_json:
            emit({"tokens": [vars(t) for t in tokens]})
        for one in () if as_json else tokens:
            session.say("token_line", id=one.id, name=one.name or "–", state=_state(session, one, centres))
        return
    with storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        if revoke:
            uow.tokens.revoke(revoke)
            issued = ""
        else:
            if role is not None and kind != TokenKind.API:
                raise DomainError("token_role_of_api")
            issued = uow.tokens.issue(
                kind,
                subject_id=_subject(session, uow, TokenKind(kind), subject),
                name=name,
                role=Role(role) if role is not None else None,
                expires_at=_end_of(until, session.application.now()),
            )
    if as_json:
        emit({"kind": kind, "token": issued, "revoked": revoke})
    elif revoke:
        session.say("token_revoked")
    else:
        click.echo(issued)
        session.warn("token_keep")


def _subject(session: Session, uow: UnitOfWork, kind: TokenKind, named: str) -> str:
    """The id of the centre or person that it is for, "" for all. Raises DomainError."""
    if kind is TokenKind.FEED_PERSON:
        person = uow.people.find(named) or uow.people.by_email(named)
        if person is None:
            raise DomainError("person_unknown", name=named)
        return person.id
    if kind is TokenKind.FEED_CENTRE or (kind is TokenKind.API and named):
        return session.centre(uow, named).id
    return ""


def _end_of(day: datetime | None, now: datetime) -> datetime | None:
    """The end of that day, in UTC. Raises DomainError for a day that is over."""
    if day is None:
        return None
    end = day.replace(tzinfo=UTC)
    with suppress(OverflowError):  # the last day that there is ends as it begins
        end += timedelta(days=1)
    if end <= now:
        raise DomainError("token_over")
    return end


def _state(session: Session, one: Token, centres: Mapping[str, str]) -> str:
    """Whether it opens something, until when, and what less than everything."""
    valid = "cli.valid" if one.opens(session.application.now()) else "cli.revoked" if one.revoked_at else "cli.token_ended"
    parts = [session.words(valid)]
    if one.expires_at is not None:
        parts.append(session.words("cli.token_until", day=f"{one.expires_at - timedelta(days=1):%Y-%m-%d}"))
    if one.role is not None:
        parts.append(session.words(f"access.role.{one.role}"))
    if one.kind is TokenKind.API and one.subject_id:
        parts.append(centres.get(one.subject_id, one.subject_id))
    if one.used_on is not None:
        parts.append(session.words("cli.token_used", day=one.used_on.isoformat()))
    return ", ".join(parts)
