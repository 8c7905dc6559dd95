"""``doctor``: what is wrong and what to do about it, in plain words."""

from __future__ import annotations

import sys
from itertools import groupby

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import (
    DONE,
    NOT_DONE,
    SERVER_FAILED,
    WAITS_FOR_A_PERSON,
    Session,
    emit,
    json_option,
    new_session,
    told,
)
from sidecar.nextcloud.blueprints import platform_of
from sidecar.observability import configure
from sidecar.services.doctor import Examination, Level, Outside, Result, examine, tell
from sidecar.services.doctor.results import filled
from sidecar.storage import UnitOfWork

OF_COLLECTIONS = frozenset({"collection", "rights"})


@click.command(help=told_help("doctor"))
@click.option("--centre", help=told_help("doctor_centre"))
@click.option("--send", is_flag=True, help=told_help("doctor_send"))
@json_option
@told
def doctor(centre: str | None, send: bool, as_json: bool) -> None:
    session = new_session()
    # What breaks a check is logged with its traceback: beside the answer, never inside it.
    configure(level=session.config.log_level, format=session.config.log_format)

    def choose(uow: UnitOfWork) -> str:
        return session.centre(uow, str(centre)).id

    outside = Outside(platform=platform_of(session.config, lambda: session.application))
    found = examine(session.config, outside, choose=choose if centre is not None else None, send=send)
    code = exit_code(found)
    if as_json:
        results = [_as_json(session, result) for result in found.results]
        emit({"ok": code == DONE, "requests": found.requests, "results": results})
    else:
        _show(session, found)
    sys.exit(code)


def exit_code(found: Examination) -> int:
    """0 nothing to do; 3 a server does not do what it should; 4 nothing could be looked at; 1 something else waits."""
    if found.nothing_read:
        return NOT_DONE
    if found.servers_fail:
        return SERVER_FAILED
    return WAITS_FOR_A_PERSON if found.first is not None else DONE


def _show(session: Session, found: Examination) -> None:
    words = session.words
    for about, group in groupby(found.results, key=lambda r: r.about):
        results = list(group)
        if all(r.level is Level.OK and r.check in OF_COLLECTIONS for r in results):
            # A centre has five of them: what is well takes one line.
            click.echo(words("doctor.well", level=words("doctor.level.ok"), name=about))
            continue
        click.echo(about or words("doctor.here"))
        for result in results:
            click.echo(f"  {words(f'doctor.level.{result.level}'):<10} {tell(words, result)}")
    count = {level: len(found.at(level)) for level in Level}
    if found.first is None:
        click.echo(words("doctor.all_well"))
    else:
        click.echo(words("doctor.summary", problems=count[Level.PROBLEM], warnings=count[Level.WARNING]))
        click.echo(words("doctor.first", what=tell(words, found.first)))
    if count[Level.UNKNOWN]:
        click.echo(words("doctor.not_looked_at", count=count[Level.UNKNOWN]))


def _as_json(session: Session, result: Result) -> dict[str, object]:
    return {
        "check": result.check,
        "level": result.level,
        "key": result.key,
        "about": result.about,
        "text": tell(session.words, result),
        "gaps": filled(session.words, result.gaps),
    }
