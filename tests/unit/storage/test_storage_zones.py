"""Aware times as text and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from sidecar.storage import StorageError
from sidecar.storage.zones import as_text, from_text, in_zone, zone_name

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 7, 1, 9, 30, tzinfo=PARIS), "2026-07-01T09:30:00+02:00[Europe/Paris]"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=PARIS), "2026-10-25T02:30:00+02:00[Europe/Paris]"),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS), "2026-10-25T02:30:00+01:00[Europe/Paris]"),
        (datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC), "2026-01-01T00:00:00.000005+00:00"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), "2026-01-01T00:00:00-03:30"),
    ],
)
def test_a_time_keeps_its_zone_and_which_of_two_hours_it_is(moment: datetime, text: str) -> None:
    assert as_text(moment) == text
    assert repr(from_text(text)) == repr(moment)


def test_a_time_that_its_zone_skips_comes_back_an_hour_later_on_the_clock() -> None:
    skipped = datetime(2026, 3, 29, 2, 30, tzinfo=PARIS)
    assert from_text(as_text(skipped)) == datetime(2026, 3, 29, 3, 30, tzinfo=PARIS)


def test_an_offset_without_a_name_is_its_own_name() -> None:
    odd = timezone(timedelta(hours=2, seconds=30))
    assert zone_name(datetime(2026, 1, 1, tzinfo=odd)) == "+02:00:30"
    assert in_zone(datetime(2026, 1, 1, tzinfo=UTC), "+02:00:30").utcoffset() == timedelta(hours=2, seconds=30)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        as_text(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd"])
def test_a_zone_that_this_machine_does_not_know_is_said(name: str) -> None:
    with pytest.raises(StorageError) as caught:
        in_zone(datetime(2026, 1, 1, tzinfo=UTC), name)
    assert caught.value.code == "storage_unknown_zone"
