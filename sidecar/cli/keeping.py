"""``backup``, ``restore``, ``vacuum``, ``rotate-key``: what an administrator does in the course of years."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from babel.numbers import format_decimal

from sidecar.cli.help import told_help
from sidecar.cli.session import Session, emit, json_option, new_session, told
from sidecar.domain.errors import DomainError
from sidecar.i18n import Translator
from sidecar.services import backup as backups
from sidecar.services import rotating
from sidecar.services.running import work_here
from sidecar.storage.archive import Archive, Manifest
from sidecar.storage.upkeep import size
from sidecar.storage.upkeep import vacuum as give_back

ONE_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(help=told_help("backup"))
@click.argument("file", type=ONE_FILE)
@click.option("--with-key", is_flag=True, help=told_help("backup_with_key"))
@json_option
@told
def backup(file: Path, with_key: bool, as_json: bool) -> None:
    session = new_session()
    # The database is read as it stands: a backup before an update must not be the update.
    work_here(session.config.ensure_data_dir())
    manifest = backups.back_up(session.config, file, now=_now, with_key=with_key)
    if as_json:
        emit(_as_json(manifest) | {"file": str(file), "bytes": file.stat().st_size})
        return
    session.say("backed_up", file=str(file), size=_megabytes(session.words, file.stat().st_size), rows=manifest.rows)
    session.warn("backup_with_key" if with_key else "backup_without_key", file=str(session.config.secret_key_file))


@click.command(help=told_help("restore"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help=told_help("restore_replace"))
@click.option("--forget-passwords", is_flag=True, help=told_help("restore_forget"))
@click.option("--dry-run", is_flag=True, help=told_help("restore_dry"))
@json_option
@told
def restore(file: Path, replace: bool, forget_passwords: bool, dry_run: bool, as_json: bool) -> None:
    session = new_session()
    if dry_run:
        archive = Archive(file)
        archive.check()
        if as_json:
            emit(_as_json(archive.manifest))
        else:
            _describe(session, archive.manifest)
        return
    done = backups.restore(session.config, file, now=_now, replace=replace, forget_passwords=forget_passwords)
    if as_json:
        emit(_as_json(done.manifest) | {"aside": str(done.aside) if done.aside is not None else None})
        return
    _describe(session, done.manifest)
    if done.aside is not None:
        session.say("restore_aside", file=str(done.aside))
    session.say("restored")


@click.command(help=told_help("vacuum"))
@json_option
@told
def vacuum(as_json: bool) -> None:
    session = new_session()
    engine = session.application.storage.engine
    before = size(engine)
    give_back(engine)
    after = size(engine)
    if as_json:
        emit({"bytes_before": before, "bytes_after": after})
    else:
        session.say("vacuumed", before=_megabytes(session.words, before), after=_megabytes(session.words, after))


@click.command("rotate-key", help=told_help("rotate_key"))
@click.option("--prepare", is_flag=True, help=told_help("rotate_prepare"))
@click.option("--forget", is_flag=True, help=told_help("rotate_forget"))
@json_option
@told
def rotate_key(prepare: bool, forget: bool, as_json: bool) -> None:
    session = new_session()
    file = str(session.config.secret_key_file)
    if prepare and forget:
        raise DomainError("rotate_one_step")
    if prepare:
        rotating.prepare(session.application)
        emit({"prepared": file}) if as_json else session.say("key_prepared", file=file)
        return
    count = (rotating.forget if forget else rotating.rotate)(session.application, actor=session.actor)
    if as_json:
        emit({"locked_again": count, "file": file})
    else:
        session.say("keys_forgotten" if forget else "key_rotated", count=count, file=file)


def _describe(session: Session, manifest: Manifest) -> None:
    when = manifest.made_at.strftime("%Y-%m-%d %H:%M UTC")
    session.say("backup_is", when=when, version=manifest.version, rows=manifest.rows, schema=manifest.schema)


def _as_json(manifest: Manifest) -> dict[str, object]:
    names = ("version", "schema", "instance", "made_at", "engine", "with_key", "rows")
    return {name: getattr(manifest, name) for name in names}


def _megabytes(words: Translator, count: int) -> str:
    return str(format_decimal(max(0.1, round(count / 1_000_000, 1)), locale=words.locale))


def _now() -> datetime:
    return datetime.now(UTC)
