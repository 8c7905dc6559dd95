"""``serve`` and ``token``: the web face, and what opens it."""

from __future__ import annotations

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.services.keeping import Keeper
from sidecar.services.mail import mails
from sidecar.storage import StorageError, TokenKind


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
@click.option("--name", default="", help=told_help("token_name"))
@click.option("--revoke", default="", metavar="ID", help=told_help("token_revoke"))
@click.option("--list", "listing", is_flag=True, help=told_help("token_list"))
@json_option
@told
def token(kind: str, subject: str, name: str, revoke: str, listing: bool, as_json: bool) -> None:
    session = new_session()
    storage = session.application.storage
    if listing:
        with storage.unit(write=False) as uow:
            tokens = uow.tokens.all(kind=kind)
        if as_json:
            emit({"tokens": [vars(t) for t in tokens]})
        for one in () if as_json else tokens:
            state = session.words("cli.revoked" if one.revoked_at else "cli.valid")
            session.say("token_line", id=one.id, name=one.name or "–", state=state)
        return
    with storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        if revoke:
            uow.tokens.revoke(revoke)
            issued = ""
        else:
            subject_id = ""
            if kind == TokenKind.FEED_CENTRE:
                subject_id = session.centre(uow, subject).id
            elif kind == TokenKind.FEED_PERSON:
                person = uow.people.find(subject) or uow.people.by_email(subject)
                if person is None:
                    raise DomainError("person_unknown", name=subject)
                subject_id = person.id
            issued = uow.tokens.issue(kind, subject_id=subject_id, name=name)
    if as_json:
        emit({"kind": kind, "token": issued, "revoked": revoke})
    elif revoke:
        session.say("token_revoked")
    else:
        click.echo(issued)
        session.warn("token_keep")
