"""``take-out``: everything of ours leaves every calendar, before we are uninstalled."""

from __future__ import annotations

import sys

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import WAITS_FOR_A_PERSON, emit, json_option, new_session, told
from sidecar.services.syncing import Syncer
from sidecar.services.taking_out import take_out, what_is_ours


@click.command("take-out", help=told_help("take_out"))
@click.option("--yes", is_flag=True, help=told_help("take_out_yes"))
@json_option
@told
def take_out_command(yes: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    found = what_is_ours(app)
    if not yes:
        if as_json:
            emit({"done": False, "ours": [
                {"centre": o.centre, "href": o.binding.href, "events": o.events, "blocks": o.blocks} for o in found
            ]})  # fmt: skip
            return
        for ours in found:
            name = ours.binding.display_name or ours.binding.href
            session.say("ours", centre=ours.centre, name=name, events=ours.events, blocks=ours.blocks)
        session.say("take_out_first" if found else "take_out_nothing")
        sys.exit(WAITS_FOR_A_PERSON if found else 0)
    for left in take_out(app, Syncer(app), actor=session.actor):
        if not as_json:
            session.say("take_out_left", count=left)
    if as_json:
        emit({"done": True, "ours": []})
    else:
        session.say("take_out_done")
