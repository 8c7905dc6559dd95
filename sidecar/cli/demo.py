"""``demo``: a real calendar server on loopback, six centres, the sample Rennes, a first pass, and on from there."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from calendars.dav import connect as connect_account
from calendars.sync.ports import CollectionKind
from calendars.sync.report import PassReport
from sidecar.cli.help import told_help
from sidecar.cli.session import SERVER_FAILED, Session, emit, json_option, new_session, told
from sidecar.config import Config, load_apart
from sidecar.demo_server import LoopbackServer, share, start_demo_server
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose, Space, SubjectKind
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError
from sidecar.exchange import Snapshot, apply_import, plan_import
from sidecar.samples import load_sample
from sidecar.services.binding import bind, connect_space, kind_of
from sidecar.services.keeping import Keeper
from sidecar.services.publishing import plan_publishing
from sidecar.services.publishing import publish as publish_plan
from sidecar.services.sync.claims import plain
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.services.syncing import Syncer
from sidecar.storage import TokenKind

USERS = ("service", "coordinator", "volunteer")
EVERY_SECONDS = 15


@dataclass(frozen=True)
class Served:
    """The running server and who may log in there."""

    server: LoopbackServer
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        return self.server.url


@dataclass(frozen=True)
class Addresses:
    """What a newcomer opens after the demo has started."""

    page: str
    caldav: str
    coordinator: str
    password: str
    feed: str


@click.command(help=told_help("demo"))
@click.option("--once", is_flag=True, help=told_help("demo_once"))
@click.option("--start", "first", type=click.DateTime(["%Y-%m-%d"]), help=told_help("demo_start"))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=told_help("serve_port"))
@json_option
@told
def demo(once: bool, first: datetime | None, port: int, as_json: bool) -> None:
    session = new_session()
    folder = session.config.data_dir / "demo"
    port = port or _free_port()
    session.config = replace(load_apart(os.environ, folder, port), sync_interval=EVERY_SECONDS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = _passwords(folder)
    server = start_demo_server(folder / "server", passwords)
    try:
        _run(session, Served(server, passwords), first.date() if first else None, once=once, as_json=as_json)
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _passwords(folder: Path) -> dict[str, str]:
    """Made once and kept for this user alone, so that a phone that was set up stays set up."""
    path = folder / "passwords"
    if path.exists():
        lines = path.read_text(encoding="utf-8").split()
        return dict(zip(lines[::2], lines[1::2], strict=True))
    passwords = {user: secrets.token_urlsafe(9) for user in USERS}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{user} {password}\n" for user, password in passwords.items())
    return passwords


def _run(session: Session, server: Served, first: date | None, *, once: bool, as_json: bool) -> None:
    quiet = as_json
    _import(session, first or _next_monday(session))
    space = _connect(session, server)
    published = _publish(session, quiet=quiet)
    syncer = Syncer(session.application)
    report = syncer.sync(space.id)
    if report.error:
        raise DomainError("demo_pass_failed", why=report.error)
    summary = _summary(session, space, report, published)
    addresses = _addresses(session, server)
    if as_json:
        emit({**summary, "report": report.as_json(), "addresses": vars(addresses)})
    else:
        if not once:
            # Nothing answers there once we have stopped.
            _tell(session, addresses)
        session.say("demo_try", folder=str(session.config.data_dir))
        session.say("demo_summary", **summary)
    if not report.ok:
        sys.exit(SERVER_FAILED)
    if not once:
        _stay(session)


def _next_monday(session: Session) -> date:
    today = session.application.now().date()
    return today + timedelta(days=(7 - today.weekday()) % 7)


def _import(session: Session, first: date) -> None:
    app = session.application
    with app.storage.unit(write=False) as uow:
        if uow.centres.all():
            return
    workbook = load_sample("rennes", first)
    with app.storage.unit(actor=session.actor, origin=Origin.IMPORT) as uow:
        plan = plan_import(workbook, Snapshot.of(uow), now=app.now(), new_id=app.new_id)
        apply_import(plan, uow)
    session.say("demo_imported", count=len(plan.rows))


def _connect(session: Session, server: Served) -> Space:
    """Six centres, each with its calendars and address book in the service account."""
    app = session.application
    secret = server.passwords["service"]
    home = connect_account(server.url, "service", secret)
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        standing = next(iter(uow.spaces.all()), None)
        if standing is not None:
            # The server comes back on another port each time; collections keep their paths.
            space = uow.spaces.save(replace(standing, url=server.url, secret=secret))
        else:
            space = connect_space(
                uow, url=server.url, username="service", secret=secret, organizer="service@rennes.example.org",
                schedules=home.account.schedules, new_id=app.new_id,
            )  # fmt: skip
        uow.settings.set(ACCOUNT_KEY.format(space=space.id), home.account.as_json())
        centres = uow.centres.all()
        bound = {(b.centre_id, p) for b in uow.bindings.all() for p in b.purposes}
    there = {s.href: s for s in home.look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK))}
    wanted = [(c, p) for c in centres for p in Purpose if (c.id, p) not in bound]
    with click.progressbar(wanted, label=session.words("cli.creating"), file=sys.stderr) as steps:
        for centre, purpose in steps:
            name = f"{plain(centre.name).replace(' ', '-')}-{purpose}"
            state = next((s for s in there.values() if s.href.rstrip("/").endswith(f"/{name}")), None)
            if state is None:
                title = f"{session.words(f'cli.collection.{purpose}')} – {centre.name}"
                state = home.create_collection(kind_of((purpose,)), name, title)
                _share(server, state.href, purpose)
            with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
                bind(
                    uow, space=space, centre_id=centre.id, href=state.href, purposes=(purpose,),
                    display_name=state.display_name, writes=True, now=app.now(), new_id=app.new_id,
                )  # fmt: skip
    return space


def _share(server: Served, href: str, purpose: Purpose) -> None:
    """Show a collection where phones look: the coordinator writes, the volunteer reads; supervision stays apart."""
    if purpose is not Purpose.SUPERVISION:
        share(server.server, server.passwords, href, "coordinator", write=True)
        if purpose is not Purpose.CONTACTS:
            share(server.server, server.passwords, href, "volunteer", write=False)


def _publish(session: Session, *, quiet: bool) -> int:
    """Publish everything; the sample's honest violations are published for a reason that is kept."""
    app, count = session.application, 0
    with app.storage.unit(write=False) as uow:
        centres = uow.centres.all()
    for centre in centres:
        start, end = session.period(centre, None, 40)
        with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
            plan = plan_publishing(uow, centre.id, start, end)
            if plan.drafts and not quiet:
                session.say("demo_publishes", centre=centre.name, count=len(plan.drafts), tells=len(plan.tells))
            count += len(publish_plan(uow, plan, reason=session.words("cli.demo_reason")))
    return count


def _summary(session: Session, space: Space, report: PassReport, published: int) -> dict[str, int]:
    with session.application.storage.unit(write=False) as uow:
        links = Counter(
            link.subject_kind for binding in uow.bindings.all(space_id=space.id) for link in uow.links.of_binding(binding.id)
        )
        drafts = len(uow.appointments.all(state=AppointmentState.DRAFT))
        collections = len(uow.bindings.all(space_id=space.id))
        centres = len(uow.centres.all())
    return {
        "centres": centres,
        "collections": collections,
        "events": links[SubjectKind.APPOINTMENT],
        "cards": links[SubjectKind.PERSON],
        "published": published,
        "drafts": drafts,
        "requests": report.requests,
    }


def _addresses(session: Session, server: Served) -> Addresses:
    app = session.application
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        centre: Centre = uow.centres.all()[0]
        api = uow.tokens.issue(TokenKind.API, name="demo")
        feed = uow.tokens.issue(TokenKind.FEED_CENTRE, subject_id=centre.id, name="demo")
    base = app.config.base_url
    return Addresses(
        page=f"{base}/#token={api}",
        caldav=server.url,
        coordinator="coordinator",
        password=server.passwords["coordinator"],
        feed=f"{base}/feeds/{feed}.ics",
    )


def _tell(session: Session, addresses: Addresses) -> None:
    for name, value in vars(addresses).items():
        session.say(f"demo_address.{name}", value=value)


def _stay(session: Session) -> None:
    """Serve the page and keep syncing until stopped."""
    from sidecar.server import serve as serve_web

    session.say("demo_stays", seconds=EVERY_SECONDS)
    keeper = Keeper(
        session.application,
        told=lambda space, report: session.say(
            "demo_pass", pulled=report.totals.get("pulled", 0),
            pushed=sum(c.pushed for c in report.collections.values()), error=report.error or "–",
        ),
    )  # fmt: skip
    config: Config = session.config
    serve_web(session.application, host="127.0.0.1", port=config.port, workers=1, threads=4, keeper=keeper)
