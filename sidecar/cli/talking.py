"""``talk`` and ``mail``: where a centre's team hears what is new, a room in Nextcloud Talk or its mailbox."""

from __future__ import annotations

import re

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import centre_argument, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.happenings import Destination
from sidecar.nextcloud.channels import TALK
from sidecar.services.mail import add, addresses, remove
from sidecar.services.telling.wording import OF_TEAMS

_ROOM = re.compile(r"(?:https?://[^?#]+/call/)?([A-Za-z0-9]{4,30})/?")


@click.command(help=told_help("talk"))
@centre_argument
@click.argument("room", metavar="ROOM", required=False)
@click.option("--off", is_flag=True, help=told_help("talk_off"))
@json_option
@told
def talk(centre: str, room: str | None, off: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    if session.config.exapp is None:
        raise DomainError("talk_not_here")
    asked = _ROOM.fullmatch(room.strip()) if room is not None else None
    if room is not None and asked is None:
        raise DomainError("talk_room_unreadable", room=room)
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        found = session.centre(uow, centre)
        rooms = uow.destinations.all(channel=TALK, centre_id=found.id)
        named = [d for d in rooms if asked is None or d.address == asked[1]]
        if off:
            if not named:
                raise NotFound("talk_no_room", centre=found.name)
            for destination in named:
                uow.destinations.remove(destination.id)
        elif asked is not None and not named:
            uow.destinations.add(
                Destination(
                    id=app.new_id(), channel=TALK, address=asked[1], centre_id=found.id, kinds=OF_TEAMS, since=app.now()
                )
            )
        left = [d.address for d in uow.destinations.all(channel=TALK, centre_id=found.id)]
    if as_json:
        emit({"centre": found.id, "rooms": left})
    elif left:
        session.say("talk_rooms", centre=found.name, rooms=tuple(left))
    else:
        session.say("talk_none", centre=found.name)


@click.command(help=told_help("mail"))
@centre_argument
@click.argument("address", metavar="ADDRESS", required=False)
@click.option("--off", is_flag=True, help=told_help("mail_off"))
@json_option
@told
def mail(centre: str, address: str | None, off: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    if address is not None and not off and session.config.smtp_url is None:
        raise DomainError("mail_not_here")
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        found = session.centre(uow, centre)
        if off:
            named = [address] if address is not None else [one.address for one in addresses(uow, found.id)]
            if not named:
                raise NotFound("mail_not_there", centre=found.name)
            for one in named:
                remove(uow, one, centre=found)
        elif address is not None:
            add(uow, address, centre_id=found.id, now=app.now(), new_id=app.new_id)
        left = [one.address for one in addresses(uow, found.id)]
    if as_json:
        emit({"centre": found.id, "addresses": left})
    elif left:
        session.say("mail_addresses", centre=found.name, addresses=tuple(left))
    else:
        session.say("mail_none", centre=found.name)
