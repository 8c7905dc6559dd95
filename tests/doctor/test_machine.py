"""What can be wrong on this machine: each is named, and nothing else is."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from sidecar.config import Config
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor import Level, Outside, examine
from sidecar.services.muting import MUTED_KEY
from sidecar.storage import Storage, StorageError
from tests.doctor.ward import CENTRE, Ward, blamed, broke, now, of, passed, ward

GIB = 2**30


@dataclass
class Volume:
    f_frsize: int = 4096
    f_bavail: int = GIB
    f_files: int = 1000
    f_favail: int = 500


def sql(ward: Ward, statement: str) -> None:
    connection = sqlite3.connect(ward.config.data_dir / "rota.db")
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("volume", "named"),
    [
        (Volume(f_bavail=100), {"disk.full"}),
        (Volume(f_bavail=100 * 256), {"disk.low"}),
        (Volume(f_favail=0), {"disk.no_files"}),
        # Volumes that count no files (btrfs) say 0 of 0.
        (Volume(f_files=0, f_favail=0), set()),
    ],
)
def test_a_full_disk_is_named(healthy: Ward, volume: Volume, named: set[str]) -> None:
    healthy.set(volume=lambda path: volume)
    assert blamed(healthy.look()) == named


@pytest.mark.parametrize("code", ["storage_full", "storage_disk_trouble"])
def test_a_full_disk_is_named_once_whatever_fails_because_of_it(
    healthy: Ward, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """As a full volume of its own makes it: no file can be written, and SQLite cannot open what it needs beside its own."""

    def no_room(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fails(storage: Storage) -> None:
        raise StorageError(code, reason="disk I/O error")

    healthy.set(volume=lambda path: Volume(f_bavail=0), touch=no_room)
    monkeypatch.setattr(Storage, "check", fails)
    found = healthy.look()
    assert blamed(found) == {"disk.full"}
    assert [r.key for r in of(found, "folder") + of(found, "database")] == ["no_room", "needs_machine"]
    assert found.nothing_read
    # With room on the disk it is the database's own trouble.
    healthy.outside = Outside(now=now, volume=lambda path: Volume())
    assert blamed(healthy.look()) == {"database.trouble"}


def test_a_folder_of_somebody_else_is_named_once(healthy: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    def fails(storage: Storage) -> None:
        raise StorageError("storage_cannot_open", reason="unable to open database file")

    healthy.set(touch=refuses)
    monkeypatch.setattr(Storage, "check", fails)
    assert blamed(healthy.look()) == {"folder.not_writable"}


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    found = examine(Config(data_dir=file, database_url=f"sqlite:///{tmp_path}/x.db", secret_key_file=tmp_path / "key"))
    assert blamed(found) == {"folder.no_folder", "database.not_yet"}


def test_a_key_that_everybody_can_read_is_named(healthy: Ward) -> None:
    healthy.config.secret_key_file.chmod(0o644)
    found = healthy.look()
    assert blamed(found) == {"key.open_to_all"}
    assert of(found, "key")[0].gaps["mode"] == "0644"
    healthy.config.secret_key_file.chmod(0o640)
    assert blamed(healthy.look()) == {"key.open_to_group"}


def test_another_key_than_the_one_that_closed_the_passwords_is_named_at_the_server(healthy: Ward) -> None:
    healthy.config.secret_key_file.unlink()
    healthy.config.secret_key()
    found = healthy.look()
    assert blamed(found) == {"passwords.other_key"}
    assert of(found, "passwords")[0].about == healthy.url
    assert [r.key for r in of(found, "server")] == ["locked"]


def test_a_key_that_is_gone_is_named_once(healthy: Ward) -> None:
    healthy.config.secret_key_file.unlink()
    assert blamed(healthy.look()) == {"key.missing"}
    assert not healthy.config.secret_key_file.exists()


def test_a_file_that_is_no_key_is_named(healthy: Ward) -> None:
    healthy.config.secret_key_file.write_text("hello")
    assert blamed(healthy.look()) == {"key.unsound"}


def test_more_processes_than_sqlite_bears_are_named(healthy: Ward) -> None:
    healthy.config = replace(healthy.config, workers=3)
    assert blamed(healthy.look()) == {"workers.too_many"}


def test_a_database_of_a_newer_program_is_named_and_nothing_else_is_looked_at(healthy: Ward) -> None:
    sql(healthy, "UPDATE alembic_version SET version_num = '9999'")
    found = healthy.look()
    assert blamed(found) == {"database.newer"}
    assert of(found, "server") == []
    assert found.requests == 0


def test_a_database_of_an_older_program_is_named_and_not_migrated(healthy: Ward) -> None:
    sql(healthy, "UPDATE alembic_version SET version_num = '0001'")
    assert blamed(healthy.look()) == {"database.behind"}
    assert blamed(healthy.look()) == {"database.behind"}


def test_a_file_that_is_no_database_is_named(healthy: Ward) -> None:
    (healthy.config.data_dir / "rota.db").write_bytes(b"a letter to the mayor" * 400)
    found = healthy.look()
    assert blamed(found) == {"database.trouble"}
    assert [r.level for r in of(found, "connected")] == [Level.UNKNOWN]


def test_on_a_new_machine_nothing_is_made_and_the_first_step_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    config = Config(data_dir=folder, database_url=f"sqlite:///{folder}/x.db", secret_key_file=folder / "key")
    found = examine(config, Outside(now=now))
    assert blamed(found) == {"folder.not_yet", "database.not_yet"}
    assert not folder.exists()
    folder.mkdir()
    assert blamed(examine(config, Outside(now=now))) == {"database.not_yet"}
    assert list(folder.iterdir()) == []


def test_a_folder_that_takes_no_files_is_named() -> None:
    # Not even root may write there.
    folder = Path("/proc")
    config = Config(data_dir=folder, database_url="sqlite:////nowhere/x.db", secret_key_file=folder / "key")
    found = examine(config, Outside(now=now, volume=lambda path: Volume()))
    assert "folder.not_writable" in blamed(found)


def test_a_time_zone_that_nobody_knows_is_named_with_its_centre(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.centres.save(replace(uow.centres.get(CENTRE.id), timezone="Europe/Rennes"))
    found = healthy.look()
    assert blamed(found) == {"time_zones.not_known"}
    assert of(found, "time_zones")[0].gaps == {"centre": "Maurepas", "zone": "Europe/Rennes"}


def test_a_machine_without_any_time_zone_is_named(healthy: Ward) -> None:
    def none(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    healthy.set(zone=none)
    assert blamed(healthy.look()) == {"time_zones.no_data"}


def test_nothing_connected_is_named(tmp_path: Path) -> None:
    assert blamed(ward(tmp_path, None).look()) == {"connected.nothing"}


def test_muting_is_named_with_its_reason(healthy: Ward) -> None:
    healthy.config = replace(healthy.config, muted=True)
    found = healthy.look(send=True)
    assert blamed(found) == {"muted.is_muted"}
    assert [r.key for r in of(found, "sending")] == ["is_muted"]
    assert found.at(Level.PROBLEM) == ()


def test_a_space_that_somebody_muted_is_named(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    assert blamed(healthy.look()) == {"muted.is_muted"}


def test_a_backup_that_was_put_back_is_a_problem(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.settings.set(MUTED_KEY, {"why": "restored", "at": now().isoformat()})
    found = healthy.look()
    assert [r.check for r in found.at(Level.PROBLEM)] == ["muted"]


@pytest.mark.parametrize(
    ("ago", "named"),
    [(timedelta(hours=5), set()), (timedelta(days=3), {"last_pass.long_ago"})],
)
def test_a_last_pass_long_ago_is_named(healthy: Ward, ago: timedelta, named: set[str]) -> None:
    with healthy.board() as uow:
        uow.runs.keep("space", 0)
        passed(uow, ago)
    assert blamed(healthy.look()) == named


def test_that_there_was_no_pass_at_all_is_named(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.runs.keep("space", 0)
    assert blamed(healthy.look()) == {"last_pass.never"}


def test_what_stopped_the_last_pass_is_named_where_the_server_answers_now(healthy: Ward) -> None:
    with healthy.board() as uow:
        passed(uow, timedelta(seconds=10), error="No answer", error_kind="Unreachable")
    assert blamed(healthy.look()) == {"last_pass.failed"}


def test_a_check_that_breaks_stops_no_other_and_says_so(healthy: Ward) -> None:
    def breaks(path: str) -> Volume:
        raise RuntimeError("no such thing")

    healthy.set(volume=breaks)
    found = healthy.look()
    assert [(r.check, r.level, r.gaps) for r in broke(found)] == [("disk", Level.UNKNOWN, {"kind": "RuntimeError"})]
    assert blamed(found) == set()
    assert of(found, "rights")


@pytest.mark.parametrize(
    ("purposes", "named"),
    [
        ((Purpose.OUTINGS, Purpose.TRAINING), set()),
        ((Purpose.OUTINGS, Purpose.SUPERVISION), {"purposes.supervision_with_others"}),
        ((Purpose.OUTINGS, Purpose.CONTACTS), {"purposes.cards_and_events"}),
    ],
)
def test_purposes_that_exclude_each_other_are_named(tmp_path: Path, purposes: tuple[Purpose, ...], named: set[str]) -> None:
    found = ward(tmp_path, None, collections={"/c/": purposes}).look()
    assert blamed(found) - {"account.withheld"} == named


def test_a_purpose_twice_and_a_collection_of_two_centres_are_named(tmp_path: Path) -> None:
    made = ward(tmp_path, None, collections={"/a/": (Purpose.OUTINGS,), "/b/": (Purpose.OUTINGS,)})
    assert "purposes.twice" in blamed(made.look())
    with made.board() as uow:
        other = uow.centres.add(replace(CENTRE, id="cleunay", name="Cleunay"))
        first = uow.bindings.all()[0]
        uow.bindings.add(replace(first, id="again", centre_id=other.id))
    named = {r.key for r in of(made.look(choose=lambda uow: "cleunay"), "purposes")}
    assert named == {"two_centres"}
