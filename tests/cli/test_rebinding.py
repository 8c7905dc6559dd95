"""Finding a calendar again that is elsewhere, as an admin types it."""

from __future__ import annotations

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from tests.cli.command import DONE, NOT_DONE, WAITS, Account, CommandLine
from tests.editor import HttpAdapter, find_collections
from tests.servers import Served

pytestmark = pytest.mark.xdist_group("cli-rebinding")


@pytest.fixture
def tied(published: tuple[CommandLine, Account]) -> tuple[CommandLine, Account]:
    """Maurepas with a calendar of its own making, synced."""
    command, account = published
    connect(account.url, account.user, account.password).create_collection(CollectionKind.CALENDAR, "premier", "Sorties")
    command("connect", "Maurepas", *account.options, "--bind", "outings=Sorties", "--write")
    command("sync")
    return published


def adapter(account: Account, name: str) -> HttpAdapter:
    (found,) = [f for f in find_collections(account.url, account.user, account.password) if f.name == name]
    return HttpAdapter(found.url, account.user, account.password)


def moved(account: Account, to: Account, name: str = "Sorties") -> HttpAdapter:
    """The calendar of the account goes into another one, and is no more."""
    old = adapter(account, "Sorties")
    connect(to.url, to.user, to.password).create_collection(
        CollectionKind.CALENDAR, "second", name if to != account else "x"
    )
    new = adapter(to, name if to != account else "x")
    for href in old.list():
        new.put(new.collection + href.rpartition("/")[2], old.get(href)[1], None)
    old.delete_collection()
    return new


def pushed(command: CommandLine, code: int = DONE) -> int:
    return sum(c["pushed"] for s in command.json("sync", code=code)["spaces"] for c in s["collections"].values())


def test_in_the_same_account_it_is_named(tied: tuple[CommandLine, Account]) -> None:
    command, account = tied
    assert "là où elles étaient" in command("rebind", "Maurepas", code=NOT_DONE).err
    count = len(adapter(account, "Sorties").list())
    new = moved(account, account)
    assert "rebind" in command("sync", code=WAITS).out
    assert "Le compte contient : x" in command("rebind", "Maurepas", code=NOT_DONE).err
    assert "drawings" in command("rebind", "Maurepas", "drawings=x", code=NOT_DONE).err
    assert command("rebind", "Maurepas", "outings=x").out.startswith("x : retrouvé à ")
    assert pushed(command) == 0
    assert len(new.list()) == count > 3


def test_in_another_account_it_is_found_by_its_name(tied: tuple[CommandLine, Account], radicale: Served) -> None:
    command, account = tied
    user, password = radicale.new_user()
    file = command.folder / "other"
    file.write_text(password, encoding="utf-8")
    other = Account(radicale.url, user, password, file)
    new = moved(account, other)
    told = command.json("rebind", "Maurepas", *other.options)["rebound"]
    assert [(t["href"], t["purposes"]) for t in told] == [(new.collection, ["outings"])]
    assert pushed(command) == 0
    assert [s["username"] for s in command.json("sync")["spaces"]] == [user]
