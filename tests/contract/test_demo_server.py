"""The demonstration's server: who sees what, from which address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.dav import DavHome, connect
from calendars.errors import Forbidden, NotThere, Unauthorised
from sidecar.demo_server import (
    COORDINATOR,
    SERVICE,
    VOLUNTEER,
    DemoServerError,
    LoopbackServer,
    share,
    start_child,
    start_demo_server,
)
from tests.contract.sides import ADDRESSBOOK, CALENDAR, card, event

PASSWORDS = {SERVICE: "s-é-1", COORDINATOR: "c-2", VOLUNTEER: "v-3"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackServer]:
    server = start_demo_server(tmp_path_factory.mktemp("demo"), PASSWORDS)
    service = home(server, SERVICE)
    service.create_collection(CALENDAR, "sorties", "Sorties")
    service.create_collection(CALENDAR, "supervision", "Supervision")
    service.create_collection(ADDRESSBOOK, "contacts", "Contacts")
    service.collection("/service/sorties/", CALENDAR).create("/service/sorties/a.ics", event("demo-a"))
    service.collection("/service/contacts/", ADDRESSBOOK).create("/service/contacts/a.vcf", card("demo-card"))
    yield server
    server.stop()
    assert server.process.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def home(server: LoopbackServer, user: str) -> DavHome:
    return connect(server.url, user, PASSWORDS[user])


def test_a_coordinator_writes_the_rota_and_the_contacts_by_their_address(demo: LoopbackServer) -> None:
    rota = home(demo, COORDINATOR).collection("/service/sorties/", CALENDAR)
    rota.create("/service/sorties/by-coordinator.ics", event("by-coordinator"))
    rota.delete("/service/sorties/by-coordinator.ics", rota.listing().changed["/service/sorties/by-coordinator.ics"])
    contacts = home(demo, COORDINATOR).collection("/service/contacts/", ADDRESSBOOK)
    assert set(contacts.listing().changed) == {"/service/contacts/a.vcf"}


def test_a_volunteer_reads_the_rota_and_writes_nothing(demo: LoopbackServer) -> None:
    rota = home(demo, VOLUNTEER).collection("/service/sorties/", CALENDAR)
    listed = rota.listing().changed
    assert set(listed) == {"/service/sorties/a.ics"}
    with pytest.raises(Forbidden):
        rota.create("/service/sorties/by-volunteer.ics", event("by-volunteer"))
    with pytest.raises(Forbidden):
        rota.delete("/service/sorties/a.ics", listed["/service/sorties/a.ics"])


@pytest.mark.parametrize(
    ("user", "href", "kind"),
    [
        (COORDINATOR, "/service/supervision/", CALENDAR),
        (VOLUNTEER, "/service/supervision/", CALENDAR),
        (VOLUNTEER, "/service/contacts/", ADDRESSBOOK),
    ],
)
def test_supervision_and_contacts_stay_with_whom_they_belong(demo: LoopbackServer, user, href, kind) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((Forbidden, NotThere)):
        home(demo, user).collection(href, kind).listing()


def test_nobody_comes_in_without_the_password(demo: LoopbackServer) -> None:
    with pytest.raises(Unauthorised):
        connect(demo.url, SERVICE, "guess")


def test_a_shared_calendar_is_found_by_a_phone_that_knows_the_bare_address(demo: LoopbackServer) -> None:
    assert not home(demo, COORDINATOR).look({CALENDAR})
    theirs = share(demo, PASSWORDS, "/service/sorties/", COORDINATOR, write=True)
    readers = share(demo, PASSWORDS, "/service/sorties/", VOLUNTEER, write=False)
    (seen,) = home(demo, COORDINATOR).look({CALENDAR})
    assert (seen.href, seen.writable, seen.display_name) == (theirs, True, "Sorties")
    home(demo, COORDINATOR).collection(theirs, CALENDAR).create(theirs + "phone.ics", event("from-the-phone"))
    assert "/service/sorties/phone.ics" in home(demo, SERVICE).collection("/service/sorties/", CALENDAR).listing().changed
    (read_only,) = home(demo, VOLUNTEER).look({CALENDAR})
    assert (read_only.href, read_only.writable) == (readers, False)
    with pytest.raises(Forbidden):
        home(demo, VOLUNTEER).collection(readers, CALENDAR).create(readers + "no.ics", event("no"))


def test_what_cannot_be_shared_says_why(demo: LoopbackServer) -> None:
    with pytest.raises(DemoServerError, match="/service/nowhere/ could not be shared"):
        share(demo, PASSWORDS, "/service/nowhere/", VOLUNTEER, write=False)


def test_a_server_that_does_not_start_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(DemoServerError, match="no such thing"):
        start_child(lambda _: ["sh", "-c", "echo no such thing; exit 3"], log=tmp_path / "log", patience=5)


def test_every_person_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="volunteer"):
        start_demo_server(tmp_path, {SERVICE: "a", COORDINATOR: "b"})
