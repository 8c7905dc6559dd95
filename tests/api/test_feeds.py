"""Private feeds, read back by the icalendar library."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest
import sqlalchemy as sa

from sidecar.domain.appointments import AppointmentState, ParticipantRole, Participation, Response, SupervisionSlot
from sidecar.services.feeds import render_feed
from sidecar.storage import TokenKind
from tests.api.conftest import Web
from tests.scene import TUESDAY, outing


@pytest.fixture
def supervised(web: Web) -> Web:
    """Anne and Bruno have a supervision slot beside their outings; a draft and a cancelled outing stand there too."""
    with web.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=TUESDAY + timedelta(days=8),
                end=TUESDAY + timedelta(days=8, hours=1), state=AppointmentState.PUBLISHED,
                participants=(
                    Participation(person_id="anne", role=ParticipantRole.GUEST),
                    Participation(person_id="bruno", role=ParticipantRole.GUEST),
                ),
            )
        )  # fmt: skip
        uow.appointments.add(outing(9, id="draft", title="Brouillon", state=AppointmentState.DRAFT))
        uow.appointments.save(replace(uow.appointments.get("cafe1"), state=AppointmentState.CANCELLED))
    assert web.scene.sync().ok
    return web


def events(text: str) -> dict[str, icalendar.Event]:
    return {str(e["UID"]): e for e in icalendar.Calendar.from_ical(text).walk("VEVENT")}


def test_a_personal_feed_has_the_uids_of_the_calendar_and_supervision(supervised: Web) -> None:
    answer = supervised.client.get(supervised.feed(TokenKind.FEED_PERSON, "anne"))
    assert answer.content_type.startswith("text/calendar")
    found = events(answer.text)
    assert set(found) == {supervised.scene.uid_of(id) for id in ("cafe", "cafe1", "cafe2", "slot")}
    assert str(found[supervised.scene.uid_of("cafe1")]["STATUS"]) == "CANCELLED"
    assert "Bruno" not in str(found[supervised.scene.uid_of("slot")])


def test_the_feed_of_who_has_left_opens_nothing(supervised: Web) -> None:
    path = supervised.feed(TokenKind.FEED_PERSON, "anne")
    assert supervised.client.get(path).status_code == 200
    with supervised.scene.board() as uow:
        uow.people.save(replace(uow.people.get("anne"), active=False))
    assert supervised.client.get(path).status_code == 404


def test_a_centre_feed_has_no_supervision_and_no_draft(supervised: Web) -> None:
    text = supervised.client.get(supervised.feed(TokenKind.FEED_CENTRE, "maurepas")).text
    assert set(events(text)) == {supervised.scene.uid_of(id) for id in ("cafe", "cafe1", "cafe2")}
    assert "Brouillon" not in text


def test_a_feed_has_alarms_and_nobodys_address(supervised: Web) -> None:
    text = supervised.client.get(supervised.feed(TokenKind.FEED_CENTRE, "maurepas")).text
    unfolded = text.replace("\r\n ", "")
    for word in ("ATTENDEE", "ORGANIZER", "METHOD", "@example.org", "/feeds/"):
        assert word not in unfolded
    cafe = events(text)[supervised.scene.uid_of("cafe")]
    assert len(cafe.walk("VALARM")) == 2
    assert "Anne" in str(cafe["DESCRIPTION"])
    assert "06 39 98 00 03" in str(cafe["DESCRIPTION"])
    assert "Dernière mise à jour" in unfolded
    assert unfolded.count("BEGIN:VTIMEZONE") == 1


def alarms(web: Web, path: str, appointment_id: str = "cafe") -> int:
    return len(events(web.client.get(path).text)[web.scene.uid_of(appointment_id)].walk("VALARM"))


def test_nobody_is_rung_for_what_they_declined_nor_anybody_for_what_is_cancelled(supervised: Web) -> None:
    own, other = (supervised.feed(TokenKind.FEED_PERSON, who) for who in ("bruno", "anne"))
    with supervised.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        declined = replace(cafe.participants[1], response=Response.DECLINED, answered_for=cafe.start)
        uow.appointments.record_response("cafe", declined)
    assert (alarms(supervised, own), alarms(supervised, other)) == (0, 2)
    assert alarms(supervised, own, "cafe1") == 0
    with supervised.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.save(cafe.moved(cafe.start + timedelta(hours=1), cafe.end + timedelta(hours=1)))
    assert alarms(supervised, own) == 2, "after a move it is asked again, so it rings again"


def test_two_dates_of_one_series_are_told_apart_in_the_zone_of_the_centre(supervised: Web) -> None:
    with supervised.scene.board() as uow:
        first, second = (uow.links.of_subject("appointment", id)[0] for id in ("cafe", "cafe2"))
        for link, at in ((first, "2026-03-03T09:30:00"), (second, "2026-03-05T09:30:00")):
            uow.links.remove(link)
            uow.links.put(replace(link, uid="series", href=first.href, recurrence_id=at))
    text = supervised.client.get(supervised.feed(TokenKind.FEED_CENTRE, "maurepas")).text
    dates = [e["RECURRENCE-ID"] for e in icalendar.Calendar.from_ical(text).walk("VEVENT") if str(e["UID"]) == "series"]
    assert sorted(d.dt.isoformat() for d in dates) == ["2026-03-03T09:30:00+01:00", "2026-03-05T09:30:00+01:00"]
    assert {d.params["TZID"] for d in dates} == {"Europe/Paris"}


def test_nothing_is_sent_again_while_nothing_changed(supervised: Web) -> None:
    path = supervised.feed(TokenKind.FEED_PERSON, "anne")
    etag = supervised.client.get(path).headers["ETag"]
    again = supervised.client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert supervised.client.head(path).status_code == 200


@pytest.mark.parametrize("change", ["title", "answer", "name", "initiative", "day"])
def test_whatever_shows_in_a_feed_changes_its_etag(supervised: Web, change: str) -> None:
    path = supervised.feed(TokenKind.FEED_PERSON, "anne")
    etag = supervised.client.get(path).headers["ETag"]
    with supervised.scene.board() as uow:
        if change == "title":
            uow.appointments.save(replace(uow.appointments.get("cafe"), title="Autre"))
        elif change == "answer":
            cafe = uow.appointments.get("cafe")
            declined = replace(cafe.participants[1], response=Response.DECLINED, answered_for=cafe.start)
            uow.appointments.record_response("cafe", declined)
        elif change == "name":
            uow.people.save(replace(uow.people.get("bruno"), given_name="Brieuc"))
        elif change == "initiative":
            uow.initiatives.save(replace(uow.initiatives.get("facteur"), places_for=5))
    if change == "day":
        supervised.scene.clock.forward(timedelta(days=1))
    assert supervised.client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_revoked_or_unknown_token_opens_nothing_and_says_no_more(supervised: Web) -> None:
    path = supervised.feed(TokenKind.FEED_PERSON, "anne")
    with supervised.scene.board() as uow:
        uow.tokens.revoke(uow.tokens.all(kind=TokenKind.FEED_PERSON)[0].id)
    revoked, unknown = supervised.client.get(path), supervised.client.get("/feeds/unknown.ics")
    assert revoked.status_code == unknown.status_code == 404
    assert revoked.data == unknown.data
    api = supervised.client.get(f"/feeds/{supervised.token}.ics")
    assert api.status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_feed(supervised: Web) -> None:
    storage, now = supervised.scene.application.storage, supervised.scene.clock()

    def queries() -> int:
        seen: list[str] = []

        def count(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        sa.event.listen(storage.engine, "before_cursor_execute", count)
        with storage.unit(write=False) as uow:
            token = uow.tokens.all(kind=TokenKind.FEED_CENTRE)[0]
            render_feed(uow, token, now, "instance", "")
        sa.event.remove(storage.engine, "before_cursor_execute", count)
        return len(seen)

    supervised.feed(TokenKind.FEED_CENTRE, "maurepas")
    few = queries()
    with supervised.scene.board() as uow:
        for number in range(20, 70):
            uow.appointments.add(outing(number))
    assert queries() == few
