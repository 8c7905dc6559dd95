"""What every repository promises: found or not, versions, filters, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.domain.appointments import (
    AppointmentKind,
    AppointmentState,
    ParticipantRole,
    Participation,
    Response,
    SupervisionSlot,
    TeamMeeting,
)
from sidecar.domain.bindings import Link, SubjectKind, SyncRun
from sidecar.domain.centres import Centre
from sidecar.domain.errors import NotFound, StaleVersion
from sidecar.domain.people import Membership, Person
from sidecar.storage import ReadOnlyUnit, Storage, StorageError
from tests.storage.builders import MORNING, outing, settle_in


@pytest.fixture(autouse=True)
def _territory(storage: Storage) -> None:
    settle_in(storage)


def test_what_is_not_there_is_said_to_be_missing(storage: Storage) -> None:
    with storage.unit() as uow:
        assert uow.people.find("nobody") is None
        for act in (uow.people.get, uow.people.remove, uow.runs.get, uow.tokens.revoke):
            with pytest.raises(NotFound):
                act("nobody")
        with pytest.raises(NotFound):
            uow.people.save(Person(id="nobody", version=1))


def test_a_unit_that_fails_leaves_nothing(storage: Storage) -> None:
    class SecondThoughts(Exception):
        pass

    def begin_and_give_up() -> None:
        with storage.unit() as uow:
            uow.centres.add(Centre(id="c9", name="Nowhere"))
            raise SecondThoughts

    with pytest.raises(SecondThoughts):
        begin_and_give_up()
    with storage.unit(write=False) as uow:
        assert uow.centres.find("c9") is None
        assert uow.audit.of("centre", "c9") == []


def test_a_reading_unit_refuses_to_write(storage: Storage) -> None:
    with storage.unit(write=False) as uow:
        centre = uow.centres.get("c1")
        for act in (
            lambda: uow.centres.add(replace(centre, id="c9")),
            lambda: uow.centres.save(replace(centre, name="Other")),
            lambda: uow.centres.remove("c1"),
            lambda: uow.settings.set("a", 1),
            lambda: uow.tokens.issue("api"),
            lambda: uow.outbox.mark("person", "p1"),
            lambda: uow.memory("s1").forget("/cal/", "/cal/1.ics"),
            lambda: uow.appointments.record_response("o1", Participation(person_id="p1")),
        ):
            with pytest.raises(ReadOnlyUnit):
                act()


def test_each_save_is_a_new_version_and_a_save_without_a_change_is_none(storage: Storage) -> None:
    with storage.unit() as uow:
        centre = uow.centres.get("c1")
        assert centre.version == 1
        assert uow.centres.save(centre) == centre
        renamed = uow.centres.save(replace(centre, name="Carrefour 18"))
        assert renamed == replace(centre, name="Carrefour 18", version=2)
        assert [entry.action for entry in uow.audit.of("centre", "c1")] == ["add", "save"]


def test_the_second_to_save_the_same_outing_is_told_what_changed(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1", title="Café"))
    with storage.unit(write=False) as uow:
        yours = theirs = uow.appointments.get("o1")
    with storage.unit() as uow:
        uow.appointments.save(replace(theirs, title="Café du facteur", meeting_point="Halle"))
    with pytest.raises(StaleVersion) as caught, storage.unit() as uow:
        uow.appointments.save(replace(yours, title="Café du matin"))
    assert caught.value.details["changed"] == {
        "title": ("Café du matin", "Café du facteur"),
        "meeting_point": ("", "Halle"),
    }


def test_a_stale_space_does_not_tell_its_secret(storage: Storage) -> None:
    with storage.unit() as uow:
        space = uow.spaces.get("s1")
        uow.spaces.save(replace(space, secret="new words"))
        with pytest.raises(StaleVersion) as caught:
            uow.spaces.save(replace(space, secret="other words"))
    assert caught.value.details["changed"] == {"secret": (None, None)}


def test_the_same_id_twice_and_names_of_nothing_are_refused(storage: Storage) -> None:
    with pytest.raises(StorageError) as caught, storage.unit() as uow:
        uow.centres.add(Centre(id="c1", name="Again"))
    assert caught.value.code == "storage_duplicate"
    with pytest.raises(StorageError) as caught, storage.unit() as uow:
        uow.appointments.add(outing("o1", "nobody"))
    assert caught.value.code == "storage_reference"
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
    with pytest.raises(StorageError) as caught, storage.unit() as uow:
        uow.people.remove("p1")
    assert caught.value.code == "storage_reference"


def test_text_that_no_database_can_hold_is_refused(storage: Storage) -> None:
    with pytest.raises(StorageError) as caught, storage.unit() as uow:
        uow.centres.add(Centre(id="c9", name="half a \ud83d surrogate"))
    assert caught.value.code == "storage_bad_value"


def test_filters_take_a_value_several_values_and_none(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.people.save(replace(uow.people.get("p2"), account="rose"))
        assert [p.id for p in uow.people.all(account="rose")] == ["p2"]
        assert [p.id for p in uow.people.all(account=None)] == ["p1", "p3"]
        assert [p.id for p in uow.people.all(id={"p1", "p2"}, account=["rose", "iris"])] == ["p2"]
        assert [n.id for n in uow.neighbourhoods.all(centre_id="c2")] == ["c2-n"]
        with pytest.raises(TypeError, match="colour"):
            uow.people.all(colour="red")


def test_all_comes_by_name_whatever_the_case(storage: Storage) -> None:
    with storage.unit() as uow:
        for id, name in (("1", "zoo"), ("2", "Alpha"), ("3", "beta")):
            uow.centres.add(Centre(id=id, name=name))
        assert [c.name for c in uow.centres.all(id=["1", "2", "3"])] == ["Alpha", "beta", "zoo"]


def test_a_person_is_found_by_address_whatever_its_case(storage: Storage) -> None:
    with storage.unit() as uow:
        assert uow.people.by_email(" p1@EXAMPLE.org ").id == "p1"  # type: ignore[union-attr]
        assert uow.people.by_email("nobody@example.org") is None
        uow.people.save(replace(uow.people.get("p1"), emails=("new@example.org", "second@example.org")))
        assert uow.people.by_email("p1@example.org") is None
        assert uow.people.by_email("SECOND@example.org").id == "p1"  # type: ignore[union-attr]


def test_an_address_of_several_people_finds_the_confirmed_one(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.people.add(Person(id="a", emails=("house@example.org",), suggested=True))
        uow.people.add(Person(id="b", emails=("house@example.org",), active=False))
        uow.people.add(Person(id="c", emails=("House@example.org",)))
        assert uow.people.by_email("house@example.org").id == "c"  # type: ignore[union-attr]


def test_people_are_found_by_centre(storage: Storage) -> None:
    with storage.unit() as uow:
        both = (Membership(centre_id="c1"), Membership(centre_id="c2", in_contacts=False))
        uow.people.save(replace(uow.people.get("p2"), memberships=both))
        assert [p.id for p in uow.people.in_centre("c2")] == ["p2"]
        assert [p.id for p in uow.people.in_centre("c1")] == ["p1", "p2", "p3"]
        uow.people.save(replace(uow.people.get("p2"), memberships=()))
        assert uow.people.in_centre("c2") == []


def test_between_finds_what_shares_time(storage: Storage) -> None:
    hour = timedelta(hours=1)
    with storage.unit() as uow:
        for id, start, hours in (
            ("before", -2 * hour, 2),
            ("into", -hour, 2),
            ("moment", 0 * hour, 0),
            ("inside", hour, 1),
            ("across", -3 * hour, 9),
            ("after", 3 * hour, 1),
        ):
            uow.appointments.add(outing(id, start=MORNING + start, hours=hours))
        found = uow.appointments.between(MORNING, MORNING + 3 * hour)
        assert [a.id for a in found] == ["across", "into", "moment", "inside"]


def test_between_narrows_to_centre_kind_and_state(storage: Storage) -> None:
    end = MORNING + timedelta(hours=2)
    with storage.unit() as uow:
        uow.appointments.add(outing("o1"))
        uow.appointments.add(outing("o2", state=AppointmentState.PUBLISHED))
        uow.appointments.add(SupervisionSlot(id="s", centre_id="c2", title="S", start=MORNING, end=end))
        uow.appointments.add(TeamMeeting(id="m", centre_id="c1", title="M", start=MORNING, end=end))

        def ids(**narrow: object) -> list[str]:
            return [a.id for a in uow.appointments.between(MORNING, end, **narrow)]  # type: ignore[arg-type]

        assert ids() == ["m", "o1", "o2", "s"]
        assert ids(centre_id="c2") == ["s"]
        assert ids(kinds=[AppointmentKind.OUTING, AppointmentKind.SUPERVISION]) == ["o1", "o2", "s"]
        assert ids(states=(AppointmentState.PUBLISHED,)) == ["o2"]
        assert ids(kinds=[]) == []


def test_a_persons_appointments_are_those_they_take_part_in(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1", "p2"))
        uow.appointments.add(outing("o2", "p2", start=MORNING + timedelta(days=1)))
        uow.appointments.add(outing("o3", "p2", start=MORNING + timedelta(days=30)))
        week = (MORNING, MORNING + timedelta(days=7))
        assert [a.id for a in uow.appointments.of_person("p1", *week)] == ["o1"]
        assert [a.id for a in uow.appointments.of_person("p2", *week)] == ["o1", "o2"]
        assert len(uow.appointments.of_person("p2", *week)[0].participants) == 2


def test_an_answer_keeps_version_and_role(storage: Storage) -> None:
    driver = Participation(person_id="p1", role=ParticipantRole.DRIVER)
    with storage.unit() as uow:
        added = uow.appointments.add(replace(outing("o1", "p2"), participants=(driver, Participation(person_id="p2"))))
        answer = Participation(person_id="p1", response=Response.ACCEPTED, answered_for=MORNING, verified=False)
        uow.appointments.record_response("o1", answer)
        stored = uow.appointments.get("o1")
        assert stored.version == added.version
        assert stored.participants == (replace(answer, role=ParticipantRole.DRIVER), Participation(person_id="p2"))


def test_an_answer_of_somebody_who_takes_no_part_is_refused(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
        with pytest.raises(NotFound) as caught:
            uow.appointments.record_response("o1", Participation(person_id="p2", response=Response.ACCEPTED))
        assert caught.value.code == "not_a_participant"
        with pytest.raises(NotFound):
            uow.appointments.record_response("o9", Participation(person_id="p1"))


def test_saving_an_outing_keeps_an_answer_that_came_since_it_was_read(storage: Storage) -> None:
    with storage.unit() as uow:
        read = uow.appointments.add(outing("o1", "p1", "p2"))
        uow.appointments.record_response("o1", Participation(person_id="p1", response=Response.ACCEPTED))
        team = (*read.participants, Participation(person_id="p3"))
        uow.appointments.save(replace(read, title="Renamed", participants=team))
        stored = uow.appointments.get("o1")
        assert [p.response for p in stored.participants] == [
            Response.ACCEPTED,
            Response.NEEDS_ACTION,
            Response.NEEDS_ACTION,
        ]
        assert stored.title == "Renamed"


def test_an_answer_that_the_saver_changed_is_saved(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
    with storage.unit() as uow:
        read = uow.appointments.get("o1")
        declined = replace(read.participants[0], response=Response.DECLINED)
        uow.appointments.save(replace(read, participants=(declined,)))
        assert uow.appointments.get("o1").participants == (declined,)


def test_a_removed_appointment_takes_its_participants_along(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
        uow.appointments.remove("o1")
        uow.people.remove("p1")
        assert uow.appointments.find("o1") is None


def test_links_are_replaced_by_resource_and_date(storage: Storage) -> None:
    link = Link(subject_kind=SubjectKind.APPOINTMENT, subject_id="o1", binding_id="b1", href="/cal/1.ics", uid="u1")
    second = replace(link, subject_id="o2", recurrence_id="2026-03-16T09:30:00")
    with storage.unit() as uow:
        uow.links.put(link)
        uow.links.put(second)
        uow.links.put(replace(link, uid="u2"))
        assert uow.links.of_resource("b1", "/cal/1.ics") == [replace(link, uid="u2"), second]
        assert uow.links.by_uid("u1") == [second]
        uow.links.remove(link)
        assert uow.links.of_binding("b1") == [second]


def test_only_the_newest_passes_are_kept(storage: Storage) -> None:
    with storage.unit() as uow:
        for number in range(5):
            at = MORNING + timedelta(minutes=number)
            uow.runs.add(SyncRun(id=f"r{number}", space_id="s1", started_at=at, ended_at=at, ok=True, report={}))
        assert uow.runs.keep("s1", 2) == 3
        assert [run.id for run in uow.runs.all(space_id="s1")] == ["r4", "r3"]


def test_of_quiet_passes_in_a_row_the_last_is_kept(storage: Storage) -> None:
    def run(number: int, *, quiet: bool, ok: bool = True) -> SyncRun:
        at = MORNING + timedelta(minutes=number)
        return SyncRun(
            id=f"r{number}", space_id="s1", started_at=at, ended_at=at, ok=ok, report={"quiet": quiet, "n": number}
        )

    with storage.unit() as uow:
        assert not uow.runs.again(run(0, quiet=True))
        uow.runs.add(run(1, quiet=False))
        assert not uow.runs.again(run(2, quiet=True))
        uow.runs.add(run(2, quiet=True))
        assert uow.runs.again(run(3, quiet=True))
        assert uow.runs.again(run(4, quiet=True))
        assert not uow.runs.again(run(5, quiet=True, ok=False))
        assert uow.runs.all() == [replace(run(4, quiet=True), id="r2"), run(1, quiet=False)]
        assert not uow.runs.again(replace(run(6, quiet=True), space_id="s2"))


@pytest.mark.parametrize(("report", "through"), [({}, True), ({"error": ""}, True), ({"error": "refused"}, False)])
def test_a_pass_that_was_stopped_did_not_get_through(storage: Storage, report: dict[str, str], through: bool) -> None:
    at = MORNING
    with storage.unit() as uow:
        uow.runs.add(SyncRun(id="r", space_id="s1", started_at=at, ended_at=at, ok=through, report=report))
        assert uow.runs.got_through("s1", since=at - timedelta(minutes=1)) is through
        assert not uow.runs.got_through("s1", since=at)
        assert not uow.runs.got_through("s2", since=at - timedelta(minutes=1))


def test_a_pass_of_a_clock_that_ran_ahead_stands_before_those_that_came_after_it(storage: Storage) -> None:
    def run(id: str, minutes: int, space: str = "s1") -> SyncRun:
        at = MORNING + timedelta(minutes=minutes)
        return SyncRun(id=id, space_id=space, started_at=at, ended_at=at, ok=True, report={})

    with storage.unit() as uow:
        uow.runs.add(run("other", 300, "s2"))
        uow.runs.add(run("ahead", 480))
        uow.runs.add(run("right", 1))
        assert [one.id for one in uow.runs.all(space_id="s1")] == ["right", "ahead"]
        assert uow.runs.latest("s1") == run("right", 1)
        assert not uow.runs.got_through("s1", since=MORNING + timedelta(minutes=2))
        assert uow.runs.latest("s2") == run("other", 300, "s2")
