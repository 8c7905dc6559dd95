"""Whether a Nextcloud answers several at once, told by the times of requests that are sent together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.dav.failures import TimedOut
from calendars.dav.transport import Transport
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor.crowd import ROUNDS, TOGETHER
from sidecar.services.doctor.php_workers import several_at_once
from tests.doctor.test_servers import good
from tests.doctor.ward import Ward, account_at, blamed, of, ward
from tests.unit.dav.standin import StandIn, standing_in


@pytest.mark.parametrize(
    ("rounds", "several"),
    [
        ([(0.10, 0.31), (0.10, 0.30)], False),
        ([(0.10, 0.13), (0.10, 0.11)], True),
        # A far away server: the way takes twice as long as the work.
        ([(0.15, 0.28), (0.15, 0.29)], False),
        ([(0.10, 0.30), (0.10, 0.11)], None),
        ([(0.10, 0.15), (0.10, 0.16)], None),
        # A few milliseconds are noise.
        ([(0.002, 0.008), (0.003, 0.012)], True),
        ([(0.0, 0.0)], True),
        ([], None),
    ],
)
def test_what_the_times_tell(rounds: Sequence[tuple[float, float]], several: bool | None) -> None:
    assert several_at_once(rounds) is several


def nextcloud(there: StandIn, folder: Path) -> Ward:
    account = replace(account_at(there.origin), server="nextcloud")
    return ward(folder, account, collections={"/p/outings/": (Purpose.OUTINGS,)})


def test_one_worker_is_named(tmp_path: Path) -> None:
    with standing_in(good) as there:
        made = nextcloud(there, tmp_path)
        made.set(crowd=lambda transport, href: [(0.1, 0.3), (0.1, 0.3)])
        assert blamed(made.look()) == {"php_workers.one_by_one"}
        made.set(crowd=lambda transport, href: [(0.1, 0.1)])
        assert [r.key for r in of(made.look(), "php_workers")] == ["ok"]


def test_nine_small_requests_are_sent_for_it(tmp_path: Path) -> None:
    with standing_in(good) as there:
        found = nextcloud(there, tmp_path).look()
        assert len(there.asked) == found.requests == 3 + TOGETHER * (1 + ROUNDS) == 12
    assert len(of(found, "php_workers")) == 1


def test_it_is_asked_of_no_other_server(healthy: Ward) -> None:
    assert of(healthy.look(), "php_workers") == []


def test_a_server_that_chokes_on_it_is_told_as_unclear_and_not_blamed(tmp_path: Path) -> None:
    def chokes(transport: Transport, href: str) -> Sequence[tuple[float, float]]:
        raise TimedOut("No answer in time")

    with standing_in(good) as there:
        made = nextcloud(there, tmp_path)
        made.set(crowd=chokes)
        found = made.look()
    assert blamed(found) == set()
    assert [r.key for r in of(found, "php_workers")] == ["unclear"]
