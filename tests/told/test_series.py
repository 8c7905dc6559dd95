"""Series on a server that sends invitations itself: per date, and never more than was meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.appointments import Appointment, Response
from sidecar.services import rota
from tests.rows.world import next_week
from tests.told.conftest import Told

WEEKS = 4


def said(told: Told, guest: str, number: int) -> str:
    return told.post.copy(guest, told.uid, key(number)).value("DESCRIPTION")


@pytest.fixture
def series(told: Told) -> Told:
    """A coordinator's series of four dates; Anne, Bruno and Denis go on the second and the third."""
    world = told.world
    start, end = next_week(14, 0, days=7), next_week(16, 0, days=7)
    told.uid = world.editor.create_series("Le Café du facteur", start, end, f"FREQ=WEEKLY;COUNT={WEEKS}")
    told.sync()
    for date in dates(told)[1:3]:
        world.staff(date.id, "anne", "bruno")
        told.sync()
    told.post.taken()
    return told


def dates(told: Told) -> list[Appointment]:
    return list(told.world.others())


def key(number: int) -> str:
    return f"202603{10 + 7 * number:02d}T140000"


def own(told: Told, guest: str) -> dict[str, str]:
    """The dates in somebody's own calendar, each with whether it takes place."""
    copy = told.post.copies[f"{guest}@example.org", told.uid]
    return {date: event.value("STATUS") for date, event in copy.items()}


def test_who_goes_on_one_date_is_invited_to_that_date_alone(series: Told) -> None:
    assert own(series, "bruno") == {key(1): "CONFIRMED", key(2): "CONFIRMED"}
    series.quiet()


def test_an_answer_to_one_date_is_that_dates_response(series: Told) -> None:
    href = series.world.scene.href_of(dates(series)[1].id)
    text = series.server.texts(series.world.calendar)[href].replace("\r\n ", "")
    before, _, after = text.partition(f"RECURRENCE-ID;TZID=Europe/Paris:{key(1)}")
    guest = "mailto:bruno@example.org"
    line = next(each for each in after.splitlines() if each.endswith(guest))
    accepted = line.replace("PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
    assert accepted != line
    series.server.put(
        "service", href, before + f"RECURRENCE-ID;TZID=Europe/Paris:{key(1)}" + after.replace(line, accepted, 1)
    )
    series.sync()
    answers = [date.response_for_now(p) for date in dates(series) if (p := date.participation("bruno")) is not None]
    assert answers == [Response.ACCEPTED, Response.NEEDS_ACTION]
    assert series.post.messages == []
    series.quiet()


def test_a_date_that_is_called_off_calls_off_no_other(series: Told) -> None:
    for number in (1, 2):
        with series.world.scene.board() as uow:
            rota.cancel(uow, dates(series)[number].id)
        series.sync()
        states = ["CANCELLED", "CONFIRMED" if number == 1 else "CANCELLED"]
        assert list(own(series, "bruno").values()) == states
    assert series.post.mails("CANCEL") == {}
    assert [d.state.value for d in dates(series)] == ["published", "cancelled", "cancelled", "published"]
    series.quiet()


def test_who_is_taken_out_of_one_date_keeps_the_other(series: Told) -> None:
    with series.world.scene.board() as uow:
        rota.unstaff(uow, dates(series)[1].id, "bruno")
    series.sync()
    assert own(series, "bruno") == {key(2): "CONFIRMED"}
    assert own(series, "anne") == {key(1): "CONFIRMED", key(2): "CONFIRMED"}
    assert series.post.broken == 0
    series.quiet()


def test_nobody_else_is_mailed_when_somebody_is_taken_out_of_one_date_or_into_it(series: Told) -> None:
    date = dates(series)[1]
    with series.world.scene.board() as uow:
        rota.unstaff(uow, date.id, "bruno")
    series.sync()
    assert (series.post.mails(), series.post.mails("CANCEL")) == ({}, {})
    assert "Bruno" not in said(series, "anne", 1)
    series.quiet()
    with series.world.scene.board() as uow:
        rota.staff(uow, date.id, "bruno", rota.ParticipantRole.MEMBER)
    series.sync()
    assert (series.post.mails(), series.post.mails("CANCEL")) == ({"bruno": 1}, {})
    assert "Bruno" in said(series, "anne", 1)
    series.quiet()


def test_what_is_told_to_nobody_does_not_go_out_with_what_is(series: Told) -> None:
    """A new text on one date, somebody who leaves another, both found by the same pass."""
    one, other = dates(series)[1:3]
    with series.world.scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get(one.id), text="Apporter du café"))
        rota.unstaff(uow, other.id, "bruno")
    series.sync()
    assert (series.post.mails(), series.post.mails("CANCEL")) == ({}, {})
    assert "Apporter du café" in said(series, "anne", 1)
    assert own(series, "bruno") == {key(1): "CONFIRMED"}
    series.quiet()


def test_who_leaves_one_date_of_a_series_of_theirs_is_no_news_for_the_others(told: Told) -> None:
    """The whole series has guests; the date gets its own text by it."""
    world = told.world
    start, end = next_week(14, 0, days=7), next_week(16, 0, days=7)
    told.uid = world.editor.create_series("Le Café du facteur", start, end, f"FREQ=WEEKLY;COUNT={WEEKS}")
    for guest in ("anne", "bruno"):
        world.editor.add_attendee(told.uid, f"{guest}@example.org")
    told.sync()
    for date in dates(told):
        world.change(date.id, override_reason="Denis est joignable", to_confirm=False)
    told.sync()
    told.post.taken()
    with world.scene.board() as uow:
        rota.unstaff(uow, dates(told)[1].id, "bruno")
    told.sync()
    assert told.post.mails("CANCEL") == {}
    assert "anne" not in told.post.mails()
    assert set(own(told, "anne")) == {"", key(1)}
    assert set(own(told, "bruno")) == {""}
    told.quiet()


def test_everybody_may_leave_every_date(series: Told) -> None:
    with series.world.scene.board() as uow:
        for date in dates(series)[1:3]:
            for person in ("anne", "bruno", "denis"):
                rota.unstaff(uow, date.id, person)
    series.sync()
    assert series.post.broken == 0
    assert series.post.mails("CANCEL") == {"anne": 1, "bruno": 1, "denis": 1}
    assert set(own(series, "bruno").values()) == {"CANCELLED"}
    series.quiet()


def test_a_date_that_moves_asks_its_team_again_and_nobody_elses_answers_change(series: Told) -> None:
    second = dates(series)[1]
    series.world.change(second.id, start=next_week(16, 0, days=14), end=next_week(18, 0, days=14))
    series.sync()
    copy = series.post.copies["bruno@example.org", series.uid]
    assert {date: event.value("DTSTART")[-6:] for date, event in copy.items()} == {key(1): "160000", key(2): "140000"}
    assert series.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    series.quiet()
