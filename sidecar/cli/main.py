"""The group of commands, each in the file of what it is about."""

from __future__ import annotations

import click

from sidecar.cli.binding import connect, mute, unbind
from sidecar.cli.demo import demo
from sidecar.cli.doctor import doctor
from sidecar.cli.help import told_help
from sidecar.cli.keeping import backup, restore, rotate_key, vacuum
from sidecar.cli.leaving import take_out_command
from sidecar.cli.rebinding import rebind
from sidecar.cli.roles import role
from sidecar.cli.rota import check, conflicts, publish, show
from sidecar.cli.serving import serve, token
from sidecar.cli.spreadsheets import export_command, import_command
from sidecar.cli.syncing import sync
from sidecar.cli.talking import mail, talk
from sidecar.cli.webhooks import webhook


@click.group(help=told_help("main"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="hors-les-murs", prog_name="hors-les-murs")
def main() -> None:
    pass


for command in (
    demo, serve, connect, rebind, unbind, take_out_command, mute, sync, import_command, export_command, check, publish, show,
    conflicts, role, talk, mail, token, backup, restore, vacuum, rotate_key, webhook, doctor,
):  # fmt: skip
    main.add_command(command)
