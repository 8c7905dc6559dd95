"""``sync``: passes of one centre or of all, and decisions about guarded collections."""

from __future__ import annotations

import sys
from typing import Any

import click

from calendars.errors import CalendarsError
from calendars.sync.report import PassReport
from sidecar.cli.help import told_help
from sidecar.cli.session import SERVER_FAILED, WAITS_FOR_A_PERSON, Session, emit, json_option, new_session, told
from sidecar.domain.bindings import Binding, Space
from sidecar.domain.errors import DomainError
from sidecar.observability import get_logger
from sidecar.services.absent_groups import absent_groups, look_for_groups
from sidecar.services.syncing import Syncer

log = get_logger(__name__)


@click.command(help=told_help("sync"))
@click.option("--centre", help=told_help("sync_centre"))
@click.option("--dry-run", "dry", is_flag=True, help=told_help("sync_dry"))
@click.option("--full", is_flag=True, help=told_help("sync_full"))
@click.option("--resume", metavar="CENTRE", help=told_help("sync_resume"))
@click.option("--accept", is_flag=True, help=told_help("sync_accept"))
@click.option("--restore", is_flag=True, help=told_help("sync_restore"))
@json_option
@told
def sync(centre: str | None, dry: bool, full: bool, resume: str | None, accept: bool, restore: bool, as_json: bool) -> None:
    session = new_session()
    syncer = Syncer(session.application)
    if accept or restore or resume is not None:
        if resume is None or accept == restore or dry or centre is not None:
            raise DomainError("decide_for_one_centre")
        spaces, bindings = _chosen(session, resume)
        _decide(session, syncer, resume, restore=restore)
    else:
        spaces, bindings = _chosen(session, centre)
    reports: dict[str, PassReport] = {}
    with click.progressbar(spaces, label=session.words("cli.syncing"), file=sys.stderr, hidden=as_json) as steps:
        for space in steps:
            reports[space.id] = syncer.sync(space.id, dry=dry, full=full)
            if reports[space.id].muted and not dry and not reports[space.id].error:
                # Muted, what would go out is shown instead.
                reports[space.id].would = syncer.sync(space.id, dry=True).would
    if not dry:
        _warn_of_groups(session, syncer, [space for space in spaces if reports[space.id].ok])
    muted = {r.muted for r in reports.values()} - {""}
    for why in sorted(muted):
        session.warn("muted", why=session.words(f"muted.{why}"))
    if as_json:
        emit({"spaces": [_as_json(space, reports[space.id], bindings) for space in spaces]})
    else:
        for space in spaces:
            tell(session, space, reports[space.id], bindings)
    if any(r.error or any(c.error for c in r.collections.values()) for r in reports.values()):
        sys.exit(SERVER_FAILED)
    if any(c.guarded or c.refused or c.read_only for r in reports.values() for c in r.collections.values()):
        sys.exit(WAITS_FOR_A_PERSON)


def _warn_of_groups(session: Session, syncer: Syncer, spaces: list[Space]) -> None:
    """Groups with a role that no server has any more: beside the pass, which they do not stop."""
    for space in spaces:
        try:
            look_for_groups(session.application, space, syncer.home)
        except (CalendarsError, DomainError) as error:
            log.warning("groups_not_asked", space=space.id, kind=type(error).__name__)
    with session.application.storage.unit(write=False) as uow:
        gone = absent_groups(uow)
    if gone:
        click.echo(session.words("doctor.groups.gone", groups=tuple(gone)), err=True)


def _chosen(session: Session, centre: str | None) -> tuple[list[Space], dict[str, Binding]]:
    with session.application.storage.unit(write=False) as uow:
        bindings = uow.bindings.all()
        tied = {b.space_id for b in bindings}
        spaces = [s for s in uow.spaces.all() if s.id in tied]
        if centre is not None:
            centre_id = session.centre(uow, centre).id
            wanted = {b.space_id for b in bindings if b.centre_id == centre_id}
            spaces = [s for s in spaces if s.id in wanted]
    if not spaces:
        raise DomainError("nothing_connected")
    return spaces, {b.href: b for b in bindings}


def _decide(session: Session, syncer: Syncer, centre: str, *, restore: bool) -> None:
    with session.application.storage.unit(write=False) as uow:
        centre_id = session.centre(uow, centre).id
    decided = syncer.resume(centre_id, restore=restore, actor=session.actor)
    session.warn("decided", count=len(decided))


def _as_json(space: Space, report: PassReport, bindings: dict[str, Binding]) -> dict[str, Any]:
    told_report = report.as_json()
    for href, counts in told_report["collections"].items():
        counts["name"] = counts["name"] or (bindings[href].display_name if href in bindings else "")
    return {"space": space.id, "url": space.url, "username": space.username, **told_report}


def tell(session: Session, space: Space, report: PassReport, bindings: dict[str, Binding]) -> None:
    """One line a collection in which something happened, and one that sums up."""
    for href, counts in sorted(report.collections.items()):
        name = bindings[href].display_name if href in bindings else href
        if counts.guarded:
            session.say("collection_guarded", name=name, why=session.words(f"sync.guard.{counts.guarded}"))
        elif counts.error:
            session.say("collection_error", name=name, why=counts.error)
        elif counts.read_only:
            session.say("collection_error", name=name, why=session.words("sync.read_only"))
        elif counts.pulled or counts.gone or counts.pushed or counts.refused:
            session.say(
                "collection_line", name=name, pulled=counts.pulled, gone=counts.gone, created=counts.created,
                updated=counts.updated, deleted=counts.deleted, merged=counts.merged,
                conflicted=counts.conflicted, refused=counts.refused,
            )  # fmt: skip
        if counts.put_back:
            session.say("put_back", name=name, count=counts.put_back)
    for write in report.would:
        session.say(f"would.{write['action']}", href=write["href"])
    totals = report.totals
    if report.error:
        why = session.words(f"error.dav.{report.error_kind}", detail=report.error)
        session.say("space_error", url=space.url, why=why)
    else:
        session.say(
            "space_line", url=space.url, requests=report.requests, pulled=totals.get("pulled", 0),
            pushed=sum(totals.get(k, 0) for k in ("created", "updated", "deleted")),
        )  # fmt: skip
    if report.held:
        session.say("held", number=report.held)
