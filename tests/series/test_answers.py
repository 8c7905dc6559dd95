"""PARTSTAT in a series: of one date, of all without an answer of their own, and asked anew when a date is moved."""

from __future__ import annotations

from sidecar.domain.appointments import Response
from tests.rows.conftest import Begin
from tests.rows.world import unfolded
from tests.series.tuesdays import NAME, Tuesdays, week

ACCEPTED, DECLINED, OPEN = Response.ACCEPTED, Response.DECLINED, Response.NEEDS_ACTION
BOTH = ("anne@example.org", "bruno@example.org")


def with_team(series: Tuesdays) -> Tuesdays:
    """Anne and Bruno are invited to the series as a whole, in a calendar program."""
    for mail in BOTH:
        series.editor.add_attendee(series.uid, mail)
    series.world.sync()
    assert all(series.team(n) >= {"anne", "bruno"} for n in range(6))
    return series


def answers(series: Tuesdays, person: str) -> list[Response]:
    return [series.response(n, person) for n in range(6)]


def partstats(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        if line.startswith("ATTENDEE"):
            address = line.rpartition("mailto:")[2].lower()
            found[address] = line.partition("PARTSTAT=")[2].partition(";")[0].partition(":")[0] or "NEEDS-ACTION"
    return found


def master_lines(series: Tuesdays) -> list[str]:
    events = [e for e in unfolded(series.editor.text(series.uid)).split("BEGIN:VEVENT")[1:] if "RECURRENCE-ID" not in e]
    return events[0].splitlines()


def test_an_answer_to_the_series_is_an_answer_to_each_date_without_its_own(tuesdays_styled: Tuesdays) -> None:
    series = with_team(tuesdays_styled)
    series.answer(2, "bruno", "DECLINED")
    assert answers(series, "bruno") == [DECLINED if n == 2 else OPEN for n in range(6)]
    series.editor.answer(series.uid, "bruno@example.org", "ACCEPTED")
    series.world.sync()
    assert answers(series, "bruno") == [DECLINED if n == 2 else ACCEPTED for n in range(6)]
    assert answers(series, "anne") == [OPEN] * 6
    assert [r.person_id for r in series.world.cover_requests(series.ids[2])] == ["bruno"]
    series.world.quiet()


def test_a_date_declined_after_the_series_was_accepted_is_declined_alone(tuesdays: Tuesdays) -> None:
    series = with_team(tuesdays)
    series.editor.answer(series.uid, "anne@example.org", "ACCEPTED")
    series.world.sync()
    series.answer(4, "anne", "DECLINED")
    assert answers(series, "anne") == [DECLINED if n == 4 else ACCEPTED for n in range(6)]
    assert all(series.world.cover_requests(series.ids[n]) == [] for n in (0, 1, 2, 3, 5))
    series.world.quiet()


def test_a_date_that_is_moved_asks_again_and_the_others_do_not(tuesdays: Tuesdays) -> None:
    series = with_team(tuesdays)
    for number in range(6):
        series.world.staff(series.ids[number], "anne", "bruno")
    series.editor.answer(series.uid, "anne@example.org", "ACCEPTED")
    series.world.sync()
    series.editor.change_one_date(series.uid, week(3), start=week(3, 14))
    series.world.sync()
    assert answers(series, "anne") == [OPEN if n == 3 else ACCEPTED for n in range(6)]
    assert partstats(series.lines_of(week(3)))["anne@example.org"] == "NEEDS-ACTION"
    assert partstats(master_lines(series))["anne@example.org"] == "ACCEPTED"
    series.world.quiet()
    series.answer(3, "anne", "ACCEPTED")
    assert answers(series, "anne") == [ACCEPTED] * 6
    series.world.quiet()


def test_a_date_moved_on_the_board_asks_again_too(tuesdays: Tuesdays) -> None:
    series = with_team(tuesdays)
    for number in range(6):
        series.world.staff(series.ids[number], "anne", "bruno")
    series.editor.answer(series.uid, "anne@example.org", "ACCEPTED")
    series.world.sync()
    series.world.change(series.ids[3], start=week(3, 14), end=week(3, 16))
    series.world.sync()
    assert answers(series, "anne") == [OPEN if n == 3 else ACCEPTED for n in range(6)]
    assert partstats(series.lines_of(week(3)))["anne@example.org"] == "NEEDS-ACTION"
    series.world.quiet()


def invited(begin: Begin) -> Tuesdays:
    """A series that was made with its whole team, so that no date has anything of its own to say."""
    world = begin(outings=0)
    series = Tuesdays(world, world.editor.create_series(NAME, week(0), week(0, 11), "FREQ=WEEKLY;COUNT=6"))
    for mail in BOTH:
        series.editor.add_attendee(series.uid, mail)
    series.editor.add_attendee(series.uid, "denis@example.org", role="NON-PARTICIPANT")
    series.absorbed()
    assert not any(o.to_confirm for o in world.outings())
    return series


def test_a_series_that_is_moved_asks_all_its_dates_again_in_one_line(begin: Begin) -> None:
    series = invited(begin)
    series.editor.answer(series.uid, "anne@example.org", "ACCEPTED")
    series.world.sync()
    assert answers(series, "anne") == [ACCEPTED] * 6
    series.editor.move(series.uid, week(0, 14))
    series.world.sync()
    assert answers(series, "anne") == [OPEN] * 6
    assert partstats(master_lines(series))["anne@example.org"] == "NEEDS-ACTION"
    assert "RECURRENCE-ID" not in series.editor.text(series.uid)
    series.world.quiet()
    series.editor.answer(series.uid, "anne@example.org", "TENTATIVE")
    series.world.sync()
    assert answers(series, "anne") == [Response.TENTATIVE] * 6
    series.world.quiet()


def test_one_date_moved_on_the_board_asks_nobody_about_the_others(begin: Begin) -> None:
    series = invited(begin)
    series.editor.answer(series.uid, "anne@example.org", "ACCEPTED")
    series.world.sync()
    for number in range(6):
        series.world.change(series.ids[number], start=week(number, 15), end=week(number, 17))
    series.world.sync()
    assert partstats(master_lines(series))["anne@example.org"] == "ACCEPTED"
    assert all(partstats(series.lines_of(week(n)))["anne@example.org"] == "NEEDS-ACTION" for n in range(6))
    series.world.quiet()


def test_an_answer_on_the_board_is_drawn_into_its_date(tuesdays: Tuesdays) -> None:
    series = with_team(tuesdays)
    series.staff(2, "anne", "bruno")
    outing = series.outing(2)
    people = tuple(
        type(p)(person_id=p.person_id, role=p.role, response=ACCEPTED, answered_for=outing.start)
        if p.person_id == "anne"
        else p
        for p in outing.participants
    )
    series.world.change(series.ids[2], participants=people)
    series.world.sync()
    assert partstats(series.lines_of(week(2)))["anne@example.org"] == "ACCEPTED"
    assert answers(series, "anne") == [ACCEPTED if n == 2 else OPEN for n in range(6)]
    series.world.quiet()


def test_somebody_taken_out_of_the_series_is_out_of_every_date_but_those_with_a_team_of_their_own(begin: Begin) -> None:
    series = with_team(Tuesdays.made(begin(outings=0)))
    series.answer(2, "bruno", "ACCEPTED")
    series.editor.remove_attendee(series.uid, "bruno@example.org")
    series.world.sync()
    assert ["bruno" in series.team(n) for n in range(6)] == [n == 2 for n in range(6)]
    assert series.response(2, "bruno") is ACCEPTED
    series.world.quiet()
