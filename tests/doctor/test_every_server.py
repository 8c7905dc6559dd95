"""No sound server is blamed for being what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.contract.sides import sides
from tests.doctor.ward import blamed, broke, of, ward
from tests.servers import NAMES, Served


@pytest.mark.parametrize("name", sides(NAMES))
def test_an_account_in_order_is_not_blamed(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    served: Served = request.getfixturevalue(name)
    user, password = served.new_user()
    home = connect(served.url, user, password)
    calendar = home.create_collection(CollectionKind.CALENDAR, "outings", "Outings").href
    private = home.create_collection(CollectionKind.CALENDAR, "supervision", "Supervision").href
    cards = home.create_collection(CollectionKind.ADDRESSBOOK, "people", "People").href
    home.close()
    mails = [a.removeprefix("mailto:") for a in home.account.addresses if a.startswith("mailto:")]
    made = ward(
        tmp_path,
        home.account,
        user=user,
        password=password,
        collections={calendar: (Purpose.OUTINGS,), private: (Purpose.SUPERVISION,), cards: (Purpose.CONTACTS,)},
        organizer=next(iter(mails), ""),
        schedules=home.account.schedules,
    )
    before = len(served.log)
    found = made.look(send=True)
    assert broke(found) == []
    # A server that invites and knows no address of the account is rightly named.
    allowed = {"scheduling.no_address"} if home.account.schedules and not mails else set()
    assert blamed(found) == allowed
    assert [r.key for r in of(found, "sending")] == ["ok"]
    asked = [seen.method for seen in served.log[before:]]
    assert asked.count("PROPFIND") <= 3 + asked.count("PUT")
    assert found.requests <= 6
