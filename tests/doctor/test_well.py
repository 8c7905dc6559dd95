"""Where nothing is wrong nothing is blamed, and servers are asked little."""

from __future__ import annotations

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.errors import DomainError
from sidecar.services.doctor import Level
from sidecar.services.syncing import Syncer
from tests.doctor.ward import Ward, blamed, broke, of
from tests.editor import find_collections
from tests.servers import Served


def test_all_is_well_after_a_pass_and_only_what_cannot_be_told_is_unknown(healthy: Ward) -> None:
    app = healthy.application()
    report = Syncer(app).sync("space")
    app.storage.close()
    assert report.ok
    found = healthy.look()
    assert blamed(found) == set()
    assert broke(found) == []
    assert found.first is None
    unknown = {r.check for r in found.at(Level.UNKNOWN)}
    # Radicale does not say whom a calendar is shared with; the rest is Nextcloud's.
    assert unknown == {"sharing", "outgoing_mail", "background_jobs", "group_sharing", "webhooks"}


def test_a_server_is_asked_three_times_whatever_is_bound_there(healthy: Ward, radicale: Served) -> None:
    before = len(radicale.log)
    found = healthy.look()
    assert [seen.method for seen in radicale.log[before:]] == ["PROPFIND", "OPTIONS", "PROPFIND"]
    assert found.requests == 3


def test_every_part_says_that_it_is_well(healthy: Ward) -> None:
    found = healthy.look()
    well = {r.check for r in found.at(Level.OK)}
    assert well >= {
        "folder", "disk", "key", "workers", "database", "passwords", "time_zones", "connected", "purposes", "muted",
        "server", "account", "kind", "speed", "clock", "last_pass", "scheduling", "collection", "rights",
    }  # fmt: skip
    assert len(of(found, "collection")) == len(of(found, "rights")) == 3
    assert of(found, "kind")[0].gaps == {"name": "radicale"}


def test_looking_changes_nothing_in_the_folder_and_on_the_server(healthy: Ward, radicale: Served) -> None:
    files = {p.name: p.read_bytes() for p in healthy.config.data_dir.glob("*") if p.suffix in (".db", ".key")}
    healthy.look()
    assert {p.name: p.read_bytes() for p in healthy.config.data_dir.glob("*") if p.suffix in (".db", ".key")} == files
    assert list(healthy.config.data_dir.glob(".doctor*")) == []


def test_a_test_event_is_written_read_and_gone_again(healthy: Ward, radicale: Served) -> None:
    before = len(radicale.log)
    found = healthy.look(send=True)
    assert [(r.key, r.gaps) for r in of(found, "sending")] == [("ok", {"name": "supervision – Maurepas"})]
    methods = [seen.method for seen in radicale.log[before:]][3:]
    assert (methods.count("PUT"), methods.count("DELETE")) == (1, 1)
    with healthy.board() as uow:
        space = uow.spaces.get("space")
    app = healthy.application()
    home = Syncer(app).home(space)
    calendars = home.look((CollectionKind.CALENDAR,))
    assert len(find_collections(radicale.url, space.username, space.secret)) == 3
    assert all(not home.collection(c.href, c.kind).listing().changed for c in calendars)
    app.storage.close()


def test_one_centre_can_be_looked_at_alone(healthy: Ward) -> None:
    found = healthy.look(choose=lambda uow: "maurepas")
    assert len(of(found, "collection")) == 3

    def nobody(uow: object) -> str:
        raise DomainError("centre_unknown", name="Cleunay", known="Maurepas")

    with pytest.raises(DomainError):
        healthy.look(choose=nobody)
