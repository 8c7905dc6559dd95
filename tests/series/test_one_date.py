"""One date of a series changed, crossed out, deleted, restored or given a team, from either side; the others stay."""

from __future__ import annotations

from datetime import timedelta

from sidecar.domain.appointments import Response
from sidecar.services import rota
from tests.rows.conftest import Begin
from tests.rows.world import unfolded
from tests.series.tuesdays import CANCELLED, PUBLISHED, Tuesdays, week


def others_stand(series: Tuesdays, *touched: int) -> None:
    for number in set(range(6)) - set(touched):
        outing = series.outing(number)
        assert (outing.start, outing.state) == (week(number), PUBLISHED)
        assert series.lines_of(week(number)) == []


def test_a_date_changed_in_the_calendar_and_changed_back_is_as_before(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14, 0), title="Le Café du facteur, au parc")
    series.world.sync()
    assert (series.outing(2).start, series.outing(2).title) == (week(2, 14, 0), "Le Café du facteur, au parc")
    others_stand(series, 2)
    series.editor.change_one_date(series.uid, week(2), start=week(2), title="Le Café du facteur")
    series.world.sync()
    assert (series.outing(2).start, series.outing(2).title) == (week(2), "Le Café du facteur")
    series.world.quiet()


def test_a_deleted_date_that_is_restored_is_the_same_outing_with_its_team(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.staff(2, "anne", "bruno")
    before = series.editor.text(series.uid)
    series.editor.delete_one_date(series.uid, week(2))
    series.world.sync()
    assert series.outing(2).state is CANCELLED
    series.later(hours=3)
    opened = series.editor.open(series.uid)
    series.editor.put_text(opened.href, before, opened.etag)
    series.world.sync()
    assert series.outing(2).state is PUBLISHED
    assert series.team(2) == {"anne", "bruno", "denis"}
    assert series.uid_of(2) == series.uid
    assert len(series.world.outings()) == 6
    others_stand(series, 2)
    series.world.quiet()


def test_a_deleted_date_whose_exdate_goes_is_drawn_with_its_team_again(tuesdays_styled: Tuesdays) -> None:
    """The program forgot what the date had said; our side did not."""
    series = tuesdays_styled
    series.staff(2, "anne", "bruno")
    series.editor.delete_one_date(series.uid, week(2))
    series.world.sync()
    opened = series.editor.open(series.uid)
    for row in opened.master.lines("EXDATE"):
        opened.master.remove(row)
    series.editor.save(opened)
    series.world.sync()
    assert series.team(2) == {"anne", "bruno", "denis"}
    assert any("anne@example.org" in line for line in series.lines_of(week(2)))
    others_stand(series, 2)
    series.world.quiet()


def test_a_crossed_out_date_is_cancelled_with_its_team_and_restored_with_it(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.staff(2, "anne", "bruno")
    series.editor.cancel_one_date(series.uid, week(2))
    series.world.sync()
    assert series.outing(2).state is CANCELLED
    others_stand(series, 2)
    series.world.quiet()
    opened = series.editor.open(series.uid)
    series.editor.date_of(opened, week(2)).set("STATUS", "CONFIRMED")
    series.editor.save(opened)
    series.world.sync()
    assert (series.outing(2).state, series.team(2)) == (PUBLISHED, {"anne", "bruno", "denis"})
    others_stand(series, 2)
    series.world.quiet()


def test_a_date_changed_on_the_board_and_changed_back_is_as_before(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    end = week(2, 17, 0)
    series.world.change(series.ids[2], start=week(2, 15, 0), end=end, title="Le Café du facteur, tard")
    series.world.sync()
    assert any(line.startswith("DTSTART") and "T150000" in line for line in series.lines_of(week(2)))
    others_stand(series, 2)
    series.world.quiet()
    series.world.change(series.ids[2], start=week(2), end=week(2, 11, 0), title="Le Café du facteur")
    series.world.sync()
    assert any(line.startswith("DTSTART") and "T093000" in line for line in series.lines_of(week(2)))
    others_stand(series, 2)
    series.world.quiet()


def test_a_date_cancelled_on_the_board_is_crossed_out_and_restored_on_either_side(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    for restore in ("board", "calendar"):
        with series.world.scene.board() as uow:
            rota.cancel(uow, series.ids[2])
        series.world.sync()
        assert "STATUS:CANCELLED" in series.lines_of(week(2))
        others_stand(series, 2)
        if restore == "board":
            with series.world.scene.board() as uow:
                rota.bring_back(uow, series.ids[2])
        else:
            opened = series.editor.open(series.uid)
            series.editor.date_of(opened, week(2)).set("STATUS", "CONFIRMED")
            series.editor.save(opened)
        series.world.sync()
        assert (series.outing(2).state, series.team(2)) == (PUBLISHED, {"anne", "bruno", "denis"})
        assert "STATUS:CANCELLED" not in series.editor.text(series.uid)
        series.world.quiet()


def test_the_calendar_moves_one_date_while_the_board_staffs_another_and_both_hold(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.world.staff(series.ids[1], "anne", "bruno")
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14, days=1))
    series.world.sync()
    assert series.outing(2).start == week(2, 14, days=1)
    assert series.team(1) == {"anne", "bruno", "denis"}
    assert any("anne@example.org" in line for line in series.lines_of(week(1)))
    moved = [line for line in series.lines_of(week(2)) if line.startswith("DTSTART")]
    assert moved and f"{week(2, 14, days=1):%Y%m%dT%H%M%S}" in moved[0]
    assert series.world.conflicts() == []
    others_stand(series, 1, 2)
    series.world.quiet()


def test_the_calendar_moves_a_date_while_the_board_staffs_the_same_and_both_hold(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.world.staff(series.ids[2], "anne", "bruno")
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14, days=1))
    series.world.sync()
    assert (series.outing(2).start, series.team(2)) == (week(2, 14, days=1), {"anne", "bruno", "denis"})
    lines = series.lines_of(week(2))
    assert any("anne@example.org" in line for line in lines)
    assert any(line.startswith("DTSTART") and f"{week(2, 14, days=1):%Y%m%dT%H%M%S}" in line for line in lines)
    assert series.world.conflicts() == []
    others_stand(series, 2)
    series.world.quiet()


def test_the_whole_series_moves_while_the_board_staffs_one_date_and_both_hold(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.world.staff(series.ids[2], "anne", "bruno")
    series.editor.move(series.uid, week(0, 10))
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n, 10) for n in range(6)]
    assert series.team(2) == {"anne", "bruno", "denis"}
    assert any("anne@example.org" in line for line in series.lines_of(week(2, 10)))
    assert series.world.conflicts() == []
    series.world.quiet()


def test_a_team_put_into_one_date_in_the_calendar_is_that_outings_alone(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    opened = series.editor.open(series.uid)
    event = series.editor.date_of(opened, week(2))
    for mail in ("anne@example.org", "bruno@example.org"):
        from tests.editor.lines import Line

        event.add(Line("ATTENDEE", f"mailto:{mail}"))
    series.editor.save(opened, touched=[event], matters=True)
    series.world.sync()
    assert series.team(2) == {"anne", "bruno"}
    assert all(series.team(n) == set() for n in (0, 1, 3, 4, 5))
    others_stand(series, 2)
    series.world.quiet()


def test_a_date_edited_on_the_board_and_deleted_in_the_calendar_is_kept_and_told(tuesdays_styled: Tuesdays) -> None:
    series = tuesdays_styled
    series.staff(2, "anne", "bruno")
    series.world.change(series.ids[2], start=week(2, 15), end=week(2, 17))
    series.editor.delete_one_date(series.uid, week(2))
    series.world.sync()
    outing = series.outing(2)
    assert (outing.state, outing.start, series.team(2)) == (PUBLISHED, week(2, 15), {"anne", "bruno", "denis"})
    (conflict,) = series.world.conflicts()
    assert (conflict.why, conflict.subject_id) == ("deleted_there_changed_here", series.ids[2])
    assert conflict.recurrence_id == f"{week(2):%Y-%m-%dT%H:%M:%S}"
    # Half of a split looks the same; the other half is waited for.
    series.later(minutes=3)
    series.world.sync()
    assert series.uid_of(2) != series.uid
    assert "anne@example.org" in unfolded(series.world.text(series.ids[2]))
    others_stand(series, 2)
    series.world.quiet()


def test_a_date_edited_in_the_calendar_and_cancelled_on_the_board_is_both(tuesdays: Tuesdays) -> None:
    """Called off is called off, whenever it would have been; nothing of the edit is lost."""
    series = tuesdays
    with series.world.scene.board() as uow:
        rota.cancel(uow, series.ids[2])
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14), place="Au parc")
    series.world.sync()
    outing = series.outing(2)
    assert (outing.state, outing.start) == (CANCELLED, week(2, 14))
    assert outing.place is not None and outing.place.name == "Au parc"
    lines = series.lines_of(week(2))
    assert "STATUS:CANCELLED" in lines and "LOCATION:Au parc" in lines
    others_stand(series, 2)
    series.world.quiet()


def test_a_mere_redrawing_of_ours_does_not_save_a_deleted_date(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    series.world.change(series.ids[2], meeting_point="Devant la poste")
    series.editor.delete_one_date(series.uid, week(2))
    series.world.sync()
    assert series.outing(2).state is CANCELLED
    assert series.world.conflicts() == []
    others_stand(series, 2)
    series.world.quiet()


def test_both_sides_move_one_date_and_the_calendars_time_stands(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    series.world.change(series.ids[2], start=week(2, 15), end=week(2, 17))
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14))
    series.world.sync()
    assert series.outing(2).start == week(2, 14)
    (conflict,) = series.world.conflicts()
    assert (conflict.field, conflict.why, conflict.recurrence_id) == ("time", "both_changed", "2026-03-17T09:30:00")
    assert all(conflict_value for conflict_value in (conflict.base, conflict.ours, conflict.theirs))
    others_stand(series, 2)
    series.world.quiet()


def test_a_date_moved_beyond_the_horizon_or_before_today_is_moved_and_not_cancelled(tuesdays: Tuesdays) -> None:
    series = tuesdays
    far = week(2) + timedelta(weeks=40)
    series.editor.change_one_date(series.uid, week(2), start=far)
    series.world.sync()
    assert (series.outing(2).start, series.outing(2).state) == (far, PUBLISHED)
    series.editor.change_one_date(series.uid, week(3), start=week(0) - timedelta(days=30))
    series.world.sync()
    assert series.outing(3).state is PUBLISHED
    others_stand(series, 2, 3)
    series.world.quiet()
    series.later(days=1)
    series.world.sync()
    assert (series.outing(2).start, series.outing(2).state) == (far, PUBLISHED)


def test_changed_dates_of_the_whole_house_survive_a_year_of_passes(begin: Begin) -> None:
    """Every override is still there when its date has come and gone."""
    series = Tuesdays.made(begin(outings=0))
    series.editor.change_one_date(series.uid, week(1), title="Le Café du facteur, un")
    series.editor.change_one_date(series.uid, week(4), title="Le Café du facteur, quatre")
    series.world.sync()
    series.staff(5, "anne", "bruno")
    for _ in range(8):
        series.later(days=7)
        series.world.sync()
    text = unfolded(series.editor.text(series.uid))
    assert text.count("RECURRENCE-ID") == 3
    assert [series.outing(n).title for n in (1, 4)] == ["Le Café du facteur, un", "Le Café du facteur, quatre"]
    assert series.starts(CANCELLED) == []


def test_an_answer_to_a_date_says_nothing_of_the_others(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(1, "anne", "bruno")
    series.staff(2, "anne", "bruno")
    series.answer(2, "bruno", "DECLINED")
    assert (series.response(1, "bruno"), series.response(2, "bruno")) == (Response.NEEDS_ACTION, Response.DECLINED)
    assert [r.person_id for r in series.world.cover_requests(series.ids[2])] == ["bruno"]
    assert series.world.cover_requests(series.ids[1]) == []
    series.world.quiet()
