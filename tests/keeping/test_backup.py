"""A backup is one whole file, made while the program runs; what is put back is what was there."""

from __future__ import annotations

import json
import os
import secrets
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sidecar.bootstrap import start
from sidecar.config import Config
from sidecar.domain.errors import DomainError
from sidecar.services.backup import back_up, restore
from sidecar.services.running import alone, work_here
from sidecar.storage.archive import Archive, NoArchive
from tests.keeping.everything import everything, without_notice
from tests.twin import Twin, twin

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.system))
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Fresh = Callable[..., Config]


def noon() -> datetime:
    return NOON


def lived_in(folder: Path, config: Config) -> Twin:
    """A world in which something happened: passes, answers, conflicts, a moved outing."""
    config.ensure_data_dir()
    world = twin(folder, url=config.database_url, outings=3)
    world.scene.sync()
    world.edit("SUMMARY:", "SUMMARY:Encore ", "cafe1")
    world.change(title="Écrit par le planning 🙂")
    world.edit("SUMMARY:", "SUMMARY:Dans l'agenda ")
    world.scene.sync()
    with world.scene.board() as uow:
        uow.tokens.issue("api", name="essai")
        uow.settings.set("odd", {"text": 'a "quoted" \\ é\n', "none": None, "number": 1.5})
    return world


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
def test_what_is_put_back_is_what_was_there_from_either_engine_to_either(
    source: str, target: str, fresh: Fresh, tmp_path: Path
) -> None:
    here, there = fresh(source), fresh(target)
    world = lived_in(tmp_path / "world", here)
    file = tmp_path / "all.backup"
    manifest = back_up(world.scene.application.config, file, now=noon, with_key=True)
    assert manifest.rows > 50
    restore(there, file, now=noon)
    assert without_notice(everything(there)) == everything(here)
    notice = json.loads(next(row[1] for row in everything(there)["settings"] if row[0] == "muted"))
    assert notice["why"] == "restored"
    # The program takes it up, passwords included, and counts on from where it was.
    started = start(there)
    with started.storage.unit(write=False) as uow:
        assert uow.spaces.get("space").secret == world.scene.space.secret
        last = max(row[0] for row in everything(here)["audit"])
    with started.storage.unit() as uow:
        uow.tokens.issue("api", name="depuis")
    assert max(row[0] for row in everything(there)["audit"]) > last
    started.storage.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_backup_is_one_moment_although_somebody_writes(engine: str, fresh: Fresh, tmp_path: Path) -> None:
    config = fresh(engine)
    app = start(config)
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with app.storage.unit() as uow:
                uow.settings.set("first", number)
                uow.settings.set("zlast", number)

    with app.storage.unit() as uow:
        uow.settings.set("first", 0)
        uow.settings.set("zlast", 0)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = []
        for _ in range(15):
            back_up(config, tmp_path / "b", now=noon)
            values = {row[0]: row[1] for row in Archive(tmp_path / "b").rows("settings")}
            assert values["first"] == values["zlast"]
            seen.append(values["first"])
    finally:
        over.set()
        writer.join()
        app.storage.close()
    assert len(set(seen)) > 1, "nobody wrote meanwhile"


def test_the_file_is_for_this_user_alone_and_replaces_an_older_backup(fresh: Fresh, tmp_path: Path) -> None:
    config, file = fresh("sqlite"), tmp_path / "nightly"
    start(config).storage.close()
    for _ in range(2):
        back_up(config, file, now=noon)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if not path.is_dir()] == ["nightly"]


def test_the_key_is_inside_only_where_that_was_asked(fresh: Fresh, tmp_path: Path) -> None:
    config = fresh("sqlite")
    start(config).storage.close()
    for with_key in (False, True):
        back_up(config, tmp_path / "b", now=noon, with_key=with_key)
        with zipfile.ZipFile(tmp_path / "b") as archive:
            inside = b"".join(archive.read(name) for name in archive.namelist())
        assert (config.secret_key() in inside) is with_key


def test_what_is_no_backup_is_not_written_over(fresh: Fresh, tmp_path: Path) -> None:
    config = fresh("sqlite")
    start(config).storage.close()
    before = config.secret_key_file.read_bytes()
    with pytest.raises(DomainError) as caught:
        back_up(config, config.secret_key_file, now=noon)
    assert caught.value.code == "backup_in_the_way"
    assert config.secret_key_file.read_bytes() == before


def test_where_there_is_no_database_none_is_made(fresh: Fresh, tmp_path: Path) -> None:
    config = fresh("sqlite")
    config.ensure_data_dir()
    with pytest.raises(DomainError) as caught:
        back_up(config, tmp_path / "b", now=noon)
    assert caught.value.code == "backup_nothing_there"
    assert list(config.data_dir.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_the_backup_of_before(fresh: Fresh, tmp_path: Path) -> None:
    """A bound on the size of files is what a test can set; the system answers as a full disk does."""
    config, folder = fresh("sqlite"), tmp_path / "backups"
    app = start(config)
    with app.storage.unit() as uow:
        uow.settings.set("large", secrets.token_hex(400_000))
    app.storage.close()
    folder.mkdir()
    (folder / "b").write_bytes(_small(fresh, tmp_path).read_bytes())
    before = (folder / "b").read_bytes()
    command = f"ulimit -f 200; exec {sys.executable} -c 'from sidecar.cli import main; main()' backup {folder / 'b'}"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HLM_")}
    environ |= {"HLM_DATA_DIR": str(config.data_dir), "HLM_DATABASE_URL": config.database_url, "HLM_LANGUAGE": "en"}
    run = subprocess.run(["sh", "-c", command], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, "not enough room" in run.stderr) == (4, True), run.stderr
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert (folder / "b").read_bytes() == before


def _small(fresh: Fresh, tmp_path: Path) -> Path:
    config = fresh("sqlite")
    start(config).storage.close()
    back_up(config, tmp_path / "small", now=noon)
    return tmp_path / "small"


def broken(file: Path, how: str) -> None:
    if how == "cut off":
        file.write_bytes(file.read_bytes()[:-200])
    elif how == "no archive":
        file.write_text("bonjour")
    elif how == "of another program":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", '{"product": "something"}')
    else:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        said = json.loads(members["manifest.json"])
        if how == "another row":
            members["tables/settings.jsonl"] = members["tables/settings.jsonl"].replace(b"instance_id", b"instance_ie")
        elif how == "a table missing":
            del members["tables/settings.jsonl"]
        elif how == "newer schema":
            said["schema"] = "9999"
        elif how == "newer format":
            said["format"] = 99
        members["manifest.json"] = json.dumps(said).encode()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("cut off", "backup_unreadable"),
        ("no archive", "backup_unreadable"),
        ("of another program", "backup_unreadable"),
        ("another row", "backup_damaged"),
        ("a table missing", "backup_damaged"),
        ("newer schema", "backup_newer"),
        ("newer format", "backup_newer"),
    ],
)
def test_a_file_that_is_not_whole_or_newer_is_refused_before_anything_changes(
    how: str, code: str, fresh: Fresh, tmp_path: Path
) -> None:
    file, there = _small(fresh, tmp_path), fresh("sqlite")
    app = start(there)
    app.storage.close()
    before = everything(there)
    broken(file, how)
    with pytest.raises(NoArchive) as caught:
        restore(there, file, now=noon, replace=True)
    assert caught.value.code == code
    assert everything(there) == before
    assert list(there.data_dir.glob("replaced*")) == []


def test_a_backup_that_was_damaged_on_the_way_does_not_read(fresh: Fresh, tmp_path: Path) -> None:
    file, there = _small(fresh, tmp_path), fresh("sqlite")
    whole = file.read_bytes()
    for place in range(0, len(whole), 151):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            archive = Archive(file)
            archive.check()
        except NoArchive:
            continue
        # A date or a flag of the container, which says nothing about its members.
        assert {name: list(archive.rows(name)) for name in archive.manifest.tables} == {
            name: list(Archive(_copy(whole, tmp_path)).rows(name)) for name in archive.manifest.tables
        }
    assert not there.data_dir.exists()


def _copy(whole: bytes, tmp_path: Path) -> Path:
    (tmp_path / "whole").write_bytes(whole)
    return tmp_path / "whole"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_with_something_in_it_is_replaced_only_where_that_is_said_and_is_kept(
    engine: str, fresh: Fresh, tmp_path: Path
) -> None:
    file, there, third = _small(fresh, tmp_path), fresh(engine), fresh("sqlite")
    world = lived_in(tmp_path / "world", there)
    world.scene.application.storage.close()
    there = world.scene.application.config
    before = everything(there)
    with pytest.raises(DomainError) as caught:
        restore(there, file, now=noon)
    assert caught.value.code == "restore_not_empty"
    assert everything(there) == before
    done = restore(there, file, now=noon, replace=True)
    assert everything(there)["appointments"] == []
    assert done.aside is not None
    # What was replaced can be put back in its turn.
    restore(third, done.aside, now=noon, forget_passwords=True)
    assert without_notice(everything(third)) == before


def test_a_damaged_database_is_moved_aside_byte_for_byte(fresh: Fresh, tmp_path: Path) -> None:
    file, there = _small(fresh, tmp_path), fresh("sqlite")
    there.ensure_data_dir()
    standing = Path(there.database_url.removeprefix("sqlite:///"))
    standing.write_bytes(b"no database at all" * 1000)
    done = restore(there, file, now=noon, replace=True)
    assert done.aside is not None
    assert done.aside.read_bytes() == b"no database at all" * 1000
    assert everything(there)["settings"] != []


def test_while_the_program_runs_nothing_is_put_back(fresh: Fresh, tmp_path: Path) -> None:
    file, there = _small(fresh, tmp_path), fresh("sqlite")
    script = "import sys,pathlib; from sidecar.services.running import work_here; work_here(pathlib.Path(sys.argv[1]));"
    script += "print('at work', flush=True); sys.stdin.read()"
    at_work = subprocess.Popen(
        [sys.executable, "-c", script, str(there.data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert at_work.stdout is not None
        assert at_work.stdout.readline().strip() == "at work"
        with pytest.raises(DomainError) as caught:
            restore(there, file, now=noon)
        assert caught.value.code == "still_running"
    finally:
        at_work.communicate()
    restore(there, file, now=noon)


@pytest.mark.system
def test_a_second_machine_on_the_same_postgresql_counts_as_running(fresh: Fresh, tmp_path: Path) -> None:
    file, there = _small(fresh, tmp_path), fresh("postgresql")
    other = start(there)
    with pytest.raises(DomainError) as caught:
        restore(there, file, now=noon, replace=True)
    assert caught.value.code == "still_running"
    other.storage.close()
    restore(there, file, now=noon, replace=True)


def test_nothing_starts_while_a_backup_is_put_back(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(DomainError) as caught:
        work_here(tmp_path)
    assert caught.value.code == "being_restored"


def test_another_key_is_told_before_anything_is_replaced(fresh: Fresh, tmp_path: Path) -> None:
    world = lived_in(tmp_path / "world", fresh("sqlite"))
    file, there = tmp_path / "b", fresh("sqlite")
    back_up(world.scene.application.config, file, now=noon)
    app = start(there)
    app.storage.close()
    before = everything(there)
    with pytest.raises(DomainError) as caught:
        restore(there, file, now=noon, replace=True)
    assert caught.value.code == "restore_other_key"
    assert everything(there) == before
    assert list(there.data_dir.glob("replaced*")) == []
    restore(there, file, now=noon, replace=True, forget_passwords=True)
    with start(there).storage.unit(write=False) as uow:
        assert uow.spaces.get("space").secret == ""


@pytest.mark.system
def test_tables_of_another_program_in_the_same_database_stay(fresh: Fresh, tmp_path: Path) -> None:
    file, there = _small(fresh, tmp_path), fresh("postgresql")
    app = start(there)
    with app.storage.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebody_elses (id integer PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO somebody_elses VALUES (7)")
    app.storage.close()
    done = restore(there, file, now=noon, replace=True)
    assert done.aside is not None
    assert "somebody_elses" not in Archive(done.aside).manifest.tables
    with app.storage.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM somebody_elses").scalar() == 7
    app.storage.close()


KILLED = """
import os, pathlib, signal, sys
import sqlalchemy as sa
from datetime import UTC, datetime
from sidecar.config import Config
from sidecar.services.backup import restore
seen, at = 0, int(sys.argv[3])
def count(*_):
    global seen
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(sa.Engine, "before_cursor_execute", count)
sa.event.listen(sa.Engine, "commit", count)
folder = pathlib.Path(sys.argv[1])
config = Config(data_dir=folder, database_url=f"sqlite:///{folder / 'rota.db'}", secret_key_file=folder / "secret.key")
restore(config, pathlib.Path(sys.argv[2]), now=lambda: datetime(2026, 3, 2, tzinfo=UTC), replace=True, forget_passwords=True)
print(seen)
"""


def test_a_restore_that_is_killed_anywhere_leaves_what_stood_there(fresh: Fresh, tmp_path: Path) -> None:
    world = lived_in(tmp_path / "world", fresh("sqlite"))
    back_up(world.scene.application.config, tmp_path / "b", now=noon)
    there = fresh("sqlite")
    app = start(there)
    with app.storage.unit() as uow:
        uow.settings.set("stood", "here")
    app.storage.close()
    before = everything(there)

    def run(at: int) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", KILLED, str(there.data_dir), str(tmp_path / "b"), str(at)]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    for at in (60, 120, 150, 180):
        run_ = run(at)
        if run_.returncode == 0:
            pytest.fail(f"it was over before statement {at}: {run_.stdout}")
        assert run_.returncode == -9, run_.stderr
        assert everything(there) == before
    over = run(10**9)
    assert over.returncode == 0, over.stderr
    # The very last moment before the commit counts too.
    assert everything(there)["appointments"] != []
