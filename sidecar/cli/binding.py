"""``connect``, ``unbind``, ``mute``: tying a centre to a server's collections and letting go again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from calendars.dav import Bounds, DavHome, open_home
from calendars.dav import connect as connect_account
from calendars.dav.servers import NAMES
from calendars.dav.transport import without_user
from calendars.sync.ports import CollectionKind, CollectionState
from sidecar.cli.help import told_help
from sidecar.cli.session import Session, centre_argument, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError
from sidecar.services import setting_up
from sidecar.services.binding import kind_of, let_write, mark_centre
from sidecar.services.muting import Why, unmute, why_muted
from sidecar.services.syncing import Syncer

PURPOSES = click.Choice([purpose.value for purpose in Purpose])


@click.command(help=told_help("connect"))
@centre_argument
@click.option("--url", help=told_help("connect_url"))
@click.option("--user", "username", help=told_help("connect_user"))
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=told_help("password"))
@click.option("--organizer", default="", help=told_help("connect_organizer"))
@click.option("--create", is_flag=True, help=told_help("connect_create"))
@click.option("--bind", "wanted", multiple=True, metavar="PURPOSE=HREF", help=told_help("connect_bind"))
@click.option("--write/--read-only", "writes", default=None, help=told_help("connect_write"))
@click.option("--server", type=click.Choice(NAMES), help=told_help("connect_server"))
@json_option
@told
def connect(
    centre: str, url: str | None, username: str | None, password_file: Path | None, organizer: str, create: bool,
    wanted: tuple[str, ...], writes: bool | None, server: str | None, as_json: bool,
) -> None:  # fmt: skip
    session = new_session()
    app = session.application
    with app.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
    if url is None and writes is not None and not create and not wanted:
        _switch_writing(session, chosen, writes, as_json)
        return
    # A password inside the address is no place for one: it would be kept and shown.
    url = without_user(url or click.prompt(session.words("cli.ask_url")))
    username = username or click.prompt(session.words("cli.ask_user"))
    secret, bounds = ask_secret(session, password_file), Bounds(read=app.config.dav_timeout)
    home = connect_account(url, username, secret, bounds=bounds)
    if server is not None:
        # Whatever it was taken for: from here on it is treated as that one.
        home = open_home(replace(home.account, server=server), username, secret, bounds=bounds)
    states = {s.href: s for s in home.look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK))}
    pairs = _together([_pair(text, states) for text in wanted])
    made: list[tuple[CollectionState, tuple[Purpose, ...]]] = []
    if create:
        made = _created(session, home, chosen, {p for _, ps in pairs for p in ps}, states)
    elif not pairs and sys.stdin.isatty() and not as_json:
        pairs = _asked(session, states)
    if not pairs and not made:
        if _is_known(session, url, username):
            # It answered with this password: it may be a new one.
            remember(session, home, url, username, secret, organizer)
            session.warn("account_renewed")
        _list(session, states, as_json)
        return
    space = remember(session, home, url, username, secret, organizer)
    # What was made for us may be written at once; what was there before is read first.
    asked = [
        (state, purposes, writes if writes is not None else ours)
        for ours, found in ((False, pairs), (True, made))
        for state, purposes in found
    ]
    bindings = setting_up.bind_found(app, chosen, space, asked, actor=session.actor, origin=Origin.COMMAND)
    _tell(session, chosen, bindings, as_json)


def _switch_writing(session: Session, centre: Centre, writes: bool, as_json: bool) -> None:
    app, left = session.application, list[setting_up.Left]()
    if writes:
        home = Syncer(app).home
        changed, left = setting_up.allow_writing(app, centre.id, home, actor=session.actor, origin=Origin.COMMAND)
    else:
        with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
            changed = let_write(uow, centre.id, False, app.now())
    if not changed:
        raise DomainError("centre_not_bound", name=centre.name)
    for each in left:
        session.warn(each.why, name=each.binding.display_name or each.binding.href)
    _tell(session, centre, changed, as_json)


_SECRETS: dict[Path | None, str] = {}


def ask_secret(session: Session, password_file: Path | None) -> str:
    if password_file not in _SECRETS:
        if password_file is not None:
            try:
                _SECRETS[password_file] = password_file.read_text(encoding="utf-8-sig").strip("\r\n")
            except UnicodeDecodeError as error:
                raise DomainError("password_unreadable", file=str(password_file)) from error
        else:
            _SECRETS[None] = click.prompt(session.words("cli.ask_password"), hide_input=True)
    return _SECRETS[password_file]


def _is_known(session: Session, url: str, username: str) -> bool:
    with session.application.storage.unit(write=False) as uow:
        return any((space.url, space.username) == (url, username) for space in uow.spaces.all())


def remember(session: Session, home: DavHome, url: str, username: str, secret: str, organizer: str) -> Space:
    return setting_up.remember(
        session.application, home.account, url=url, username=username, secret=secret, organizer=organizer,
        actor=session.actor, origin=Origin.COMMAND,
    )  # fmt: skip


def _together(
    pairs: list[tuple[CollectionState, tuple[Purpose, ...]]],
) -> list[tuple[CollectionState, tuple[Purpose, ...]]]:
    """A collection that was named several times serves all of its purposes."""
    found: dict[str, tuple[CollectionState, tuple[Purpose, ...]]] = {}
    for state, purposes in pairs:
        before = found[state.href][1] if state.href in found else ()
        found[state.href] = (state, tuple(dict.fromkeys((*before, *purposes))))
    return list(found.values())


def _pair(text: str, states: dict[str, CollectionState]) -> tuple[CollectionState, tuple[Purpose, ...]]:
    """PURPOSE[,PURPOSE]=HREF, where HREF may be the collection's name as people see it."""
    names, _, target = text.partition("=")
    try:
        purposes = tuple(Purpose(name.strip()) for name in names.split(","))
    except ValueError as error:
        raise DomainError("purpose_unknown", text=names, known=", ".join(Purpose)) from error
    kind = kind_of(purposes)
    found = [s for s in states.values() if s.kind is kind and target.strip() in (s.href, s.href.rstrip("/"), s.display_name)]
    if len(found) != 1:
        known = ", ".join(s.href for s in states.values() if s.kind is kind)
        raise DomainError("collection_unknown", text=target, known=known or "–")
    return found[0], purposes


def _created(
    session: Session,
    home: DavHome,
    centre: Centre,
    bound: set[Purpose],
    states: dict[str, CollectionState],
) -> list[tuple[CollectionState, tuple[Purpose, ...]]]:
    """A calendar for each purpose and an address book, made where the centre has none bound yet."""
    wanted = [p for p in setting_up.missing(session.application, centre) if p not in bound]
    with click.progressbar(
        setting_up.make_collections(home, centre, wanted, list(states.values())), length=len(wanted),
        label=session.words("cli.creating"), file=sys.stderr,
    ) as steps:  # fmt: skip
        return [(state, (purpose,)) for state, purpose in steps]


def _asked(session: Session, states: dict[str, CollectionState]) -> list[tuple[CollectionState, tuple[Purpose, ...]]]:
    """Ask, collection by collection, what it is for; an empty answer leaves it alone."""
    pairs = []
    for state in states.values():
        allowed = [p for p in Purpose if kind_of((p,)) is state.kind]
        session.say("ask_purpose", name=state.display_name or state.href, known=", ".join(allowed))
        text = click.prompt(">", default="", show_default=False)
        chosen = tuple(p for p in allowed if p in {part.strip() for part in text.split(",")})
        if chosen:
            pairs.append((state, chosen))
    return pairs


def _list(session: Session, states: dict[str, CollectionState], as_json: bool) -> None:
    if as_json:
        emit({"collections": [
            {"href": s.href, "kind": s.kind, "name": s.display_name, "writable": s.writable} for s in states.values()
        ]})  # fmt: skip
        return
    for state in states.values():
        session.say("collection_found", href=state.href, name=state.display_name or "–", kind=state.kind)
    session.say("choose_collections")


def _tell(session: Session, centre: Centre, bindings: list[Binding], as_json: bool) -> None:
    if as_json:
        emit({"centre": centre.id, "bindings": [
            {"id": b.id, "href": b.href, "purposes": list(b.purposes), "name": b.display_name, "writes": b.writes}
            for b in bindings
        ]})  # fmt: skip
        return
    for binding in bindings:
        session.say("bound", name=binding.display_name or binding.href, purposes=", ".join(binding.purposes))
    session.say("bound_writes" if all(b.writes for b in bindings) else "bound_reads")


@click.command(help=told_help("unbind"))
@centre_argument
@click.option("--purpose", "purposes", multiple=True, type=PURPOSES, help=told_help("unbind_purpose"))
@click.option("--take-out/--leave", "take_out", required=True, help=told_help("unbind_take_out"))
@json_option
@told
def unbind(centre: str, purposes: tuple[str, ...], take_out: bool, as_json: bool) -> None:
    session = new_session()
    syncer = Syncer(session.application)
    with session.application.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
        bindings = [b for b in uow.bindings.all(centre_id=chosen.id) if not purposes or set(purposes) & set(b.purposes)]
    if not bindings:
        raise DomainError("centre_not_bound", name=chosen.name)
    done = []
    for binding in bindings:
        report = syncer.unbind(binding.id, take_out=take_out, actor=session.actor)
        done.append({"href": binding.href, **report.of(binding.href).as_json()})
        if not as_json:
            session.say("unbound", name=binding.display_name or binding.href)
    if as_json:
        emit({"unbound": done})


@click.command(help=told_help("mute"))
@click.option("--off", is_flag=True, help=told_help("mute_off"))
@click.option("--new-instance", "new_instance", is_flag=True, help=told_help("mute_new_instance"))
@json_option
@told
def mute(off: bool, new_instance: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    if new_instance and not off:
        raise DomainError("new_instance_unmutes")
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        spaces = [uow.spaces.save(replace(space, muted=not off)) for space in uow.spaces.all()]
        if off:
            committed = unmute(app, uow, new_instance=new_instance)
            for centre_id in {b.centre_id for b in uow.bindings.all()}:
                mark_centre(uow, centre_id, app.now())
        why = why_muted(app, uow)
    if off:
        committed()
    if as_json:
        emit({"muted": why is not Why.NOT or not off, "why": why, "spaces": [s.id for s in spaces]})
    else:
        session.say("mute_off" if off else "mute_on", count=len(spaces))
        if off and why is not Why.NOT:
            session.warn("muted", why=session.words(f"muted.{why}"))
