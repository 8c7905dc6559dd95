"""``talk``: a centre's room in Nextcloud Talk, where its team hears what is new."""

from __future__ import annotations

import re

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import centre_argument, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.happenings import Destination
from sidecar.nextcloud.channels import OF_ROOMS, TALK

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
                    id=app.new_id(), channel=TALK, address=asked[1], centre_id=found.id, kinds=OF_ROOMS, since=app.now()
                )
            )
        left = [d.address for d in uow.destinations.all(channel=TALK, centre_id=found.id)]
    if as_json:
        emit({"centre": found.id, "rooms": left})
    elif left:
        session.say("talk_rooms", centre=found.name, rooms=tuple(left))
    else:
        session.say("talk_none", centre=found.name)
