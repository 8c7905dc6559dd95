"""All checks in the order in which they rest on each other: machine, database, servers, what is bound, the platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.domain.bindings import Binding
from sidecar.services.doctor import collections, database, embedding, machine, scheduling, server
from sidecar.services.doctor.calls import calls
from sidecar.services.doctor.database import Choose, Facts, Tied
from sidecar.services.doctor.embedding import NEXTCLOUD
from sidecar.services.doctor.mail import mail
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.php_workers import php_workers
from sidecar.services.doctor.results import Level, Result, run, unknown
from sidecar.services.doctor.sending import sending
from sidecar.services.doctor.visit import Visit, visit

OF_SERVERS = frozenset({"server", "account", "speed", "collection", "rights", "scheduling", "sending", "sharing", "mail"})
"""Checks whose problem is that a server does not do what it should."""


@dataclass(frozen=True)
class Examination:
    """Every finding, in an order in which the first problem is the first to solve; ``requests``: what servers were asked."""

    results: tuple[Result, ...]
    requests: int = 0

    def at(self, level: Level) -> tuple[Result, ...]:
        return tuple(r for r in self.results if r.level is level)

    @property
    def first(self) -> Result | None:
        """What to see to first, None where nothing asks for it."""
        return next(iter(self.at(Level.PROBLEM) or self.at(Level.WARNING)), None)

    @property
    def nothing_read(self) -> bool:
        """Whether a problem kept everything from being looked at but this machine."""
        return bool(self.at(Level.PROBLEM)) and any(r.key == "needs_database" for r in self.results)

    @property
    def servers_fail(self) -> bool:
        return any(r.check in OF_SERVERS for r in self.at(Level.PROBLEM))


def examine(
    config: Config, outside: Outside | None = None, *, choose: Choose | None = None, send: bool = False
) -> Examination:
    """Look at everything, or (``choose``) at one centre's servers and collections. Nothing is changed, unless ``send``: then
    one event is written to each server and taken away again.

    Raises what ``choose`` raises (a DomainError for a centre that is not there); whatever else goes wrong is a finding.
    """
    outside = outside or Outside()
    results = _machine(config, outside)
    app: Application | None = None

    def open_database() -> Iterator[Result]:
        nonlocal app
        app, found = database.opened(config, outside, results)
        yield from found

    results += run("database", open_database)
    if app is None:
        return Examination((*results, database.not_read("connected")))
    try:
        return _with_database(app, outside, results, choose, send=send)
    finally:
        app.storage.close()


def _machine(config: Config, outside: Outside) -> list[Result]:
    return [
        *run("folder", lambda: machine.folder(config, outside)),
        *run("disk", lambda: machine.disk(config, outside)),
        *run("key", lambda: machine.key(config)),
        *run("workers", lambda: machine.workers(config)),
    ]


def _with_database(
    app: Application, outside: Outside, results: list[Result], choose: Choose | None, *, send: bool
) -> Examination:
    facts = Facts()

    def read() -> Iterator[Result]:
        nonlocal facts
        facts = database.read_facts(app, choose)
        yield from database.connected(facts)

    if choose is not None:
        with app.storage.unit(write=False) as uow:
            choose(uow)
    connected = run("connected", read)
    key_opens = database.key_opens(app.config)
    results = [
        *results,
        *run("passwords", lambda: database.passwords(facts, key_opens=key_opens)),
        *run("time_zones", lambda: database.time_zones(facts, outside)),
        *connected,
        *run("purposes", lambda: collections.purposes(facts)),
        *run("muted", lambda: database.muted(facts.tied)),
        *run("platform", lambda: embedding.standing_there(app)),
        *run("calls", lambda: calls(app)),
        *run("mail", lambda: mail(app, facts, outside)),
    ]
    requests = 0
    for tied in facts.tied:
        found, asked = _space(app, facts, tied, outside, send=send)
        results += found
        requests += asked
    results += [unknown("server", "locked", url) for url in facts.locked]
    return Examination((*results, *_platform(outside)), requests)


def _space(app: Application, facts: Facts, tied: Tied, outside: Outside, *, send: bool) -> tuple[list[Result], int]:
    seen = Visit(tied=tied)

    def look() -> Iterator[Result]:
        nonlocal seen
        seen = visit(app, tied, outside)
        yield from server.server(seen)

    about = tied.about
    found = [
        *run("server", look, about),
        *run("kind", lambda: server.kind(seen), about),
        *run("speed", lambda: server.speed(seen), about),
        *run("php_workers", lambda: php_workers(seen), about),
        *run("clock", lambda: server.clock(seen), about),
        *run("last_pass", lambda: server.last_pass(seen, outside.now()), about),
        *run("scheduling", lambda: scheduling.scheduling(seen), about),
        *run("groups", lambda: server.groups(seen), about),
    ]
    if send and seen.answered:
        found += run("sending", lambda: sending(app, facts, tied, outside), about)
    if not seen.answered:
        found.append(unknown("collection", "needs_server", about))
    for binding in tied.bindings:
        found += _collection(binding, collections.name_of(binding, facts), seen)
    return found, seen.requests


def _collection(binding: Binding, about: str, seen: Visit) -> list[Result]:
    return [
        *run("collection", lambda: collections.collection(binding, about, seen), about),
        *run("rights", lambda: collections.rights(binding, about, seen), about),
        *run("guard", lambda: collections.guard(binding, about, seen), about),
        *run("entries", lambda: collections.entries(binding, about, seen), about),
        *run("sharing", lambda: collections.sharing(binding, about, seen), about),
    ]


def _platform(outside: Outside) -> list[Result]:
    platform = outside.platform
    if platform is None:
        return run("platform", embedding.without, NEXTCLOUD)
    return [
        *run("outgoing_mail", lambda: embedding.outgoing_mail(platform), NEXTCLOUD),
        *run("background_jobs", lambda: embedding.background_jobs(platform, outside.now()), NEXTCLOUD),
        *run("group_sharing", lambda: embedding.group_sharing(platform), NEXTCLOUD),
        *run("webhooks", lambda: embedding.webhooks(platform, outside.now()), NEXTCLOUD),
    ]
