"""Trap 13: what one server bears at once is learnt, shared by all accounts on it, and nothing is lost meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from calendars.dav.account import Account
from calendars.dav.bearing import CALM, Bearing, bearing_of
from calendars.dav.home import DavHome, open_home
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import Bounds
from calendars.errors import ServerTrouble
from calendars.sync.ports import Action, CollectionKind, Intent
from calendars.sync.push import Pusher
from calendars.sync.replica import Bound
from calendars.sync.report import PassReport
from tests.unit.dav.standin import HREF, Asked, StandIn, raw, standing_in

EAGER = ServerTraits(concurrency=4)
LOCKED = b"<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>database is locked</s:message></d:error>"


def _ask(bearing: Bearing, *statuses: int | None) -> None:
    """All of these under way together, answered in that order."""
    under_way = [bearing.under_way() for _ in statuses]
    replies = [each.__enter__() for each in under_way]
    for each, reply, status in zip(under_way, replies, statuses, strict=True):
        reply.status = status
        each.__exit__(None, None, None)


def test_trouble_with_several_at_once_halves_them_down_to_one() -> None:
    """Trap 13: 4, 2, 1 and never 0."""
    bearing = Bearing()
    assert bearing.at_once(4) == 4
    found = []
    for together in (4, 2, 2):
        _ask(bearing, 500, *[200] * (together - 1))
        found.append(bearing.at_once(4))
    assert found == [2, 1, 1]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_every_kind_of_choking_counts_and_a_refusal_does_not(status: int) -> None:
    """Trap 13: 412 and 403 are answers of a server that is well."""
    bearing = Bearing()
    _ask(bearing, 412, 403, 404)
    assert bearing.at_once(4) == 4
    _ask(bearing, status, 412)
    assert bearing.at_once(4) == 1


def test_trouble_with_one_alone_says_nothing_about_several() -> None:
    """Trap 13: a text that a server chokes on is no reason to be slow with the others."""
    bearing = Bearing()
    for _ in range(10):
        _ask(bearing, 500)
    assert bearing.at_once(4) == 4


def test_a_long_quiet_time_raises_it_again_one_by_one() -> None:
    """Trap 13: the server may have got a better database."""
    bearing = Bearing()
    _ask(bearing, 500, 500)
    for expected in (1, 2, 3):
        assert bearing.at_once(4) == expected
        for _ in range(CALM):
            _ask(bearing, 200)
    assert bearing.at_once(4) == 4


def _home(there: StandIn, user: str = "service") -> DavHome:
    account = Account(origin=there.origin, principal="/p/", calendar_homes=("/",))
    return open_home(account, user, "secret", bounds=Bounds(connect=2, read=5, whole=20), traits=EAGER)


def test_two_writes_of_which_one_finds_the_database_locked_lower_it() -> None:
    """Trap 13 over the wire: the answer itself lowers it."""
    both = threading.Barrier(2, timeout=10)

    def answer(asked: Asked) -> bytes:
        both.wait()
        return raw(500, LOCKED) if asked.path.endswith("a.ics") else raw(201)

    with standing_in(answer) as there, ThreadPoolExecutor(2) as pool:
        home = _home(there)
        collection = home.collection(HREF, CollectionKind.CALENDAR)
        outcomes = [pool.submit(collection.create, HREF + name, "text") for name in ("a.ics", "b.ics")]
        assert isinstance(outcomes[0].exception(), ServerTrouble)
        assert outcomes[1].exception() is None
        assert home.at_once == 1


def test_accounts_on_one_server_share_what_was_learnt_and_other_servers_do_not() -> None:
    """Trap 13: lower for that server, in the next pass and for the next account too."""
    with standing_in(lambda _: raw(500)) as there, standing_in(lambda _: raw(500)) as other:
        first = _home(there)
        assert first.at_once == 4
        _ask(bearing_of(there.origin), 500, 500)
        assert first.at_once == _home(there, "another").at_once == 1
        assert _home(other).at_once == 4


def test_the_limits_stay_what_the_servers_traits_say() -> None:
    """Trap 13: what is known beforehand (Nextcloud: one) is never exceeded."""
    bearing = Bearing()
    for _ in range(5 * CALM):
        _ask(bearing, 200, 200)
    assert (bearing.at_once(1), bearing.at_once(4)) == (1, 4)


def test_asking_again_is_not_multiplied_by_who_asks() -> None:
    """A busy server is asked three times for one write, not three times three."""
    with standing_in(lambda _: raw(503, Retry_After="1")) as there:
        transport = there.transport()
        home = DavHome(transport, Account(origin=there.origin, principal="/p/", calendar_homes=("/",)))
        collection = home.collection(HREF, CollectionKind.CALENDAR)
        waited: list[float] = []
        bound = [Bound(href=HREF, kind=CollectionKind.CALENDAR)]
        pusher = Pusher(None, lambda _: collection, bound, PassReport(), waited.append)  # type: ignore[arg-type]
        intent = Intent(
            op="1",
            collection=HREF,
            href=HREF + "a.ics",
            uid="a",
            action=Action.CREATE,
            text="x",
            base_etag=None,
            notify=False,
        )
        with pytest.raises(ServerTrouble):
            pusher._request(intent)
        assert len(there.asked) == 3
