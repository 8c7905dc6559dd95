"""``talk`` and ``mail``: where a centre's team hears what is new, a room in Nextcloud Talk or its mailbox."""

from __future__ import annotations

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import centre_argument, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.errors import NotFound
from sidecar.services.telling.teams import Way, add, heard_at, remove, require_here


@click.command(help=told_help("talk"))
@centre_argument
@click.argument("room", metavar="ROOM", required=False)
@click.option("--off", is_flag=True, help=told_help("talk_off"))
@json_option
@told
def talk(centre: str, room: str | None, off: bool, as_json: bool) -> None:
    _settle(Way.TALK, "rooms", centre, room, off, as_json)


@click.command(help=told_help("mail"))
@centre_argument
@click.argument("address", metavar="ADDRESS", required=False)
@click.option("--off", is_flag=True, help=told_help("mail_off"))
@json_option
@told
def mail(centre: str, address: str | None, off: bool, as_json: bool) -> None:
    _settle(Way.MAIL, "addresses", centre, address, off, as_json)


def _settle(way: Way, many: str, centre: str, typed: str | None, off: bool, as_json: bool) -> None:
    """Add what is typed, take it away (all where nothing is), then say what is left, called ``many``."""
    session = new_session()
    app = session.application
    if typed is not None and not off:
        require_here(session.config, way)
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        found = session.centre(uow, centre)
        if off:
            named = [typed] if typed is not None else [one.address for one in heard_at(uow, way, found.id)]
            if not named:
                raise NotFound(f"{way}_not_there", centre=found.name)
            for one in named:
                remove(uow, way, one, centre=found)
        elif typed is not None:
            add(uow, way, typed, centre_id=found.id, now=app.now(), new_id=app.new_id)
        left = [one.address for one in heard_at(uow, way, found.id)]
    if as_json:
        emit({"centre": found.id, many: left})
    elif left:
        session.say(f"{way}_{many}", centre=found.name, **{many: tuple(left)})
    else:
        session.say(f"{way}_none", centre=found.name)
