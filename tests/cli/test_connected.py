"""A centre's whole way on a real server, command by command, in the order in which an admin types them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.services.sync.desk import traits_of
from tests.cli.command import NOT_DONE, SERVER_FAILED, WAITS, Account, CommandLine
from tests.editor import HttpAdapter, find_collections
from tests.servers import Served

pytestmark = pytest.mark.xdist_group("cli-connected")


@pytest.fixture(scope="module")
def way(imported: CommandLine, account: Account) -> CommandLine:
    """Maurepas connected, with collections made for it."""
    imported("connect", "Maurepas", *account.options, "--create")
    return imported


def there(account: Account) -> dict[str, HttpAdapter]:
    """What the account holds, found by a client of its own; name -> collection."""
    found = find_collections(account.url, account.user, account.password)
    return {one.name: HttpAdapter(one.url, account.user, account.password) for one in found}


def test_the_collections_of_an_account_are_listed_when_nothing_is_asked(
    imported: CommandLine, radicale: Served, tmp_path: Path
) -> None:
    user, password = radicale.new_user()
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")
    fresh = Account(radicale.url, user, password, file)
    assert imported.json("connect", "Cleunay", *fresh.options) == {"collections": []}
    assert "--bind" in imported("connect", "Cleunay", *fresh.options).out
    # Looking is not connecting.
    assert "hors-les-murs connect" in imported("sync", code=NOT_DONE).err


def test_creating_makes_four_calendars_and_an_address_book(way: CommandLine, account: Account) -> None:
    names = set(there(account))
    assert len(names) == 5
    assert all("Maurepas" in name for name in names)
    assert way.json("connect", "Maurepas", *account.options, "--create") != {}
    assert set(there(account)) == names


def test_one_collection_serves_several_purposes_by_name_and_by_href(
    way: CommandLine, account: Account, tmp_path: Path
) -> None:
    listed = way.json("connect", "Cleunay", *account.options)["collections"]
    taken = next(c for c in listed if c["name"].startswith("Sorties"))
    said = way("connect", "Cleunay", *account.options, "--bind", f"outings={taken['name']}", code=NOT_DONE)
    assert "Maurepas" in said.err
    assert (
        "drawings" in way("connect", "Cleunay", *account.options, "--bind", f"drawings={taken['href']}", code=NOT_DONE).err
    )
    assert "nowhere" in way("connect", "Cleunay", *account.options, "--bind", "outings=nowhere", code=NOT_DONE).err


def test_a_dry_pass_tells_and_writes_nothing(way: CommandLine, account: Account) -> None:
    way("publish", "Maurepas", "--yes", "--reason", "essai")
    told = way.json("sync", "--dry-run")["spaces"][0]
    assert told["dry"]
    assert {w["action"] for w in told["would"]} == {"create"}
    assert not any(adapter.list() for adapter in there(account).values())
    assert "nous créerions" in way("sync", "--dry-run", "--centre", "maurepas").out


def test_a_pass_tells_its_requests_and_counts_and_the_next_has_nothing_to_do(way: CommandLine, account: Account) -> None:
    told = way.json("sync")["spaces"][0]
    assert told["url"] == account.url
    assert told["requests"] > 5
    for counts in told["collections"].values():
        assert {"name", "pulled", "pushed", "merged", "conflicted", "refused", "guarded", "error"} <= set(counts)
    pushed = sum(c["pushed"] for c in told["collections"].values())
    assert pushed == sum(len(adapter.list()) for adapter in there(account).values()) > 10
    again = way.json("sync")["spaces"][0]
    assert (again["requests"], sum(c["pushed"] + c["pulled"] for c in again["collections"].values())) == (1, 0)
    assert account.url in way("sync", "--full").out


def outings(account: Account) -> HttpAdapter:
    return next(adapter for name, adapter in there(account).items() if name.startswith("Sorties"))


def test_both_sides_changed_shows_as_a_conflict_that_one_command_settles(way: CommandLine, account: Account) -> None:
    appointments = way.json("show", "Maurepas")["appointments"]
    chosen = next(a for a in appointments if a["kind"] == "outing" and a["state"] == "published")
    adapter = outings(account)
    href = next(h for h in adapter.list() if f"/{chosen['id']}-" in h)
    etag, text = adapter.get(href)
    start = text.index("\r\nSUMMARY:") + 2
    adapter.put(href, text[:start] + "SUMMARY:Autre titre" + text[text.index("\r\n", start) :], etag)
    retitle(way, chosen["id"], "Titre du planning")
    way("sync")
    (conflict,) = way.json("conflicts", "--centre", "Maurepas")["conflicts"]
    assert (conflict["ours"], conflict["theirs"]) == ("Titre du planning", "Autre titre")
    words = way("conflicts").out
    assert "Chez nous : " in words
    assert "Dans l'agenda (vaut pour l'instant) : Autre titre" in words
    assert "« peut-être »" in way("conflicts", "--choose", conflict["id"], "peut-être", code=NOT_DONE).err
    assert way.json("conflicts", "--choose", conflict["id"], "ours") == {"conflicts": []}
    way("conflicts", "--choose", conflict["id"], "theirs", code=NOT_DONE)
    way("sync")
    assert "SUMMARY:Titre du planning" in adapter.get(href)[1]


def retitle(way: CommandLine, appointment_id: str, title: str) -> None:
    """As the board does it, in another process than the commands."""
    with start(load({"HLM_DATA_DIR": str(way.folder)})).storage.unit(actor="board") as uow:
        uow.appointments.save(replace(uow.appointments.get(appointment_id), title=title))


def test_while_muted_nothing_goes_out_and_afterwards_it_goes_once(way: CommandLine, account: Account) -> None:
    chosen = next(a for a in way.json("show", "Maurepas")["appointments"] if a["kind"] == "outing")
    assert way.json("mute")["muted"]
    retitle(way, chosen["id"], "Pendant le silence")
    assert sum(c["pushed"] for c in way.json("sync")["spaces"][0]["collections"].values()) == 0
    assert "--leave" in way("unbind", "Maurepas", "--take-out", code=NOT_DONE).err
    assert "Fin du silence" in way("mute", "--off").out
    assert sum(c["pushed"] for c in way.json("sync", HLM_MUTED="yes")["spaces"][0]["collections"].values()) == 0
    assert sum(c["pushed"] for c in way.json("sync")["spaces"][0]["collections"].values()) == 1
    assert sum(c["pushed"] for c in way.json("sync")["spaces"][0]["collections"].values()) == 0


def test_an_emptied_calendar_waits_for_a_person_and_comes_back_when_asked(way: CommandLine, account: Account) -> None:
    adapter = outings(account)
    count = len(adapter.list())
    for href, etag in adapter.list().items():
        adapter.delete(href, etag)
    told = way.json("sync", code=WAITS)["spaces"][0]["collections"]
    assert [c["guarded"] for c in told.values() if c["guarded"]] == ["emptied"]
    assert "--restore" in way("sync", code=WAITS).out
    for odd in (("--restore",), ("--resume", "Maurepas"), ("--resume", "Maurepas", "--accept", "--restore")):
        assert "--resume CENTRE" in way("sync", *odd, code=NOT_DONE).err
    assert "--resume CENTRE" in way("sync", "--resume", "Maurepas", "--restore", "--dry-run", code=NOT_DONE).err
    way("sync", "--resume", "Maurepas", "--restore")
    assert "rien à décider" in way("sync", "--resume", "Maurepas", "--accept", code=NOT_DONE).err
    assert len(adapter.list()) == count


def test_a_server_can_be_taken_for_another_kind_and_back(way: CommandLine, account: Account) -> None:
    def taken_for() -> str:
        with start(load({"HLM_DATA_DIR": str(way.folder)})).storage.unit(write=False) as uow:
            return traits_of(uow, next(space for space in uow.spaces.all() if space.username == account.user)).name

    way("connect", "Maurepas", *account.options, "--server", "davical")
    assert taken_for() == "davical"
    assert way.json("sync")["spaces"][0]["ok"]
    way("connect", "Maurepas", *account.options)
    # Radicale shows who it is by its tokens alone, anew in each pass.
    assert taken_for() == "unknown"
    assert "radicale" in way("connect", "Maurepas", *account.options, "--server", "exchange", code=2).err


def test_a_password_that_was_changed_is_told_by_the_next_pass_and_renewed(
    way: CommandLine, account: Account, radicale: Served, tmp_path: Path
) -> None:
    lines = radicale.users.read_text(encoding="utf-8")
    radicale.users.write_text(
        lines.replace(f"{account.user}:{account.password}", f"{account.user}:changed"), encoding="utf-8"
    )
    try:
        assert "mot de passe" in way("sync", code=SERVER_FAILED).out
        told = json.loads(way("sync", "--json", code=SERVER_FAILED).out)["spaces"][0]
        assert (told["ok"], told["error_kind"]) == (False, "Unauthorised")
        file = tmp_path / "password"
        file.write_text("changed\n", encoding="utf-8")
        renewed = replace(account, file=file)
        assert "mot de passe" in way("connect", "Maurepas", *renewed.options).err
        assert way.json("sync")["spaces"][0]["ok"]
    finally:
        radicale.users.write_text(lines, encoding="utf-8")
    way("connect", "Maurepas", *account.options)


def test_unbinding_takes_our_events_out_of_every_calendar(way: CommandLine, account: Account) -> None:
    cards = len(next(adapter for name, adapter in there(account).items() if name.startswith("Aller vers")).list())
    told = way.json("unbind", "Maurepas", "--take-out")["unbound"]
    assert "connect" in way("sync", code=NOT_DONE).err
    assert len(told) == 5
    assert sum(len(adapter.list()) for adapter in there(account).values()) == cards > 0
    assert way("unbind", "Maurepas", "--leave", code=NOT_DONE).err
