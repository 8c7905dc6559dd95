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
        # Measured at a Nextcloud 32.0.1 with one PHP process,
        ([(0.174, 0.345, 0.518, 0.687), (0.177, 0.349, 0.523, 0.695), (0.189, 0.373, 0.56, 0.753)], False),
        # and with four, on a machine with two cores that had other things to do.
        ([(0.229, 0.283, 0.31, 0.435), (0.175, 0.348, 0.516, 0.687), (0.186, 0.191, 0.371, 0.377)], None),
        ([(0.196, 0.317, 0.326, 0.44), (0.185, 0.268, 0.317, 0.407), (0.271, 0.272, 0.276, 0.451)], None),
        ([(0.10, 0.11, 0.12, 0.13), (0.10, 0.10, 0.10, 0.11)], True),
        # A far away server: the way takes twice as long as the work.
        ([(0.15, 0.20, 0.25, 0.30), (0.15, 0.21, 0.25, 0.31)], None),
        ([(0.16, 0.22, 0.28, 0.34), (0.16, 0.22, 0.28, 0.34)], False),
        ([(0.1, 0.2, 0.3, 0.4), (0.10, 0.11, 0.11, 0.12)], None),
        # A few milliseconds are noise.
        ([(0.002, 0.004, 0.006, 0.008), (0.003, 0.004, 0.005, 0.012)], True),
        ([], None),
    ],
)
def test_what_the_times_tell(rounds: Sequence[Sequence[float]], several: bool | None) -> None:
    assert several_at_once(rounds) is several


def nextcloud(there: StandIn, folder: Path) -> Ward:
    account = replace(account_at(there.origin), server="nextcloud")
    return ward(folder, account, collections={"/p/outings/": (Purpose.OUTINGS,)})


def test_one_worker_is_named(tmp_path: Path) -> None:
    with standing_in(good) as there:
        made = nextcloud(there, tmp_path)
        made.set(crowd=lambda transport, href: [(0.1, 0.2, 0.3, 0.4)] * 2)
        assert blamed(made.look()) == {"php_workers.one_by_one"}
        made.set(crowd=lambda transport, href: [(0.1, 0.1, 0.1, 0.1)])
        assert [r.key for r in of(made.look(), "php_workers")] == ["ok"]


def test_sixteen_small_requests_are_sent_for_it(tmp_path: Path) -> None:
    with standing_in(good) as there:
        found = nextcloud(there, tmp_path).look()
        assert len(there.asked) == found.requests == 3 + TOGETHER * (1 + ROUNDS) == 19
    assert len(of(found, "php_workers")) == 1


def test_it_is_asked_of_no_other_server(healthy: Ward) -> None:
    assert of(healthy.look(), "php_workers") == []


def test_a_server_that_chokes_on_it_is_told_as_unclear_and_not_blamed(tmp_path: Path) -> None:
    def chokes(transport: Transport, href: str) -> Sequence[tuple[float, ...]]:
        raise TimedOut("No answer in time")

    with standing_in(good) as there:
        made = nextcloud(there, tmp_path)
        made.set(crowd=chokes)
        found = made.look()
    assert blamed(found) == set()
    assert [r.key for r in of(found, "php_workers")] == ["unclear"]
