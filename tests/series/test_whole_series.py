"""A series changed as a whole: shifted, shortened, given another rhythm; each date goes on as the nearest one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendars.sync.guard import EMPTIED
from sidecar.domain.appointments import Place, Response
from sidecar.domain.bindings import Link
from sidecar.services import rota
from sidecar.services.sync import drawing
from sidecar.services.sync.drawing_series import draw_series
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, NAME, PUBLISHED, Tuesdays, week


def busy(series: Tuesdays) -> Tuesdays:
    series.staff(1, "anne", "bruno")
    series.staff(4, "anne", "chloe")
    series.answer(4, "anne", "ACCEPTED")
    return series


def test_shifted_by_an_hour_every_outing_goes_along_and_asks_again(tuesdays_styled: Tuesdays) -> None:
    series = busy(tuesdays_styled)
    series.editor.move(series.uid, week(0, 10))
    series.world.sync()
    # What had a team was a changed date: the program moves its name and leaves its time.
    assert [series.outing(n).start for n in range(6)] == [week(n, 10) if n not in (1, 4) else week(n) for n in range(6)]
    assert (series.team(1), series.team(4)) == ({"anne", "bruno", "denis"}, {"anne", "chloe", "denis"})
    assert series.response(4, "anne") is Response.ACCEPTED
    assert len(series.world.outings()) == 6
    series.world.quiet()


def test_shifted_by_a_day_with_its_changed_dates(tuesdays: Tuesdays) -> None:
    series = busy(tuesdays)
    opened = series.editor.open(series.uid)
    for event in opened.events:
        if event.line("RECURRENCE-ID") is not None:
            opened.tree.remove(event)
    series.editor.save(opened)
    series.editor.move(series.uid, week(0, days=1))
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n, days=1) for n in range(6)]
    assert (series.team(1), series.team(4)) == ({"anne", "bruno", "denis"}, {"anne", "chloe", "denis"})
    assert series.response(4, "anne") is Response.NEEDS_ACTION, "a moved date asks again"
    assert any("PARTSTAT=NEEDS-ACTION" in line or "PARTSTAT" not in line for line in series.lines_of(week(4, days=1)))
    series.world.quiet()


def test_moved_three_days_on_over_the_week(tuesdays: Tuesdays) -> None:
    series = busy(tuesdays)
    series.editor.move(series.uid, week(0, 18, days=3))
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert series.starts(CANCELLED) == []
    assert (series.team(1), series.team(4)) == ({"anne", "bruno", "denis"}, {"anne", "chloe", "denis"})
    series.world.quiet()


def test_shortened_by_count_or_until_the_rest_is_cancelled_and_comes_back_as_it_was(tuesdays_styled: Tuesdays) -> None:
    series = busy(tuesdays_styled)
    for rule in ("FREQ=WEEKLY;COUNT=3", f"FREQ=WEEKLY;UNTIL={week(2):%Y%m%dT}083000Z"):
        series.editor.change_rule(series.uid, rule)
        series.world.sync()
        # The date with a team of its own is still a changed date of the series: programs show it.
        assert series.starts(CANCELLED) == [week(3), week(5)]
        series.editor.change_rule(series.uid, "FREQ=WEEKLY;COUNT=6")
        series.world.sync()
        assert series.starts() == [week(n) for n in range(6)]
        assert [o.id for o in series.world.outings()] == [series.ids[n] for n in range(6)]
        assert series.response(4, "anne") is Response.ACCEPTED
    series.world.quiet()


def test_lengthened_it_gets_more_dates(tuesdays: Tuesdays) -> None:
    series = busy(tuesdays)
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;COUNT=8")
    series.world.sync()
    assert series.starts() == [week(n) for n in range(8)]
    assert [series.outing(n).start for n in range(6)] == [week(n) for n in range(6)]
    series.world.quiet()


def test_from_weekly_to_fortnightly_every_second_date_stays(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(4, "anne", "bruno")
    series.answer(4, "anne", "ACCEPTED")
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    series.world.sync()
    assert [series.outing(n).state for n in range(6)] == [PUBLISHED, CANCELLED] * 3
    assert (series.team(4), series.response(4, "anne")) == ({"anne", "bruno", "denis"}, Response.ACCEPTED)
    series.world.quiet()
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;COUNT=6")
    series.world.sync()
    assert [o.id for o in series.world.outings()] == [series.ids[n] for n in range(6)]
    assert series.starts(CANCELLED) == []
    series.world.quiet()


def test_fortnightly_on_another_weekday_maps_to_the_nearest_dates(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY;BYDAY=TU;COUNT=6")
    opened = series.editor.open(series.uid)
    opened.master.set("RRULE", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;COUNT=3")
    for name, moment in (("DTSTART", week(1, days=2)), ("DTEND", week(1, 11, days=2))):
        fresh = series.editor.when(name, moment)
        opened.master.set(name, fresh.value, fresh.params)
    series.editor.save(opened)
    series.world.sync()
    assert [series.outing(n).start for n in (1, 3, 5)] == [week(n, days=2) for n in (1, 3, 5)]
    assert [series.outing(n).state for n in (0, 2, 4)] == [CANCELLED] * 3
    assert len(series.world.outings()) == 6
    series.world.quiet()


def test_a_day_more_each_week_leaves_the_known_dates(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY;BYDAY=TU;COUNT=4")
    series.staff(2, "anne", "bruno")
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8")
    series.world.sync()
    assert [series.outing(n).start for n in range(4)] == [week(n) for n in range(4)]
    assert series.team(2) == {"anne", "bruno", "denis"}
    assert len(series.starts()) == 8
    series.world.quiet()


def test_past_dates_stay_whatever_happens_to_the_series(begin: Begin) -> None:
    series = busy(Tuesdays.made(begin(outings=0)))
    series.later(days=16)  # 11 March
    series.world.sync()
    past = [series.outing(n) for n in (0, 1)]
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    series.world.sync()
    series.editor.move(series.uid, week(0, 12, days=1))
    series.world.sync()
    assert [series.outing(n) for n in (0, 1)] == past
    assert series.outing(2).start == week(2, 12, days=1)
    series.world.quiet()


def test_shifted_across_the_clock_change_it_stays_at_its_hour(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.editor.move(series.uid, week(4, 10))
    series.world.sync()
    assert series.starts() == [week(n, 10) for n in range(4, 10)]
    assert {start.hour for start in series.starts()} == {10}
    series.world.quiet()


def test_an_added_date_and_a_period_become_outings(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    if series.world.over.name == "radicale":
        pytest.skip("Radicale refuses RDATE as a PERIOD")
    rdates = "RDATE;TZID=America/New_York:20260311T100000\r\nRDATE;VALUE=PERIOD:20260312T080000Z/PT5H\r\nRRULE:"
    series.rewrite(("RRULE:", rdates))
    series.world.sync()
    made = [o for o in series.world.outings() if o.id not in series.ids.values()]
    assert [(o.start, o.duration) for o in made] == [
        (week(1, 15, 0, days=1), timedelta(hours=2)),
        (week(1, 9, 0, days=2), timedelta(hours=5)),
    ]
    series.world.quiet()


def test_the_series_is_moved_while_the_board_moved_one_date_and_that_date_is_asked_about(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.world.change(series.ids[2], start=week(2, 15), end=week(2, 17))
    series.editor.move(series.uid, week(0, 10))
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n, 10) for n in range(6)]
    (conflict,) = series.world.conflicts()
    assert (conflict.subject_id, conflict.field, conflict.why) == (series.ids[2], "time", "both_changed")
    assert conflict.recurrence_id == "2026-03-17T10:30:00"
    assert [str(value[0]) for value in (conflict.base, conflict.ours, conflict.theirs)] == [
        "2026-03-17T08:30:00+00:00",
        "2026-03-17T14:30:00+00:00",
        "2026-03-17T09:30:00+00:00",
    ]
    series.world.quiet()


def test_the_series_is_deleted_while_the_board_staffed_one_date_and_that_date_stays(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.world.staff(series.ids[2], "anne", "bruno")
    series.editor.delete(series.uid)
    series.world.sync()
    assert [series.outing(n).state for n in range(6)] == [PUBLISHED if n == 2 else CANCELLED for n in range(6)]
    (conflict,) = series.world.conflicts()
    assert (conflict.why, conflict.recurrence_id) == ("deleted_there_changed_here", "2026-03-17T09:30:00")
    series.later(minutes=3)
    series.world.sync()
    assert list(series.world.texts()) == [series.world.scene.href_of(series.ids[2])]
    assert series.team(2) == {"anne", "bruno", "denis"}
    series.world.quiet()


def test_a_date_that_a_program_drops_keeps_the_place_and_the_text_that_the_board_gave_it(tuesdays: Tuesdays) -> None:
    series, world = tuesdays, tuesdays.world
    series.staff(2, "anne", "bruno")
    world.change(series.ids[2], place=Place(name="Place Sainte-Anne"), text="Bring the tent")
    world.sync()
    opened = series.editor.open(series.uid)
    opened.tree.remove(series.editor.date_of(opened, week(2)))
    series.editor.save(opened)
    world.sync()
    outing = series.outing(2)
    assert outing.place is not None
    assert (outing.place.name, outing.text, series.team(2)) == (
        "Place Sainte-Anne", "Bring the tent", {"anne", "bruno", "denis"}
    )  # fmt: skip
    assert any("Place Sainte-Anne" in line for line in series.lines_of(week(2)))
    world.quiet()


def test_a_series_is_drawn_once_for_all_its_dates(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def counting(desk: object, binding: object, link: Link, base: str) -> object:
        drawn.append(link.href)
        return draw_series(desk, binding, link, base)  # type: ignore[arg-type]

    monkeypatch.setattr(drawing, "draw_series", counting)
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY")
    assert len(series.starts()) > 20
    assert len(drawn) == 1


def test_a_series_that_is_put_back_leaves_out_the_date_that_was_called_off_meanwhile(tuesdays: Tuesdays) -> None:
    series, world = tuesdays, tuesdays.world
    world.editor.create_event(NAME, week(0, 16), week(0, 18))
    world.sync()
    for uid in world.editor.uids():
        world.editor.delete(uid)
    assert world.sync().collections[world.calendar].guarded == EMPTIED
    with world.scene.board() as uow:
        rota.cancel(uow, series.ids[2])
    world.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    world.sync()
    series.uid = series.uid_of(0)
    assert [series.outing(n).state for n in range(6)] == [CANCELLED if n == 2 else PUBLISHED for n in range(6)]
    assert "STATUS:CANCELLED" in series.lines_of(week(2)), "nobody sees it take place"
    assert len(world.texts()) == 2
    world.quiet()
    with world.scene.board() as uow:
        rota.bring_back(uow, series.ids[2])
    world.sync()
    assert "STATUS:CANCELLED" not in series.lines_of(week(2))
    assert len(world.texts()) == 2, "it takes place where it always stood"
    world.quiet()
