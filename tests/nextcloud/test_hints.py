"""A webhook wakes the keeper for one space, once a burst, and nothing in it is believed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from calendars.sync.report import PassReport
from sidecar.nextcloud.webhooks import filters
from sidecar.services import keeping
from sidecar.services.hints import leave_hint, take_hints
from sidecar.services.keeping import Keeper
from sidecar.services.locking import SpaceBusy
from sidecar.services.platform import nominate, note_enabled
from sidecar.services.syncing import Syncer
from sidecar.storage import StorageError
from tests.nextcloud.conftest import Installed
from tests.storage.test_query_counts import counted

OUTINGS = "/remote.php/dav/calendars/service/outings/"
SHARED = "/remote.php/dav/calendars/service/caf%C3%A9_shared_by_marie/"


def event(uri: str = "outings", owner: str = "service", key: str = "calendarData") -> dict[str, Any]:
    return {"event": {key: {"uri": uri, "principaluri": f"principals/users/{owner}"}}, "user": {"uid": "marie"}, "time": 1}


def hinted(installed: Installed, body: Any, account: str = "marie") -> frozenset[str]:
    assert installed.ask("POST", "/hook", account=account, data=body).status_code == 200
    return take_hints(installed.application.storage)


def passes(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Spaces in the order in which they are passed; no server is asked."""
    seen: list[str] = []

    def passed(self: Syncer, space_id: str) -> PassReport:
        seen.append(space_id)
        return PassReport()

    monkeypatch.setattr(Syncer, "sync_patiently", passed)
    return seen


@pytest.mark.parametrize("account", ["marie", ""])
@pytest.mark.parametrize("key", ["calendarData", "sourceCalendarData", "targetCalendarData"])
def test_an_event_of_a_bound_calendar_hints_at_its_space(installed: Installed, key: str, account: str) -> None:
    space = installed.bound(OUTINGS)
    assert hinted(installed, event(key=key), account) == {space.id}


def test_a_calendar_that_is_shared_with_us_is_known_by_its_owners_name_for_it(installed: Installed) -> None:
    space = installed.bound(SHARED)
    assert hinted(installed, event("café", "marie")) == {space.id}
    assert hinted(installed, event("café", "denis")) == frozenset()


ODD = [None, [], "x", {}, {"event": None}, {"event": {"calendarData": []}}, {"event": {"calendarData": {"uri": 1}}}]


@pytest.mark.parametrize("body", ODD)
def test_what_cannot_be_read_hints_at_every_space_of_this_nextcloud(installed: Installed, body: Any) -> None:
    space = installed.bound(OUTINGS)
    assert hinted(installed, body) == {space.id}


def test_an_event_too_long_to_be_read_is_a_hint_all_the_same(installed: Installed) -> None:
    space = installed.bound(OUTINGS)
    assert hinted(installed, event() | {"text": "x" * 2_000_000}) == {space.id}


@pytest.mark.parametrize("body", [event("outings1"), {}])
def test_a_webhook_asks_the_database_as_often_however_many_calendars_are_bound(installed: Installed, body: Any) -> None:
    """Not only for the first time: once the names are known, nothing is read of other centres."""
    asked = []
    for spaces in (2, 20):
        for number in range(spaces):
            installed.bound(f"/remote.php/dav/calendars/service/outings{number}/")
        assert hinted(installed, body)
        with counted(installed.application.storage) as sent:
            assert installed.ask("POST", "/hook", account="marie", data=body).status_code == 200
        asked.append(len(sent))
        assert not [text for text in sent if "FROM bindings" in text]
        take_hints(installed.application.storage)
    assert asked[0] == asked[1]


def test_a_calendar_that_is_bound_or_given_up_meanwhile_is_known(installed: Installed) -> None:
    first = installed.bound("/remote.php/dav/calendars/service/un/")
    assert hinted(installed, event("un")) == {first.id}
    assert hinted(installed, event("deux")) == frozenset()
    second = installed.bound("/remote.php/dav/calendars/service/deux/")
    assert hinted(installed, event("deux")) == {second.id}
    with installed.application.storage.unit(actor="test") as uow:
        (binding,) = uow.bindings.all(space_id=second.id)
        uow.bindings.remove(binding.id)
    assert hinted(installed, event("deux")) == frozenset()


def test_looking_each_turn_whether_webhooks_are_declared_asks_as_often_however_many_accounts_there_are(
    installed: Installed,
) -> None:
    installed.bound(SHARED)
    asked = []
    for accounts in (2, 20):
        for number in range(accounts):
            installed.bound(f"/dav/{number}/outings/", account=f"other{number}")
        with installed.application.storage.unit(actor="test") as uow:
            nominate(uow, "service")
        with installed.application.storage.unit(write=False) as uow:
            assert filters(uow)
        with installed.application.storage.unit(write=False) as uow, counted(installed.application.storage) as sent:
            told = filters(uow)
        assert {"event.calendarData.principaluri": "principals/users/marie", "event.calendarData.uri": "café"} in told[
            "OCP\\Calendar\\Events\\CalendarObjectUpdatedEvent"
        ]["$or"]
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_a_name_from_elsewhere_leads_nowhere(installed: Installed) -> None:
    installed.bound(OUTINGS)
    assert hinted(installed, event("../../secret.key")) == frozenset()


def test_a_burst_is_one_pass(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    space = installed.bound(OUTINGS)
    seen = passes(installed, monkeypatch)
    for _ in range(50):
        installed.ask("POST", "/hook", account="marie", data=event())
    keeper = Keeper(installed.application)
    assert keeper.hinted()
    keeper.finish()
    assert not keeper.hinted()
    assert seen == [space.id]


def test_a_hint_that_comes_during_a_pass_is_for_the_next_one(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    space = installed.bound(OUTINGS)
    seen: list[str] = []

    def passed(self: Syncer, space_id: str) -> PassReport:
        if not seen:
            leave_hint(installed.application.storage, [space.id])
        seen.append(space_id)
        return PassReport()

    monkeypatch.setattr(Syncer, "sync_patiently", passed)
    keeper = Keeper(installed.application)
    leave_hint(installed.application.storage, [space.id])
    assert keeper.hinted()
    keeper.finish()
    assert keeper.hinted()
    keeper.finish()
    assert not keeper.hinted()
    assert seen == [space.id] * 2


def test_only_the_space_that_is_hinted_at_is_passed(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    space = installed.bound(OUTINGS)
    installed.bound("/remote.php/dav/calendars/other/outings/", account="other")
    seen = passes(installed, monkeypatch)
    leave_hint(installed.application.storage, [space.id, "of-a-space-that-is-gone"])
    keeper = Keeper(installed.application)
    assert keeper.hinted()
    keeper.finish()
    assert seen == [space.id]


def test_the_keeper_does_not_wait_for_its_turn(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    space = installed.bound(OUTINGS)
    monkeypatch.setattr(keeping, "GLANCE", 0.01)
    monkeypatch.setattr(keeping, "APART", 0.01)
    first, second = threading.Event(), threading.Event()

    def passed(self: Syncer, space_id: str) -> PassReport:
        (second if first.is_set() else first).set()
        return PassReport()

    monkeypatch.setattr(Syncer, "sync_patiently", passed)
    keeper = Keeper(installed.application)
    keeper.start()
    try:
        assert first.wait(20)
        leave_hint(installed.application.storage, [space.id])
        assert second.wait(20), "the next turn is a minute away"
    finally:
        keeper.stop()


def test_nothing_is_passed_while_the_platform_says_no(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.bound(OUTINGS)
    seen = passes(installed, monkeypatch)
    keeper = Keeper(installed.application, may=lambda: False)
    keeper.once()
    installed.ask("POST", "/hook", account="marie", data=event())
    keeper.hinted()
    keeper.finish()
    assert seen == []


def test_a_pass_that_may_not_be_is_no_end_of_the_keeper(installed: Installed) -> None:
    installed.bound(OUTINGS)
    note_enabled(installed.application, enabled=False)
    Keeper(installed.application).once()


def test_a_space_that_another_machine_is_passing_is_looked_at_after_that(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = installed.bound(OUTINGS)
    other_is_at_it = [True]
    seen: list[str] = []

    def passed(self: Syncer, space_id: str) -> PassReport:
        if other_is_at_it.pop():
            other_is_at_it.append(False)
            raise SpaceBusy("space_busy", space=space_id)
        seen.append(space_id)
        return PassReport()

    monkeypatch.setattr(Syncer, "sync_patiently", passed)
    keeper = Keeper(installed.application)
    leave_hint(installed.application.storage, [space.id])
    assert keeper.hinted()
    keeper.finish()
    assert seen == []
    assert keeper.hinted()
    keeper.finish()
    assert seen == [space.id]


def test_a_database_that_does_not_answer_is_no_end_of_the_keeper(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_order(*_: object, **__: object) -> None:
        raise StorageError("storage_unavailable")

    monkeypatch.setattr(installed.application.storage, "unit", out_of_order)
    keeper = Keeper(installed.application)
    assert not keeper.hinted()
    keeper.once()


def test_without_hints_a_glance_is_one_short_reading(installed: Installed) -> None:
    installed.bound(OUTINGS)
    keeper = Keeper(installed.application)
    with counted(installed.application.storage) as sent:
        for _ in range(3):
            assert not keeper.hinted()
    assert len([text for text in sent if text.startswith("SELECT")]) == 3
    assert not [text for text in sent if text.startswith(("DELETE", "INSERT", "UPDATE"))]
