"""What a process keeps of all records is what the database holds, whoever changed it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sidecar.domain.centres import Initiative
from sidecar.storage import Storage
from tests.storage.builders import settle_in
from tests.storage.conftest import KEY, NOW
from tests.storage.test_query_counts import counted


def names(initiatives: list[Initiative]) -> tuple[str, ...]:
    return tuple(sorted(initiative.name for initiative in initiatives))


def kept(storage: Storage) -> tuple[str, ...]:
    with storage.unit(write=False) as uow:
        return uow.initiatives.digest(names)


def rename(storage: Storage, name: str) -> None:
    with storage.unit() as uow:
        uow.initiatives.save(replace(uow.initiatives.get("i1"), name=name))


@pytest.fixture
def here(storage: Storage) -> Storage:
    settle_in(storage)
    return storage


@pytest.fixture
def there(here: Storage) -> Iterator[Storage]:
    """Another process on the same database."""
    numbers = itertools.count(1)
    url = here.engine.url.render_as_string(hide_password=False)
    opened = Storage(url, clock=lambda: NOW, new_id=lambda: f"t{next(numbers)}", secret_key=KEY)
    yield opened
    opened.close()


def test_it_is_read_once_and_then_one_short_question_tells_that_it_stands(here: Storage) -> None:
    first = kept(here)
    with counted(here) as sent:
        assert kept(here) is first
    assert len([text for text in sent if text.startswith("SELECT")]) == 1


def test_what_another_process_changed_is_read_again(here: Storage, there: Storage) -> None:
    before = kept(there)
    rename(here, "Un autre nom")
    assert "Un autre nom" in kept(there)
    assert kept(there) != before
    with here.unit() as uow:
        uow.initiatives.add(Initiative(id="i9", centre_id=uow.initiatives.get("i1").centre_id, name="Neuve"))
    assert "Neuve" in kept(there)
    with there.unit() as uow:
        uow.initiatives.remove("i9")
    assert "Neuve" not in kept(here)


def test_a_unit_sees_what_it_changed_itself_and_nobody_else_does_until_it_ends(here: Storage) -> None:
    before = kept(here)
    with here.unit() as uow:
        uow.initiatives.save(replace(uow.initiatives.get("i1"), name="En cours"))
        assert "En cours" in uow.initiatives.digest(names)
        uow.flush()
        assert "En cours" in uow.initiatives.digest(names)
        if here.engine.dialect.name == "postgresql":
            assert kept(here) == before
        uow.initiatives.save(replace(uow.initiatives.get("i1"), name="Encore"))
        assert "Encore" in uow.initiatives.digest(names)
    assert "Encore" in kept(here)


def test_what_was_undone_is_kept_by_nobody(here: Storage) -> None:
    before = kept(here)

    def breaks_off() -> None:
        with here.unit() as uow:
            uow.initiatives.save(replace(uow.initiatives.get("i1"), name="Annulé"))
            uow.flush()
            assert "Annulé" in uow.initiatives.digest(names)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off()
    assert kept(here) == before


def test_other_changes_leave_it_as_it_is(here: Storage) -> None:
    first = kept(here)
    with here.unit() as uow:
        uow.people.save(replace(uow.people.get("p1"), given_name="Zoé"))
    assert kept(here) is first


def test_of_what_nobody_notes_there_is_no_digest(here: Storage) -> None:
    with here.unit(write=False) as uow, pytest.raises(TypeError):
        uow.people.digest(len)


def test_a_database_that_was_put_back_is_read_again(here: Storage) -> None:
    """As an administrator puts it back beside a running process: rows and version together."""
    rename(here, "Avant")
    with here.unit(write=False) as uow:
        version = uow.settings.get("version:initiative")
    rename(here, "Après")
    assert "Après" in kept(here)
    with here.engine.begin() as connection:
        connection.execute(sa.text("UPDATE initiatives SET name = 'Avant' WHERE id = 'i1'"))
    with here.unit() as uow:
        uow.settings.set("version:initiative", version)
    assert "Avant" in kept(here)
