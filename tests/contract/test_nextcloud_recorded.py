"""Nextcloud 32.0.1 as it answered us: each recorded exchange is played again, and our request must still be the same.

``nextcloud_32_0_1.json`` holds requests as we sent them and answers as they came; session cookies and security headers
are left out, long listings shortened. The entries without a request are answers to other clients' requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from calendars.dav import Account, DavHome, discover
from calendars.dav.failures import MayNotCreate, NoMoreCollections
from calendars.dav.refusals import refusal
from calendars.dav.servers import NEXTCLOUD
from calendars.errors import Forbidden, NotThere, PreconditionFailed, ServerTrouble, UidConflict
from calendars.sync.ports import CollectionKind
from tests.unit.dav.standin import Asked, StandIn, raw, standing_in

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "nextcloud_32_0_1.json").read_text(encoding="utf-8"))
CALENDARS = "/remote.php/dav/calendars/service/"
CARDS = "/remote.php/dav/addressbooks/users/service/"
OUTINGS = f"{CALENDARS}centre-social-maurepas-outings/"


def _played(name: str) -> bytes:
    exchange = RECORDED[name]
    headers = {key: value for key, value in exchange["answer_headers"].items() if key.lower() != "content-type"}
    kind = next((v for k, v in exchange["answer_headers"].items() if k.lower() == "content-type"), "")
    return raw(exchange["status"], exchange["answer"].encode(), kind, **headers)


def _differences(asked: Asked, exchange: dict[str, Any]) -> list[str]:
    """What our request says today and did not say when it was recorded, or the other way round."""
    found = []
    if (asked.method, asked.path) != (exchange["method"], exchange["path"]):
        found.append(f"{asked.method} {asked.path}, not {exchange['method']} {exchange['path']}")
    wanted = {key.lower(): value for key, value in exchange["headers"].items()}
    told = {k: v for k, v in asked.headers.items() if k in wanted or k.startswith(("if-", "x-", "schedule-", "depth"))}
    if told != wanted:
        found.append(f"headers {told}, not {wanted}")
    if asked.body.decode() != exchange["body"]:
        found.append(f"body {asked.body.decode()!r}, not {exchange['body']!r}")
    return found


@contextmanager
def nextcloud(*names: str) -> Iterator[StandIn]:
    """Answers with these exchanges, in this order; what was asked otherwise than recorded fails the test at its end."""
    left, wrong = list(names), []

    def answer(asked: Asked) -> bytes:
        if not left:
            wrong.append(f"one request too many: {asked.method} {asked.path}")
            return raw(599)
        name = left.pop(0)
        wrong.extend(f"{name}: {difference}" for difference in _differences(asked, RECORDED[name]))
        return _played(name)

    with standing_in(answer) as server:
        yield server
    assert not wrong, "\n".join(wrong)
    assert not left, f"never asked for: {left}"


def _home(server: StandIn) -> DavHome:
    account = Account(
        origin=server.origin, principal="/remote.php/dav/principals/users/service/", calendar_homes=(CALENDARS,),
        addressbook_homes=(CARDS,), server="nextcloud",
    )  # fmt: skip
    return DavHome(server.transport(), account)


def test_the_account_is_found_in_three_requests_from_the_dav_address() -> None:
    with nextcloud("root", "principal", "options") as server:
        account = discover(server.url + "remote.php/dav/", "service", "secret")
    assert account.calendar_homes == (CALENDARS,)
    assert account.addressbook_homes == (CARDS,)
    assert account.addresses[0] == "mailto:service@rennes.example.org"
    assert (account.server, account.schedules) == ("nextcloud", True)


def test_one_look_at_each_home_shows_what_may_be_written_and_leaves_boxes_and_bin_out() -> None:
    with nextcloud("calendar home", "address book home") as server:
        states = {s.href: s for s in _home(server).look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK))}
    assert {href: state.writable for href, state in states.items()} == {
        f"{CALENDARS}personal/": True,
        f"{CALENDARS}contact_birthdays/": False,
        OUTINGS: True,
        f"{CARDS}contacts/": True,
        f"{CARDS}centre-social-maurepas-contacts/": True,
        f"{CARDS}z-server-generated--system/": False,
    }
    assert all(state.mark for href, state in states.items() if "contact_birthdays" not in href)


def test_a_deletion_is_told_by_the_sync_token() -> None:
    exchange = RECORDED["changes"]
    token = exchange["body"].partition("<d:sync-token>")[2].partition("<")[0]
    with nextcloud("changes") as server:
        changes = _home(server).collection(OUTINGS, CollectionKind.CALENDAR).changes(token)
    assert len(changes.deleted) == 1
    assert changes.token is not None and changes.token != token


def test_texts_come_by_multiget_with_what_the_server_noted_about_messages() -> None:
    exchange = RECORDED["multiget"]
    href = exchange["body"].partition("<d:href>")[2].partition("<")[0]
    with nextcloud("multiget") as server:
        (found,) = _home(server).collection(OUTINGS, CollectionKind.CALENDAR).fetch([href])
    assert found.href == href
    assert found.etag.startswith('"') and found.etag.endswith('"')
    assert "BEGIN:VEVENT" in found.text and "SCHEDULE-STATUS=" in found.text.replace("\n ", "")


def test_a_write_that_invites_is_answered_without_etag() -> None:
    exchange = RECORDED["create that schedules"]
    with nextcloud("create that schedules") as server:
        calendar = _home(server).collection(OUTINGS, CollectionKind.CALENDAR)
        assert calendar.create(exchange["path"], exchange["body"]) is None


def test_a_quiet_write_says_so_twice_and_is_answered_with_an_etag() -> None:
    exchange = RECORDED["quiet update"]
    assert exchange["headers"]["x-nc-scheduling"] == "false"
    with nextcloud("quiet update") as server:
        calendar = _home(server).collection(OUTINGS, CollectionKind.CALENDAR)
        etag = calendar.update(exchange["path"], exchange["body"], exchange["headers"]["If-Match"], notify=False)
    assert etag == exchange["answer_headers"]["ETag"]


def test_an_event_that_loses_its_last_attendee_breaks_the_server() -> None:
    exchange = RECORDED["last attendee removed"]
    assert "ATTENDEE" not in exchange["body"]
    with nextcloud("last attendee removed") as server:
        calendar = _home(server).collection(OUTINGS, CollectionKind.CALENDAR)
        with pytest.raises(ServerTrouble, match="__clone method called on non-object"):
            calendar.update(exchange["path"], exchange["body"], exchange["headers"]["If-Match"])


def test_an_eleventh_calendar_within_an_hour_is_told_as_a_limit() -> None:
    exchange = RECORDED["too many calendars"]
    name = exchange["path"].rstrip("/").rpartition("/")[2]
    with nextcloud("too many calendars") as server, pytest.raises(NoMoreCollections, match="Too many calendars created"):
        _home(server).create_collection(CollectionKind.CALENDAR, name, "Sorties – Centre social Le Blosne")


def test_a_thirty_first_calendar_is_told_as_a_limit() -> None:
    with (
        standing_in(lambda asked: _played("calendar limit")) as server,
        pytest.raises(NoMoreCollections, match="Calendar limit reached"),
    ):
        _home(server).create_collection(CollectionKind.CALENDAR, "over", "Over")


def test_a_calendar_in_the_trash_bin_is_told_apart_and_its_address_stays_taken() -> None:
    with nextcloud("calendar home with one in the trash bin", "make calendar where one lies in the trash bin") as server:
        home = _home(server)
        assert OUTINGS not in {state.href for state in home.look((CollectionKind.CALENDAR,))}
        assert home.binned == {OUTINGS}
        with pytest.raises(PreconditionFailed, match="It is there already"):
            home.create_collection(
                CollectionKind.CALENDAR, "centre-social-maurepas-outings", "Sorties – Centre social Maurepas"
            )


def test_the_same_refusal_of_a_server_that_counts_no_calendars_is_about_this_one() -> None:
    with standing_in(lambda asked: _played("calendar limit")) as server:
        account = Account(origin=server.origin, principal="/", calendar_homes=(CALENDARS,))
        with pytest.raises(MayNotCreate):
            DavHome(server.transport(), account).create_collection(CollectionKind.CALENDAR, "over", "Over")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("uid in the trash bin", UidConflict),
        ("database locked", ServerTrouble),
        ("last attendee removed", ServerTrouble),
        ("calendar limit", Forbidden),
        ("write into a share to read", NotThere),
    ],
)
def test_what_the_server_says_becomes_the_error_it_means(name: str, error: type[Exception]) -> None:
    exchange = RECORDED[name]
    found = refusal("PUT", OUTINGS, exchange["status"], exchange["answer_headers"], exchange["answer"].encode())
    assert type(found) is error


def test_our_quiet_headers_are_the_recorded_ones() -> None:
    recorded = RECORDED["quiet update"]["headers"]
    assert dict(NEXTCLOUD.quiet) == {key: recorded[key] for key in ("Schedule-Reply", "x-nc-scheduling")}


def test_what_lies_in_a_calendar_in_the_trash_bin_is_moved_out_of_it() -> None:
    """Tried there: nobody was mailed, the guests' answers and a later move found the event (two guests, 201)."""
    binned, target = f"{CALENDARS}maurepas-outings/", f"{CALENDARS}centre-social-maurepas-outings-2/"
    names = (
        "move out of a calendar in the trash bin",
        "move where its uid stands already",
        "move of what is not there",
    )
    with nextcloud(*names) as server:
        collection = _home(server).collection(target, CollectionKind.CALENDAR)
        collection.bring(f"{binned}cafe-1.ics")
        with pytest.raises(UidConflict):
            collection.bring(f"{binned}cafe-2.ics")
        with pytest.raises(NotThere):
            collection.bring(f"{binned}cafe-3.ics")
    wanted = [f"{server.origin}{target}cafe-{number}.ics" for number in (1, 2, 3)]
    assert [asked.headers["destination"] for asked in server.asked] == wanted
