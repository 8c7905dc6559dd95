"""``rebind``: the same calendars elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from calendars.dav import Bounds
from calendars.dav import connect as connect_account
from calendars.sync.ports import CollectionKind, CollectionState
from sidecar.cli.binding import ask_secret, remember
from sidecar.cli.help import told_help
from sidecar.cli.session import Session, centre_argument, emit, json_option, new_session, told
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.errors import DomainError
from sidecar.services.rebinding import find_again
from sidecar.services.syncing import Syncer


@click.command(help=told_help("rebind"))
@centre_argument
@click.argument("pairs", nargs=-1, metavar="[PURPOSE=HREF]...")
@click.option("--url", help=told_help("rebind_url"))
@click.option("--user", "username", help=told_help("connect_user"))
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=told_help("password"))
@json_option
@told
def rebind(
    centre: str, pairs: tuple[str, ...], url: str | None, username: str | None, password_file: Path | None, as_json: bool
) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
    wanted = dict(_pair(text) for text in pairs)
    account = _account(session, url, username, password_file) if url is not None else None
    found = find_again(Syncer(session.application), chosen.id, wanted, account=account, actor=session.actor)
    if as_json:
        emit({"centre": chosen.id, "rebound": [
            {"was": one.was, "href": one.binding.href, "purposes": list(one.binding.purposes)} for one in found
        ]})  # fmt: skip
        return
    for one in found:
        session.say("rebound", name=one.binding.display_name or one.binding.href, href=one.binding.href, was=one.was)
    session.say("rebound_next")


def _pair(text: str) -> tuple[Purpose, str]:
    name, _, target = text.partition("=")
    try:
        return Purpose(name.strip()), target
    except ValueError as error:
        raise DomainError("purpose_unknown", text=name, known=", ".join(Purpose)) from error


def _account(
    session: Session, url: str, username: str | None, password_file: Path | None
) -> tuple[Space, list[CollectionState]]:
    """The other account, remembered once it has answered, and what it holds."""
    username = username or click.prompt(session.words("cli.ask_user"))
    secret = ask_secret(session, password_file)
    bounds = Bounds(read=session.application.config.dav_timeout)
    home = connect_account(url, username, secret, bounds=bounds)
    states = list(home.look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK)))
    return remember(session, home, url, username, secret, ""), states
