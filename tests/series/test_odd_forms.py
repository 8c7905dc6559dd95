"""Days, floating times and zones of every kind: outings at the right hour, and nothing rewritten that nobody changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.editor.lines import Line
from tests.rows.conftest import INVITING, Begin
from tests.rows.world import World
from tests.scene import PARIS
from tests.series.tuesdays import CANCELLED, NAME, Tuesdays, week

WEEKLY = "FREQ=WEEKLY;COUNT=6"
LIE = (
    "BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\n"
    "TZOFFSETTO:+0900\r\nTZNAME:LIE\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def made_of(world: World, start: str, end: str, *, zone: str = "", more: str = "") -> Tuesdays:
    """Six weeks put there by hand, as a program might write them."""
    uid = "odd-series"
    href = f"{world.calendar}{uid}.ics"
    lines = [f"UID:{uid}", "DTSTAMP:20260201T000000Z", start, end, f"SUMMARY:{NAME}", f"RRULE:{WEEKLY}", "X-KEPT:oui"]
    event = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//odd//FR\r\n{zone}{event}{more}END:VCALENDAR\r\n"
    world.editor.put_text(href, text)
    return Tuesdays(world, uid).absorbed()


def zoned(tzid: str) -> tuple[str, str]:
    return f"DTSTART;TZID={tzid}:20260303T093000", f"DTEND;TZID={tzid}:20260303T113000"


def is_kept(before: str, after: str) -> bool:
    """Whether each line still stands there, in its order.

    Where people are told, the first team of a date makes the centre the organizer and a guest of the whole series, which is
    stamped anew: Nextcloud answers 500 where somebody leaves a date of a series that has no guest (docs/nextcloud.md).
    """
    lines = iter(after.split("\r\n"))
    return all(line in lines for line in before.split("\r\n") if not line.startswith("DTSTAMP"))


@pytest.mark.parametrize("tzid", ["Europe/Paris", "Romance Standard Time", "/freeassociation.sourceforge.net/Europe/Paris"])
@pytest.mark.parametrize("described", ["", LIE], ids=["undescribed", "lying"])
def test_a_zone_is_known_by_its_name_whatever_is_said_of_it(begin: Begin, tzid: str, described: str) -> None:
    series = made_of(begin(outings=0), *zoned(tzid), zone=described.format(tzid=tzid))
    assert series.starts() == [week(n) for n in range(6)]
    series.world.quiet()
    series.staff(5, "anne", "bruno")
    assert series.starts() == [week(n) for n in range(6)]
    series.world.quiet()
    series.world.change(series.ids[5], start=week(5, 15, 0), end=week(5, 17, 0))
    series.world.sync()
    assert any(line.startswith("DTSTART") and "T150000" in line for line in series.lines_of(week(5)))
    series.world.quiet()


@pytest.mark.parametrize("tzid", ["Heure de chez nous", "Customized Time Zone"])
def test_a_zone_that_nobody_knows_is_the_centres_own(begin: Begin, tzid: str) -> None:
    world = begin(outings=0)
    if world.over.name == "radicale":
        pytest.skip("Radicale refuses a TZID that nobody knows")
    series = made_of(world, *zoned(tzid))
    assert series.starts() == [week(n) for n in range(6)]
    series.world.quiet()


def test_floating_times_are_the_centres_and_stay_floating(begin: Begin) -> None:
    series = made_of(begin(outings=0), "DTSTART:20260303T093000", "DTEND:20260303T113000")
    assert series.starts() == [week(n) for n in range(6)]
    before = series.editor.text(series.uid)
    series.world.quiet()
    series.staff(2, "anne", "bruno")
    lines = series.lines_of(week(2))
    assert "DTSTART:20260317T093000" in lines and "DTEND:20260317T113000" in lines
    assert "RECURRENCE-ID:20260317T093000" in lines
    assert series.starts() == [week(n) for n in range(6)]
    after = series.editor.text(series.uid)
    if series.world.over.name == INVITING:
        assert is_kept(before, after)
    else:
        assert before.split("BEGIN:VEVENT")[1].split("END:VEVENT")[0] in after
    series.world.quiet()


def test_a_floating_date_moved_on_either_side_moves_and_makes_no_conflict(begin: Begin) -> None:
    series = made_of(begin(outings=0), "DTSTART:20260303T093000", "DTEND:20260303T113000")
    series.staff(2, "anne", "bruno")
    series.rewrite(
        ("DTSTART:20260317T093000", "DTSTART:20260317T140000"), ("DTEND:20260317T113000", "DTEND:20260317T160000")
    )
    series.world.sync()
    assert series.outing(2).start == week(2, 14, 0)
    assert series.world.conflicts() == []
    series.world.quiet()
    series.world.change(series.ids[2], start=week(2, 15, 0), end=week(2, 17, 0))
    series.world.sync()
    assert any(line.startswith("DTSTART") and "T150000" in line for line in series.lines_of(week(2)))
    assert series.outing(2).start == week(2, 15, 0)
    series.world.quiet()


def test_whole_days_become_outings_of_a_day(begin: Begin) -> None:
    world = begin(outings=0)
    uid = world.editor.create_series(NAME, date(2026, 3, 3), date(2026, 3, 4), WEEKLY)
    before = world.editor.text(uid)
    world.sync()
    series = Tuesdays(world, uid).absorbed()
    days = [datetime(2026, 3, 3, tzinfo=PARIS) + timedelta(weeks=n) for n in range(6)]
    assert series.starts() == days
    assert all(o.all_day and o.end.date() == o.start.date() + timedelta(days=1) for o in world.outings())
    assert world.editor.text(uid) == before
    world.quiet()
    series.staff(4, "anne", "bruno")
    assert series.starts() == days, "the day of the clock change is 23 hours away"
    assert "RECURRENCE-ID;VALUE=DATE:20260331" in series.editor.text(uid)
    assert "DTSTART;VALUE=DATE:20260331" in series.editor.text(uid)
    world.quiet()
    series.editor.delete_one_date(uid, date(2026, 3, 17))
    world.sync()
    assert series.outing(2).state is CANCELLED
    assert len(series.starts()) == 5
    world.quiet()


def test_a_day_that_gets_an_hour_is_the_same_outing(begin: Begin) -> None:
    world = begin(outings=0)
    uid = world.editor.create_series(NAME, date(2026, 3, 3), date(2026, 3, 4), WEEKLY)
    series = Tuesdays(world, uid).absorbed()
    series.staff(4, "anne", "bruno")
    opened = series.editor.open(uid)
    for event in opened.events:
        if event.line("RECURRENCE-ID") is not None:
            opened.tree.remove(event)
    for name, moment in (("DTSTART", week(0)), ("DTEND", week(0, 11))):
        fresh = series.editor.when(name, moment)
        opened.master.set(name, fresh.value, fresh.params)
    series.editor.save(opened)
    world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n) for n in range(6)]
    assert not any(o.all_day for o in world.outings())
    assert series.team(4) == {"anne", "bruno", "denis"}
    assert len(world.outings()) == 6
    world.quiet()


@pytest.mark.parametrize(
    "exdate",
    [
        Line("EXDATE", "20260317T083000Z"),
        Line("EXDATE", "20260317T043000", ";TZID=America/New_York"),
        Line("EXDATE", "20260317", ";VALUE=DATE"),
        Line("EXDATE", "20260317T093000"),
    ],
    ids=["utc", "elsewhere", "day", "floating"],
)
def test_a_date_is_crossed_out_in_any_zone(begin: Begin, exdate: Line) -> None:
    series = Tuesdays.made(begin(outings=0))
    if series.world.over.name == "radicale" and exdate.params == ";VALUE=DATE":
        pytest.skip("Radicale refuses an EXDATE of another type than DTSTART")
    opened = series.editor.open(series.uid)
    opened.master.add(exdate)
    series.editor.save(opened)
    series.world.sync()
    assert [series.outing(n).state is CANCELLED for n in range(6)] == [n == 2 for n in range(6)]
    assert series.world.conflicts() == []
    series.world.quiet()


def test_a_series_in_another_zone_stays_there(begin: Begin) -> None:
    """Cayenne has no summer time: from 29 March the outing is an hour later in Paris."""
    start, end = "DTSTART;TZID=America/Cayenne:20260303T053000", "DTEND;TZID=America/Cayenne:20260303T073000"
    series = made_of(begin(outings=0), start, end)
    assert series.starts() == [week(n) if n < 4 else week(n, 10) for n in range(6)]
    series.staff(4, "anne", "bruno")
    assert any("TZID=America/Cayenne:20260331T053000" in line for line in series.lines_of(week(4, 5)))
    assert series.starts() == [week(n) if n < 4 else week(n, 10) for n in range(6)]
    series.world.quiet()


def test_what_nobody_changed_stays_byte_for_byte(begin: Begin) -> None:
    """On the in-memory server, which rewrites nothing, every other line of the series is as it was."""
    world = begin(outings=0)
    if world.over.name not in ("twin", INVITING):
        pytest.skip("real servers write anew what they are given")
    odd = 'X-ODD;X-P="a;b":\\, \\; and a long line that somebody folded in an odd pla\r\n ce\r\n'
    changed = "UID:odd-series\r\nRECURRENCE-ID:20260310T083000Z\r\nDTSTART:20260310T100000Z\r\n"
    more = f"BEGIN:VEVENT\r\n{changed}{odd}END:VEVENT\r\n"
    series = made_of(world, *zoned("Europe/Paris"), more=more)
    before = world.stored(f"{world.calendar}odd-series.ics")
    series.staff(4, "anne", "bruno")
    after = world.stored(f"{world.calendar}odd-series.ics")
    made = after.rpartition("BEGIN:VEVENT")[2]
    if world.over.name == INVITING:
        assert is_kept(before, after)
        return
    assert after == before.removesuffix("END:VCALENDAR\r\n") + "BEGIN:VEVENT" + made
    assert odd in after
