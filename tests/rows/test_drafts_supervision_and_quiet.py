"""Drafts are in no calendar, supervision stands apart, and where nothing changed nothing happens."""

from __future__ import annotations

from datetime import timedelta

from sidecar.domain.appointments import AppointmentState, ParticipantRole, Participation, SupervisionSlot
from sidecar.domain.bindings import Purpose
from sidecar.services import publishing
from tests.rows.conftest import Begin
from tests.rows.world import MARKED, World, next_week
from tests.scene import outing


def add_supervision(world: World) -> None:
    with world.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="supervision",
                centre_id="maurepas",
                title="Supervision",
                start=next_week(17, 0),
                end=next_week(19, 0),
                state=AppointmentState.PUBLISHED,
                participants=(
                    Participation(person_id="anne"),
                    Participation(person_id="chloe"),
                    Participation(person_id="denis", role=ParticipantRole.FACILITATOR),
                ),
            )
        )


def test_a_draft_is_in_no_calendar_until_it_is_published(world: World) -> None:
    with world.scene.board() as uow:
        uow.appointments.add(outing(3, state=AppointmentState.DRAFT))
    world.sync()
    assert len(world.texts()) == 1
    with world.scene.board() as uow:
        plan = publishing.plan_publishing(uow, "maurepas", next_week(0), next_week(0, days=10))
        assert [d.id for d in plan.drafts] == ["cafe3"]
        publishing.publish(uow, plan)
    world.sync()
    assert "STATUS:CONFIRMED" in world.text("cafe3")
    world.quiet()


def test_a_draft_that_is_changed_stays_out(world: World) -> None:
    with world.scene.board() as uow:
        uow.appointments.add(outing(3, state=AppointmentState.DRAFT))
    world.change("cafe3", title="Encore un brouillon")
    world.sync()
    assert len(world.texts()) == 1


def test_supervision_stands_in_its_own_calendar_and_its_block_names_nobody(begin: Begin) -> None:
    world = begin(purposes=(Purpose.OUTINGS, Purpose.SUPERVISION))
    add_supervision(world)
    world.sync()
    assert len(world.texts()) == 1 and "Supervision" not in world.text()
    text = world.text("supervision")
    assert world.scene.href_of("supervision").startswith(world.scene.collections[Purpose.SUPERVISION])
    (description,) = [line for line in text.splitlines() if line.startswith("DESCRIPTION")]
    assert MARKED in description
    for name in ("Anne", "Chloé", "Denis", "Le Roux", "Martin", "Morvan", "example.org", "02 99", "06 39"):
        assert name not in description
    assert "chloe" not in text
    world.quiet()


def test_without_a_supervision_calendar_supervision_is_in_none(world: World) -> None:
    add_supervision(world)
    world.sync()
    assert len(world.texts()) == 1


def test_an_answer_in_the_supervision_calendar_arrives(begin: Begin) -> None:
    world = begin(purposes=(Purpose.OUTINGS, Purpose.SUPERVISION))
    add_supervision(world)
    world.sync()
    world.program_at(Purpose.SUPERVISION).answer(world.scene.uid_of("supervision"), "anne@example.org", "DECLINED")
    world.sync()
    anne = world.outing("supervision").participation("anne")
    assert anne is not None and anne.response == "declined"
    world.quiet()


def test_a_pass_with_nothing_changed_is_one_request_for_each_home(begin: Begin) -> None:
    world = begin(outings=5)
    world.sync()
    before = world.texts()
    homes = {href.rstrip("/").rpartition("/")[0] for href in world.scene.collections.values()}
    for _ in range(3):
        world.scene.clock.forward(timedelta(minutes=5))
        report = world.quiet()
        assert report.requests == len(homes)
    assert world.texts() == before


def test_a_pass_of_calendars_alone_with_nothing_changed_is_one_request(begin: Begin) -> None:
    world = begin(purposes=(Purpose.OUTINGS, Purpose.MEETINGS, Purpose.TRAINING), outings=5)
    world.sync()
    assert world.quiet().requests == 1
