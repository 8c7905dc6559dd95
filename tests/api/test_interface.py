"""What the programming interface does, beyond opening."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.domain.appointments import AppointmentState, ParticipantRole, Participation, SupervisionSlot
from sidecar.domain.bindings import Conflict
from tests.api.conftest import Web
from tests.scene import TUESDAY

CAFE = "/api/v1/appointments/cafe"


def test_appointments_come_by_page_in_order(web: Web) -> None:
    query = "start=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z&page_size=2"
    first = web.ask("GET", f"/api/v1/appointments?{query}").json
    second = web.ask("GET", f"/api/v1/appointments?{query}&page=2").json
    assert [a["id"] for a in first["items"] + second["items"]] == ["cafe", "cafe1", "cafe2"]
    assert first["total"] == 3


def test_a_change_reaches_the_rota_and_the_calendar(web: Web) -> None:
    version = web.ask("GET", CAFE).json["version"]
    answer = web.ask("PUT", CAFE, {"version": version, "title": "Café du facteur, place du Gros-Chêne"})
    assert answer.status_code == 200
    assert web.scene.sync().totals["updated"] == 1
    audit = web.ask("GET", f"{CAFE}/audit").json
    assert audit[-1]["actor"] == "api:test"
    assert audit[-1]["changes"]["title"] == ["Le Café du facteur", "Café du facteur, place du Gros-Chêne"]


def test_who_saves_second_is_told_what_changed(web: Web) -> None:
    version = web.ask("GET", CAFE).json["version"]
    assert web.ask("PUT", CAFE, {"version": version, "title": "Un"}).status_code == 200
    answer = web.ask("PUT", CAFE, {"version": version, "title": "Deux"})
    assert answer.status_code == 409
    assert answer.json["changed"]["title"] == {"yours": "Deux", "theirs": "Un"}
    assert "entre-temps" in answer.json["detail"]
    assert (
        "meanwhile"
        in web.ask("PUT", CAFE, {"version": version, "title": "Deux"}, **{"Accept-Language": "en"}).json["detail"]
    )


def test_an_answer_by_telephone_is_recorded_and_a_decline_asks_for_cover(web: Web) -> None:
    answer = web.ask("POST", f"{CAFE}/participants/bruno/answer", {"response": "declined"})
    told = {p["person_id"]: p["response"] for p in answer.json["participants"]}
    assert told["bruno"] == "declined"
    with web.scene.reading() as uow:
        assert [r.person_id for r in uow.cover_requests.all()] == ["bruno"]


def test_nobody_is_named_in_a_supervision(web: Web) -> None:
    with web.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=TUESDAY, end=TUESDAY + timedelta(hours=1),
                state=AppointmentState.PUBLISHED,
                participants=(Participation(person_id="chloe", role=ParticipantRole.GUEST),),
            )
        )  # fmt: skip
    told = web.ask("GET", "/api/v1/appointments/slot")
    assert "chloe" not in told.text
    assert told.json["participants_count"] == 1
    assert web.ask("GET", "/api/v1/appointments/slot/audit").status_code == 404


def test_findings_say_what_to_do_with_the_quotation(web: Web) -> None:
    with web.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.save(replace(cafe, participants=cafe.participants[1:]))
    query = "centre=maurepas&start=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z"
    found = web.ask("GET", f"/api/v1/findings?{query}").json
    pair = next(f for f in found if f["rule"] == "R1")
    assert pair["appointment_id"] == "cafe"
    assert pair["quotation"]
    assert pair["message"]


def test_a_new_draft_stays_out_of_the_calendar(web: Web) -> None:
    start = TUESDAY + timedelta(days=30)
    data = {
        "centre_id": "maurepas",
        "title": "Bonjour Voisins",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=2)).isoformat(),
        "place": {"name": "Square", "kind": "garden"},
    }
    answer = web.ask("POST", "/api/v1/appointments", data)
    assert answer.status_code == 201
    assert answer.json["state"] == "draft"
    assert web.scene.sync().totals["created"] == 0


def test_what_cannot_be_gets_a_sentence(web: Web) -> None:
    data = {"centre_id": "maurepas", "title": "x", "start": "2026-03-03T10:00:00Z", "end": "2026-03-03T09:00:00Z"}
    answer = web.ask("POST", "/api/v1/appointments", data)
    assert answer.status_code == 422
    assert answer.json["code"] == "ends_before_start"
    assert web.ask("GET", "/api/v1/appointments/nobody").status_code == 404
    assert web.ask("GET", "/api/v1/nowhere").status_code == 404
    assert web.ask("POST", "/api/v1/centres", {}).status_code == 405
    assert web.client.post(CAFE, data=b"x" * 2_000_000, headers={"Authorization": f"Bearer {web.token}"}).status_code in (
        405,
        413,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "   "),
        ("title", "Café\x00"),
        ("title", "Café\r\nATTENDEE:mailto:x@example.org"),
        ("title", "Café \ud800"),
        ("text", "\x07"),
        ("place", {"name": "Square", "geo": [1e300, 5]}),
        ("place", {"name": "Square", "geo": [48.1, -181]}),
        ("start", "0001-01-01T00:00:00+14:00"),
        ("end", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_what_no_calendar_could_carry_is_refused_with_the_field_that_holds_it(web: Web, field: str, value: object) -> None:
    data = {"centre_id": "maurepas", "title": "x", "start": "2026-03-03T10:00:00Z", "end": "2026-03-03T11:00:00Z"}
    answer = web.ask("POST", "/api/v1/appointments", data | {field: value})
    assert answer.status_code == 422
    assert list(answer.json["errors"]["json"]) == [field]


def test_a_text_keeps_its_lines(web: Web) -> None:
    version = web.ask("GET", CAFE).json["version"]
    answer = web.ask("PUT", CAFE, {"version": version, "text": " Apporter :\r\n- les tasses "})
    assert answer.json["text"] == "Apporter :\n- les tasses"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0001-01-01T00:00:00%2B14:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
        ("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-02-01T00:00:00", "2026-03-01T00:00:00Z"),
    ],
)
def test_a_period_that_is_none_is_refused(web: Web, start: str, end: str) -> None:
    for path in ("appointments", "findings"):
        assert web.ask("GET", f"/api/v1/{path}?centre=maurepas&start={start}&end={end}").status_code == 422


def test_a_period_too_long_to_check_is_refused_and_says_how_long_it_may_be(web: Web) -> None:
    query = "centre=maurepas&start=2020-01-01T00:00:00Z&end=2026-01-01T00:00:00Z"
    answer = web.ask("GET", f"/api/v1/findings?{query}")
    assert answer.status_code == 422
    assert "400" in str(answer.json["errors"])


def test_times_come_into_the_zone_in_which_the_centre_lives(web: Web) -> None:
    version = web.ask("GET", CAFE).json["version"]
    web.ask("PUT", CAFE, {"version": version, "start": "2026-07-07T07:30:00Z", "end": "2026-07-07T09:30:00Z"})
    moved = web.scene.appointment()
    assert str(moved.start.tzinfo) == "Europe/Paris"
    assert moved.start.hour == 9


def test_people_come_by_page_and_their_numbers_are_kept_as_they_are_dialled(web: Web) -> None:
    sent = {"centre_id": "maurepas", "given_name": "Zoé", "family_name": "Zannier", "phones": ["06 12 34 56 78", "poste 12"]}
    added = web.ask("POST", "/api/v1/people", sent)
    assert added.json["phones"] == ["+33612345678", "poste 12"]
    last = web.ask("GET", "/api/v1/people?centre=maurepas&page_size=2&page=3").json
    assert (last["total"], [p["given_name"] for p in last["items"]]) == (5, ["Zoé"])
    assert web.ask("POST", "/api/v1/people", {"centre_id": "maurepas"}).status_code == 422


def test_whether_somebody_is_in_a_supervision_cannot_be_found_out_by_trying(web: Web) -> None:
    with web.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=TUESDAY, end=TUESDAY + timedelta(hours=1),
                state=AppointmentState.PUBLISHED,
                participants=(Participation(person_id="chloe", role=ParticipantRole.GUEST),),
            )
        )  # fmt: skip
    for path, method, data in (
        ("", "PUT", {"role": "guest"}),
        ("", "DELETE", None),
        ("/answer", "POST", {"response": "declined"}),
    ):
        inside = web.ask(method, f"/api/v1/appointments/slot/participants/chloe{path}", data)
        outside = web.ask(method, f"/api/v1/appointments/slot/participants/bruno{path}", data)
        assert (inside.status_code, inside.json) == (outside.status_code, outside.json)
        assert inside.status_code == 404
    assert [p.person_id for p in web.scene.appointment("slot").participants] == ["chloe"]


def test_a_conflict_about_a_supervision_is_told_to_nobody_settled_or_not(web: Web) -> None:
    with web.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=TUESDAY, end=TUESDAY + timedelta(hours=1),
                state=AppointmentState.PUBLISHED,
            )
        )  # fmt: skip
        for id, chosen in (("open", ""), ("settled", "ours")):
            uow.conflicts.add(
                Conflict(
                    id=id, at=TUESDAY, centre_id="maurepas", subject_kind="appointment", subject_id="slot",
                    field="partstat:chloe@example.org", base="NEEDS-ACTION", ours="ACCEPTED", theirs="DECLINED",
                    why="both_changed", chosen=chosen,
                )
            )  # fmt: skip
    assert web.ask("GET", "/api/v1/conflicts").json == []
    for id in ("open", "settled"):
        answer = web.ask("POST", f"/api/v1/conflicts/{id}/choice", {"chosen": "theirs"})
        assert answer.status_code == 404
        assert "chloe" not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON, key=st.sampled_from(["title", "start", "place", "version", "response", "role", "emails", "chosen"]))
def test_no_body_makes_the_interface_fall_over(web: Web, body: object, key: str) -> None:
    for method, path in (
        ("POST", "/api/v1/appointments"),
        ("PUT", CAFE),
        ("PUT", f"{CAFE}/participants/bruno"),
        ("POST", f"{CAFE}/participants/bruno/answer"),
        ("POST", "/api/v1/people"),
        ("PUT", "/api/v1/people/anne"),
    ):
        for sent in (body, {key: body, "version": 1}):
            assert web.ask(method, path, sent).status_code < 500


def test_a_conflict_is_settled_with_one_call(web: Web) -> None:
    href = web.scene.href_of()
    with web.scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), title="Café d'hiver"))
    server = web.scene.syncer.open_home(web.scene.space).server  # type: ignore[union-attr,misc]
    text = server.texts(web.scene.collections["outings"])[href]  # type: ignore[index]
    server.put("service", href, text.replace("SUMMARY:Le Café du facteur", "SUMMARY:Café d'été"))
    web.scene.sync()
    conflict = web.ask("GET", "/api/v1/conflicts?centre=maurepas").json[0]
    assert (conflict["field"], conflict["ours"], conflict["theirs"]) == ("summary", "Café d'hiver", "Café d'été")
    answer = web.ask("POST", f"/api/v1/conflicts/{conflict['id']}/choice", {"chosen": "ours"})
    assert answer.status_code == 200
    assert web.scene.appointment().title == "Café d'hiver"
    assert web.ask("GET", "/api/v1/conflicts?centre=maurepas").json == []


def test_an_account_is_nobody_elses_also_when_a_program_ties_it(web: Web) -> None:
    with web.scene.board() as uow:
        uow.people.save(replace(uow.people.get("bruno"), account="bruno"))
    before = web.ask("GET", "/api/v1/people/anne").json
    held = web.ask("PUT", "/api/v1/people/anne", {"version": before["version"], "account": "BRUNO", "function": "x"})
    assert (held.status_code, held.json["code"]) == (422, "account_held")
    assert web.ask("GET", "/api/v1/people/anne").json == before
    tied = web.ask("PUT", "/api/v1/people/anne", {"version": before["version"], "account": "anne.le-goff"})
    assert (tied.status_code, tied.json["account"]) == (200, "anne.le-goff")
    stale = web.ask("PUT", "/api/v1/people/anne", {"version": before["version"], "account": None})
    assert stale.status_code == 409
    untied = web.ask("PUT", "/api/v1/people/anne", {"version": tied.json["version"], "account": None})
    assert (untied.status_code, untied.json["account"]) == (200, None)
