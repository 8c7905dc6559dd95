"""The doctor on PostgreSQL: the same examination; a database that is not there or not ours is blamed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sidecar import keys
from sidecar.bootstrap import start
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor import Level
from tests.doctor.ward import Ward, account_at, blamed, broke, of, ward
from tests.storage import postgres
from tests.storage.conftest import require_system

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def running() -> Iterator[postgres.Cluster]:
    require_system("PostgreSQL", postgres.binaries())
    with postgres.cluster() as cluster:
        yield cluster


@pytest.fixture
def there(running: postgres.Cluster, tmp_path: Path) -> Ward:
    collections = {"/cal/outings/": (Purpose.OUTINGS,)}
    database = running.url(running.create())
    return ward(tmp_path, account_at("http://127.0.0.1:9"), collections=collections, database_url=database)


def of_database(there: Ward) -> set[str]:
    """What is blamed, but for the calendar server, which is not there in these tests."""
    found = there.look()
    assert broke(found) == []
    return {name for name in blamed(found) if name.partition(".")[0] in ("database", "passwords", "key", "muted", "workers")}


def test_a_sound_database_is_not_blamed_and_nothing_in_it_changes(there: Ward) -> None:
    def rows() -> dict[str, int]:
        app = start(there.config)
        with app.storage.engine.connect() as connection:
            found = {
                name: int(connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0)  # noqa: S608 - names of ours
                for name in sa.inspect(connection).get_table_names()
            }
        app.storage.close()
        return found

    before = rows()
    assert of_database(there) == set()
    assert [(r.level, r.key) for r in of(there.look(), "database")] == [(Level.OK, "postgresql")]
    assert rows() == before
    # More than one process is what PostgreSQL is for.
    there.config = replace(there.config, workers=4)
    assert of_database(there) == set()


def test_a_database_that_is_not_there_is_blamed(there: Ward) -> None:
    sound = there.config
    for url in (sound.database_url.replace("/hlm", "/elsewhere", 1), "postgresql://hlm@127.0.0.1:9/hlm"):
        there.config = replace(sound, database_url=url)
        assert of_database(there) == {"database.trouble"}


def test_a_database_of_an_older_or_newer_program_is_blamed(there: Ward) -> None:
    engine = sa.create_engine(there.config.database_url.replace("postgresql://", "postgresql+psycopg://"))
    for revision, told in (("0001", "database.behind"), ("9999", "database.newer")):
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        assert of_database(there) == {told}
    engine.dispose()


def test_a_key_that_is_being_renewed_is_not_blamed_and_another_one_is(there: Ward) -> None:
    app = start(there.config)
    app.storage.lock_again(keys.prepare(there.config.secret_key_file), actor="test")
    app.storage.close()
    assert of_database(there) == set()
    there.config.secret_key_file.write_bytes(keys.new_key())
    assert of_database(there) == {"passwords.other_key"}
