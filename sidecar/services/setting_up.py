"""Setting up a centre: what an account holds, what may serve for what, making what is missing, with whom it is shared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from calendars.contentlines import parse, unescape_text
from calendars.dav import Account
from calendars.sync.ports import CollectionKind, CollectionState, Home
from sidecar.bootstrap import Application
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError
from sidecar.i18n import translator
from sidecar.services.binding import bind, connect_space, kind_of, let_write
from sidecar.services.sync.claims import plain
from sidecar.services.sync.desk import ACCOUNT_KEY


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A collection as somebody who sets up sees it.

    ``purposes``: what it serves in this centre already. ``elsewhere``: the name of another centre that it is bound to.
    ``may``: what it can serve at all. ``unheard``: see ``unheard``.
    """

    state: CollectionState
    purposes: tuple[Purpose, ...]
    elsewhere: str
    may: tuple[Purpose, ...]
    writes: bool
    unheard: bool = False

    @property
    def owner(self) -> str:
        """Whose it is, as the server calls them."""
        return _last(unquote(self.state.owner or ""))


@dataclass(frozen=True)
class Left:
    """A collection that stays read-only, and why: ``left_to_read`` or ``left_to_owner`` of the catalogues."""

    binding: Binding
    why: str


def unheard(space: Space, state: CollectionState) -> bool:
    """Whether an outing in this calendar would lose its answers and its moves: it is another account's, and the server
    schedules. Answers are delivered into calendars of the organizer's own (RFC 6638 section 3.2.2), and whoever moves the
    event there is no organizer, so that nobody is told. Measured on Nextcloud 32.0.1."""
    return space.schedules is True and state.kind is CollectionKind.CALENDAR and not state.own


def remember(
    app: Application, account: Account, *, url: str, username: str, secret: str, organizer: str, actor: str, origin: Origin
) -> Space:
    """Keep an account that has answered, or renew what is known of it; ``organizer`` "" takes the account's own address."""
    mails = [a.split(":", 1)[1] for a in account.addresses if a.lower().startswith("mailto:")]
    address = mails[0] if mails else username if "@" in username else ""
    with app.storage.unit(actor=actor, origin=origin) as uow:
        space = connect_space(
            uow,
            url=url,
            username=username,
            secret=secret,
            organizer=organizer,
            schedules=account.schedules,
            new_id=app.new_id,
            address=address,
        )
        uow.settings.set(ACCOUNT_KEY.format(space=space.id), account.as_json())
    return space


def offers(app: Application, centre: Centre, space: Space, home: Home) -> list[Offer]:
    """Everything that the account holds, by name; asks the server once a home."""
    states = home.look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK))
    with app.storage.unit(write=False) as uow:
        bound = {b.href: b for b in uow.bindings.all(space_id=space.id)}
        names = {c.id: c.name for c in uow.centres.all()}
    found = []
    for state in states:
        binding = bound.get(state.href)
        ours = binding is not None and binding.centre_id == centre.id
        found.append(
            Offer(
                state=state,
                purposes=binding.purposes if binding is not None and ours else (),
                elsewhere=names[binding.centre_id] if binding is not None and not ours else "",
                may=tuple(p for p in Purpose if kind_of((p,)) is state.kind),
                writes=ours and binding is not None and binding.writes,
                unheard=unheard(space, state),
            )
        )
    return sorted(found, key=lambda o: (o.state.kind, o.state.display_name.casefold(), o.state.href))


def missing(app: Application, centre: Centre) -> list[Purpose]:
    """The purposes that no collection of the centre serves yet."""
    with app.storage.unit(write=False) as uow:
        served = {p for b in uow.bindings.all(centre_id=centre.id) for p in b.purposes}
    return [p for p in Purpose if p not in served]


def make_collections(
    home: Home, centre: Centre, purposes: Iterable[Purpose], states: Sequence[CollectionState]
) -> Iterator[tuple[CollectionState, Purpose]]:
    """A calendar for each purpose, or an address book, one after the other; what a try before made is found again.

    ``states`` is what the home's last look showed. An address that lies in the server's trash bin is taken: the next one.
    """
    words = translator(centre.language)
    for purpose in purposes:
        kind = kind_of((purpose,))
        name = f"{plain(centre.name).replace(' ', '-')}-{purpose}"
        title = f"{words(f'cli.collection.{purpose}')} – {centre.name}"
        there = next((s for s in states if re.fullmatch(rf"{re.escape(name)}(-\d+)?", _last(s.href))), None)
        yield there or home.create_collection(kind, _free(name, home.binned), title), purpose


def _free(name: str, taken: Iterable[str]) -> str:
    ends = set(map(_last, taken))
    return next(each for each in (name, *(f"{name}-{n}" for n in range(2, len(ends) + 2))) if each not in ends)


def _last(href: str) -> str:
    return href.rstrip("/").rpartition("/")[2]


def bind_found(
    app: Application,
    centre: Centre,
    space: Space,
    found: Iterable[tuple[CollectionState, tuple[Purpose, ...], bool]],
    *,
    actor: str,
    origin: Origin,
) -> list[Binding]:
    """Bind these collections, all or none of them: state, purposes, whether to write from the beginning.

    Raises DomainError where one may only be read, or would be ``unheard``, and is to be written, and what ``bind`` raises.
    """
    with app.storage.unit(actor=actor, origin=origin) as uow:
        return [
            bind(
                uow,
                space=space,
                centre_id=centre.id,
                href=state.href,
                purposes=purposes,
                display_name=state.display_name,
                writes=_may_write(space, state, writes),
                now=app.now(),
                new_id=app.new_id,
            )
            for state, purposes, writes in found
        ]


def allow_writing(
    app: Application, centre_id: str, home: Callable[[Space], Home], *, actor: str, origin: Origin
) -> tuple[list[Binding], list[Left]]:
    """Let everything of a centre be written that the accounts may write: what is, and what was left out.

    Asks each server. Raises CalendarsError where one does not answer, and DomainError where nothing at all may be written;
    then nothing has changed.
    """
    with app.storage.unit(write=False) as uow:
        bindings = uow.bindings.all(centre_id=centre_id)
        spaces = [uow.spaces.get(space_id) for space_id in sorted({b.space_id for b in bindings})]
    closed: dict[str, str] = {}
    for space in spaces:
        for state in home(space).look(tuple(CollectionKind)):
            if not state.writable:
                closed[state.href] = "left_to_read"
            elif unheard(space, state):
                closed[state.href] = "left_to_owner"
    left = [Left(b, closed[b.href]) for b in bindings if b.href in closed]
    if bindings and len(left) == len(bindings):
        read = all(each.why == "left_to_read" for each in left)
        code = "nothing_writable" if read else "nothing_heard"
        raise DomainError(code, names=tuple(each.binding.display_name or each.binding.href for each in left))
    with app.storage.unit(actor=actor, origin=origin) as uow:
        return let_write(uow, centre_id, True, app.now(), but=set(closed)), left


def _may_write(space: Space, state: CollectionState, asked: bool) -> bool:
    if asked and not state.writable:
        raise DomainError("collection_read_only", name=state.display_name or state.href)
    if asked and unheard(space, state):
        raise DomainError("collection_unheard", name=state.display_name or state.href)
    return asked


def title_of(text: str, href: str) -> str:
    """What a person would call this entry: its SUMMARY or FN, else the end of its address."""
    for outer in parse(text).components():
        for part in (outer, *outer.components("VEVENT", "VTODO")):
            named = part.first("SUMMARY") or part.first("FN")
            if named is not None:
                return unescape_text(named.value)
    return href.rstrip("/").rpartition("/")[2]
