"""What becomes a message: each kind once, a slip none, several changes one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sidecar.domain.appointments import AppointmentState, ParticipantRole, Response, SupervisionSlot
from sidecar.domain.bindings import Conflict
from sidecar.domain.cover import CoverState
from sidecar.domain.happenings import Part
from sidecar.domain.places import Place
from sidecar.services import rota
from sidecar.services.publishing import plan_publishing, publish
from tests.scene import TUESDAY, outing
from tests.telling.conftest import Begin, Telling, kinds


def answer(telling: Telling, person_id: str, response: Response) -> None:
    app = telling.scene.application
    with telling.scene.board() as uow:
        rota.answer(uow, "cafe", person_id, response, now=app.now(), new_id=app.new_id)


def test_a_draft_is_nobodys_news_and_publishing_it_is(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1, state=AppointmentState.DRAFT))
    assert telling.rested() == []
    with telling.scene.board() as uow:
        plan = plan_publishing(uow, "maurepas", TUESDAY, TUESDAY + timedelta(days=3))
        publish(uow, plan, reason="on le sait")
    assert telling.rested() == ["published"]
    assert telling.rested() == []


def test_a_move_is_told_with_what_it_touched(telling: Telling) -> None:
    telling.change(start=TUESDAY + timedelta(hours=1), end=TUESDAY + timedelta(hours=3))
    telling.later(seconds=120)
    telling.teller.turn()
    (message,) = telling.listener.heard
    assert (message.kind, message.changed) == ("changed", (Part.TIME,))
    assert message.before is not None
    assert message.after is not None
    assert (message.before.start, message.after.start) == (TUESDAY, TUESDAY + timedelta(hours=1))
    assert message.centre_name == "Centre social de Maurepas"


def test_five_changes_within_the_rest_are_one_message_with_what_is_true_then(telling: Telling) -> None:
    for hour in range(1, 6):
        telling.change(start=TUESDAY + timedelta(hours=hour), end=TUESDAY + timedelta(hours=hour + 2))
        telling.later(seconds=60)
        assert telling.teller.turn() == 0
    telling.change(place=Place(name="Villejean"))
    telling.later(seconds=120)
    telling.teller.turn()
    (message,) = telling.listener.heard
    assert message.changed == (Part.TIME, Part.PLACE)
    assert message.after is not None
    assert (message.after.start, message.after.place) == (TUESDAY + timedelta(hours=5), "Villejean")


def test_what_is_changed_again_and_again_is_told_after_five_rests(telling: Telling) -> None:
    for number in range(11):
        telling.change(meeting_point=f"Porte {number}")
        telling.teller.turn()
        telling.later(seconds=60)
    assert [message.changed for message in telling.listener.heard] == [(Part.PLACE,)]


def test_a_slip_that_was_undone_is_told_to_nobody(telling: Telling) -> None:
    telling.change(start=TUESDAY + timedelta(hours=1), end=TUESDAY + timedelta(hours=3))
    telling.later(seconds=60)
    telling.change(start=TUESDAY, end=TUESDAY + timedelta(hours=2))
    assert telling.rested() == []


def test_created_and_cancelled_within_the_rest_is_nothing(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    with telling.scene.board() as uow:
        rota.cancel(uow, "cafe1")
    assert telling.rested() == []


def test_cancelled_and_brought_back_are_two_messages_and_none_within_the_rest(telling: Telling) -> None:
    with telling.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert telling.rested() == ["cancelled"]
    with telling.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    assert telling.rested() == ["brought_back"]
    with telling.scene.board() as uow:
        rota.cancel(uow, "cafe")
        rota.bring_back(uow, "cafe")
    assert telling.rested() == []


def test_what_is_taken_out_for_good_is_called_off(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.appointments.remove("cafe")
    assert telling.rested() == ["cancelled"]


def test_a_change_of_the_team_names_who_came_and_who_left(telling: Telling) -> None:
    with telling.scene.board() as uow:
        rota.unstaff(uow, "cafe", "bruno")
        rota.staff(uow, "cafe", "chloe", ParticipantRole.MEMBER)
    telling.later(seconds=120)
    telling.teller.turn()
    (message,) = telling.listener.heard
    assert message.changed == (Part.TEAM,)
    assert (message.joined, message.left) == ({"chloe"}, {"bruno"})


def test_a_decline_is_told_with_the_cover_it_asks_for_and_both_are_over_when_taken_back(telling: Telling) -> None:
    answer(telling, "bruno", Response.DECLINED)
    assert sorted(telling.rested()) == ["cover", "declined"]
    answer(telling, "bruno", Response.ACCEPTED)
    assert telling.rested() == ["cover"]
    answer(telling, "bruno", Response.DECLINED)
    answer(telling, "bruno", Response.ACCEPTED)
    assert telling.rested() == []


def test_a_filled_cover_is_told(telling: Telling) -> None:
    answer(telling, "bruno", Response.DECLINED)
    telling.rested()
    with telling.scene.board() as uow:
        (request,) = uow.cover_requests.all(appointment_id="cafe")
        uow.cover_requests.save(replace(request, state=CoverState.FILLED))
    telling.later(seconds=120)
    telling.teller.turn()
    (message,) = telling.listener.heard
    assert (message.kind, message.cover, message.person_id) == ("cover", "filled", "bruno")


def conflict(telling: Telling, id: str = "k", **fields: str) -> Conflict:
    values = {"subject_kind": "appointment", "subject_id": "cafe", "field": "location", "why": "both_changed"} | fields
    return Conflict(
        id=id, at=telling.scene.clock(), centre_id="maurepas", base="a", ours="b", theirs="c", **values  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_conflict_is_told_unless_somebody_chose_within_the_rest(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.conflicts.add(conflict(telling))
    assert telling.rested() == ["conflict"]
    with telling.scene.board() as uow:
        uow.conflicts.add(conflict(telling, "k2"))
        uow.conflicts.save(replace(uow.conflicts.get("k2"), chosen="theirs"))
        uow.conflicts.add(conflict(telling, "k3", field="text_unreadable"))
    assert telling.rested() == []


def test_what_is_over_is_history(telling: Telling) -> None:
    telling.later(days=30)
    telling.change(place=Place(name="Ailleurs"))
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    assert telling.rested() == []


def test_what_came_by_the_calendar_is_told_as_what_came_by_the_page(begin: Begin) -> None:
    telling = begin(listening=False)
    scene = telling.scene
    scene.sync()
    telling.destination()
    telling.twin.edit("Place du Gros-Chêne", "Parc de Villejean")
    scene.sync()
    assert telling.rested() == ["changed"]


def test_a_supervision_is_told_to_nobody_but_those_who_take_part(begin: Begin) -> None:
    telling = begin(personal=True)
    slot = outing(2)
    values = {name: getattr(slot, name) for name in ("centre_id", "start", "end", "state", "participants")}
    with telling.scene.board() as uow:
        uow.appointments.add(SupervisionSlot(id="slot", title="Analyse de la pratique", **values))
    telling.later(seconds=120)
    telling.teller.turn()
    assert sorted(address for address, _ in telling.listener.calls) == ["anne@", "bruno@", "denis@"]
    telling.listener.calls.clear()
    with telling.scene.board() as uow:
        rota.unstaff(uow, "slot", "bruno")
    telling.later(seconds=120)
    telling.teller.turn()
    assert [address for address, _ in telling.listener.calls] == ["bruno@"]


def test_what_is_not_personal_hears_nothing_of_a_supervision(telling: Telling) -> None:
    slot = outing(2)
    values = {name: getattr(slot, name) for name in ("centre_id", "start", "end", "state", "participants")}
    app = telling.scene.application
    with telling.scene.board() as uow:
        uow.appointments.add(SupervisionSlot(id="slot", title="Analyse de la pratique", **values))
        uow.conflicts.add(conflict(telling, subject_id="slot"))
        rota.answer(uow, "slot", "bruno", Response.DECLINED, now=app.now(), new_id=app.new_id)
    assert telling.rested() == []
    with telling.scene.board() as uow:
        rota.cancel(uow, "slot")
    assert telling.rested() == []


def test_a_destination_hears_its_centre_and_its_kinds_and_nothing_from_before_it_was_added(begin: Begin) -> None:
    telling = begin(listening=False)
    telling.change(meeting_point="Avant")
    telling.later(seconds=1)
    with telling.scene.board() as uow:
        uow.centres.add(replace(uow.centres.get("maurepas"), id="villejean", name="Villejean"))
    telling.destination("mine", kinds=kinds("changed"))
    telling.destination("other", centre_id="villejean")
    assert telling.rested() == []
    telling.change(meeting_point="Après")
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    assert telling.rested() == ["changed"]
    assert telling.log("other") == []


def test_where_nobody_listens_nothing_is_kept(begin: Begin) -> None:
    telling = begin(listening=False)
    telling.change(meeting_point="Là")
    with telling.scene.reading() as uow:
        assert uow.happenings.waiting() == 0


def test_three_hundred_at_once_are_one_message_each_and_many_go_to_a_person_together(begin: Begin) -> None:
    telling = begin(at_once=20)
    with telling.scene.board() as uow:
        for number in range(1, 301):
            uow.appointments.add(outing(number))
    assert telling.rested() == ["published"] * 300
    assert [count for _, count in telling.listener.calls] == [20] * 15
