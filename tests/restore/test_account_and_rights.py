"""An account goes, its rights shrink, a calendar is renamed: that is told, nothing is lost, it goes on when it is back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import requests

from calendars.dav import connect
from calendars.sync.memory_server import READ, READ_WRITE, MemoryServer
from calendars.sync.ports import CollectionKind
from sidecar.demo_server import SERVICE, share
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.services.overview import links
from tests.scene import Scene, build
from tests.servers import Served
from tests.twin import Twin, twin


@pytest.fixture
def shared(tmp_path: Path) -> Twin:
    """Somebody else's calendar, shared with our account."""
    server = MemoryServer()
    calendar = server.add_collection("boss", CollectionKind.CALENDAR, "team", "Team", grants={"service": READ_WRITE})
    world = twin(tmp_path, server=server, collections={Purpose.OUTINGS: calendar}, outings=2)
    assert world.scene.sync().ok
    return world


def state(scene: Scene) -> str:
    with scene.reading() as uow:
        (link,) = links(uow, "maurepas", scene.clock())
    return link.state


def test_rights_that_shrink_to_reading_hold_what_waits_and_say_so(shared: Twin) -> None:
    shared.server.grant(shared.calendar, "service", READ)
    shared.change(title="Le Café d'hiver")
    seen = len(shared.writes())
    for _ in range(2):
        report = shared.scene.sync()
        assert report.of(shared.calendar).read_only
        assert not report.ok
    assert shared.writes()[seen:] == []
    assert shared.conflicts() == []
    assert state(shared.scene) == "paused"


def test_reading_goes_on_while_writing_may_not(shared: Twin) -> None:
    shared.server.grant(shared.calendar, "service", READ)
    shared.change(title="Le Café d'hiver")
    href = shared.scene.href_of()
    shared.server.put("boss", href, shared.text().replace("LOCATION:", "LOCATION:Rue "))
    shared.scene.sync()
    place = shared.scene.appointment().place
    assert place is not None and place.name.startswith("Rue ")


def test_what_waited_goes_out_once_when_writing_may_go_on(shared: Twin) -> None:
    shared.server.grant(shared.calendar, "service", READ)
    shared.change(title="Le Café d'hiver")
    shared.scene.sync()
    shared.server.grant(shared.calendar, "service", READ_WRITE)
    seen = len(shared.writes())
    assert shared.scene.sync().ok
    assert "SUMMARY:Le Café d'hiver" in shared.text()
    shared.scene.sync()
    assert [href for _, href, _ in shared.writes()[seen:]] == [shared.scene.href_of()]
    assert state(shared.scene) == "up_to_date"


def test_a_share_that_is_taken_away_cancels_nothing_and_comes_back(shared: Twin) -> None:
    shared.server.grant(shared.calendar, "service", ())
    assert shared.scene.sync().of(shared.calendar).guarded == "gone"
    shared.change(title="Le Café d'hiver")
    shared.scene.sync()
    assert shared.scene.appointment("cafe1").state is AppointmentState.PUBLISHED
    shared.server.grant(shared.calendar, "service", READ_WRITE)
    assert shared.scene.sync().ok
    assert "SUMMARY:Le Café d'hiver" in shared.text()
    assert len(shared.texts()) == 2


def test_a_calendar_that_is_renamed_is_called_by_its_new_name(tmp_path: Path) -> None:
    server = MemoryServer()
    world = twin(tmp_path, server=server, purposes=(Purpose.OUTINGS,))
    world.scene.sync()
    server.rename(world.calendar, "Sorties du quartier")
    assert world.scene.sync().ok
    with world.scene.reading() as uow:
        assert [b.display_name for b in uow.bindings.all()] == ["Sorties du quartier"]


def on(served: Served, folder: Path, calendar: str = "") -> tuple[Scene, str]:
    """Our side with an account of its own; ``calendar``: one of the service account's, shared with it under that name."""
    user, password = served.new_user()
    collections = {}
    if calendar:
        owner = connect(served.url, SERVICE, served.password(SERVICE))
        made = owner.create_collection(CollectionKind.CALENDAR, calendar, "Sorties")
        passwords = {SERVICE: served.password(SERVICE), user: password}
        collections[Purpose.OUTINGS] = share(served.child, passwords, made.href, user, write=True)
    home = connect(served.url, user, password)
    scene = build(folder, lambda space: home, purposes=(Purpose.OUTINGS,), collections=collections)
    assert scene.sync().ok
    return scene, user


def may(served: Served, user: str, calendar: str, permissions: str) -> None:
    """What the service account lets another do with its calendar."""
    share = {"PathMapped": f"/{SERVICE}/{calendar}/", "PathOrToken": f"/{user}/{calendar}/", "User": user}
    where, login = f"{served.child.url}.sharing/v1/map/update", (SERVICE, served.password(SERVICE))
    answer = requests.post(where, json=share | {"Permissions": permissions}, auth=login, timeout=10)
    assert answer.json()["Status"] == "success", answer.text


def retitle(scene: Scene, title: str) -> None:
    with scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), title=title))


def text(scene: Scene) -> str:
    home = scene.syncer.home(scene.space)
    (found,) = home.collection(scene.collections[Purpose.OUTINGS], CollectionKind.CALENDAR).fetch([scene.href_of()])
    return found.text


def test_radicale_shows_that_only_reading_is_left_and_later_takes_what_waited(radicale: Served, tmp_path: Path) -> None:
    scene, user = on(radicale, tmp_path, "shrinking")
    may(radicale, user, "shrinking", "r")
    retitle(scene, "Le Café d'hiver")
    report = scene.sync()
    assert report.of(scene.collections[Purpose.OUTINGS]).read_only
    assert (report.error, report.totals["refused"]) == ("", 0)
    assert "hiver" not in text(scene)
    may(radicale, user, "shrinking", "rw")
    assert scene.sync().ok
    assert "SUMMARY:Le Café d'hiver" in text(scene)


def test_an_account_that_was_removed_loses_nothing_and_goes_on_when_it_is_back(radicale: Served, tmp_path: Path) -> None:
    scene, user = on(radicale, tmp_path)
    lines = radicale.users.read_text(encoding="utf-8")
    radicale.users.write_text("".join(x for x in lines.splitlines(True) if not x.startswith(f"{user}:")), encoding="utf-8")
    try:
        retitle(scene, "Le Café d'hiver")
        report = scene.sync()
        assert (report.ok, report.error_kind) == (False, "Unauthorised")
        assert state(scene) == "no_link_since"
        assert scene.sync().error_kind == "Unauthorised"
    finally:
        radicale.users.write_text(lines, encoding="utf-8")
    assert scene.appointment().state is AppointmentState.PUBLISHED
    assert scene.sync().ok
    assert "SUMMARY:Le Café d'hiver" in text(scene)
