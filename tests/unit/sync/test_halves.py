"""Which series is the second half of which."""

from __future__ import annotations

from datetime import datetime, timedelta

from sidecar.services.sync.halves import Half, edge, half_of, likelihood

TUESDAY = datetime(2026, 3, 24, 9, 30)  # noqa: DTZ001 (wall-clock time)


def series(uid: str, *lines: str) -> str:
    more = "".join(f"{line}\r\n" for line in lines)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTART:20260324T093000\r\nRRULE:FREQ=WEEKLY\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def half(text: str) -> Half:
    return half_of(text, TUESDAY)


def test_nextcloud_names_the_other_half_in_both() -> None:
    old = half(series("old", "RELATED-TO;RELTYPE=SIBLING:new"))
    assert old.is_related(half(series("new")))
    assert half(series("old")).is_related(half(series("new", "RELATED-TO;RELTYPE=SIBLING:old")))
    assert not half(series("old")).is_related(half(series("new")))


def test_apple_names_a_set_that_both_halves_belong_to() -> None:
    shared = "RELATED-TO;RELTYPE=X-CALENDARSERVER-RECURRENCE-SET:the-set"
    assert half(series("old", shared)).is_related(half(series("new", shared)))


def test_ios_adds_the_date_to_the_uid_however_often_it_splits() -> None:
    old, rest, last = (half(series(uid)) for uid in ("U", "U/RID=796032000", "U/RID=796032000/RID=797241600"))
    assert old.is_related(rest)
    assert rest.is_related(last)
    assert old.is_related(last)
    assert not rest.is_related(half(series("V/RID=796032000")))


def test_what_is_deleted_in_the_middle_cuts_nothing() -> None:
    assert edge(["2026-03-10"], ["2026-03-03", "2026-03-17"]) is None
    assert edge(["2026-03-10", "2026-03-24"], ["2026-03-03", "2026-03-17"]) == datetime(2026, 3, 24)  # noqa: DTZ001
    assert edge(["", "2026-03-24"], []) == datetime(2026, 3, 24)  # noqa: DTZ001


def test_what_a_program_says_counts_more_than_the_very_same_time_and_that_more_than_where_it_was_cut() -> None:
    def likely(names: str, hours: int, weeks: int, title: str = "Café"):
        begun = Half(frozenset({names}), TUESDAY + timedelta(weeks=weeks))
        found = likelihood(TUESDAY, "Café", Half(frozenset({"U"}), TUESDAY), TUESDAY + timedelta(hours=hours), title, begun)
        assert found is not None
        return found

    order = [
        likely("U", 30, 2, "Autre"),
        likely("V", 0, 2, "Autre"),
        likely("V", 30, 0, "Autre"),
        likely("V", 20, 2),
        likely("V", 10, 2, "Autre"),
        likely("V", 20, 2, "Autre"),
    ]
    assert sorted(order) == order
    assert [one.certain for one in order] == [True, True, False, False, False, False]


def test_nothing_goes_farther_than_six_days_and_a_half_or_into_a_series_that_ran_beside_it() -> None:
    ended, beside = Half(frozenset({"U"}), TUESDAY), Half(frozenset({"V"}), TUESDAY - timedelta(weeks=1))
    assert likelihood(TUESDAY, "", ended, TUESDAY + timedelta(days=7), "", ended) is None
    assert likelihood(TUESDAY, "", ended, TUESDAY + timedelta(days=2), "", beside) is None
    assert likelihood(TUESDAY, "", ended, TUESDAY, "", beside) is not None
    assert likelihood(TUESDAY, "", ended, TUESDAY + timedelta(days=2), "", Half(frozenset({"V"}), None)) is None
