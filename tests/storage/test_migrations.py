"""What the migrations build is what the program expects."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sidecar.storage import Storage, StorageError, schema
from sidecar.storage.migrate import head_revision
from tests.storage import postgres


def test_the_migrated_schema_is_the_programs(storage: Storage) -> None:
    with storage.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        tables = set(sa.inspect(connection).get_table_names())
    assert tables == set(schema.metadata.tables) | {"alembic_version"}


def test_constraints_and_collations_are_those_of_the_metadata(
    storage: Storage, request: pytest.FixtureRequest, tmp_path: Path, open_storage: Callable[..., Storage]
) -> None:
    """Alembic compares neither collations nor what a foreign key does on deletion, so a database made without it does."""
    if storage.engine.dialect.name == "sqlite":
        made = open_storage(f"sqlite:///{tmp_path / 'made.db'}")
    else:
        cluster: postgres.Cluster = request.getfixturevalue("cluster")
        made = open_storage(cluster.url(cluster.create()))
    schema.metadata.create_all(made.engine)
    assert described(storage.engine) == described(made.engine)
    made.close()


def described(engine: sa.Engine) -> dict[str, object]:
    found: dict[str, object] = {}
    inspector = sa.inspect(engine)
    for table in schema.metadata.tables:
        found[table] = {
            "columns": {c["name"]: (repr(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "collations": {c["name"]: getattr(c["type"], "collation", None) for c in inspector.get_columns(table)},
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (f["constrained_columns"], f["referred_table"], sorted((f.get("options") or {}).items()))
                for f in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(u["column_names"] for u in inspector.get_unique_constraints(table)),
            "indexes": sorted((str(i["name"]), i["column_names"]) for i in inspector.get_indexes(table)),
        }
    return found


def test_migrating_again_changes_nothing_and_the_check_is_content(storage: Storage) -> None:
    storage.migrate()
    storage.check()


def test_an_empty_database_is_said_to_need_migrating(tmp_path: Path, open_storage: Callable[..., Storage]) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StorageError) as caught:
        storage.check()
    assert caught.value.code == "storage_not_migrated"
    with pytest.raises(StorageError) as caught, storage.unit(write=False) as uow:
        uow.centres.all()
    assert caught.value.code == "storage_not_migrated"
    storage.close()


def test_a_database_of_a_newer_program_is_left_alone(storage: Storage) -> None:
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for act in (storage.migrate, storage.check):
        with pytest.raises(StorageError) as caught:
            act()
        assert caught.value.code == "storage_newer"
        assert caught.value.details == {"database": "9999", "program": head_revision()}


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def test_two_processes_that_migrate_at_once_do_not_fail(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, open_storage: Callable[..., Storage]
) -> None:
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'fresh.db'}"
    else:
        cluster: postgres.Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.create())
    storages = [open_storage(url) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda storage: storage.migrate(), storages))
    for storage in storages:
        storage.check()
        storage.close()
