"""Every change leaves an entry of who did what, and is marked for the passes that show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.domain.appointments import Participation, Response
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Link, SubjectKind
from sidecar.domain.people import Membership
from sidecar.storage import Storage, UnitOfWork
from tests.storage.builders import MORNING, outing, settle_in
from tests.storage.conftest import NOW

PAST = MORNING - timedelta(days=30)


@pytest.fixture(autouse=True)
def _territory(storage: Storage) -> None:
    settle_in(storage)


def marked(uow: UnitOfWork, space_id: str = "s1") -> list[tuple[str, str]]:
    """What waits for the space, and then no more."""
    rows = uow.outbox.pending(space_id)
    uow.outbox.clear([row.seq for row in rows])
    return [(row.subject_kind.value, row.subject_id) for row in rows]


def test_a_change_says_who_by_which_way_from_what_to_what(storage: Storage) -> None:
    with storage.unit() as uow:
        added = uow.appointments.add(outing("o1", "p1"))
    with storage.unit(actor="rose@example.org", origin=Origin.CALENDAR) as uow:
        uow.appointments.save(added.moved(MORNING + timedelta(hours=1), added.end))
    with storage.unit(write=False) as uow:
        entry = uow.audit.of("appointment", "o1")[-1]
    assert (entry.actor, entry.origin, entry.action, entry.at) == ("rose@example.org", Origin.CALENDAR, "save", NOW)
    assert entry.changes == {"start": ["2026-03-09T09:30:00+01:00[Europe/Paris]", "2026-03-09T10:30:00+01:00[Europe/Paris]"]}


def test_an_answer_is_audited_for_the_one_who_gave_it(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1", "p2"))
        uow.appointments.record_response("o1", Participation(person_id="p2", response=Response.DECLINED))
        uow.appointments.record_response("o1", Participation(person_id="p2", response=Response.DECLINED))
        entries = uow.audit.of("appointment", "o1")
    assert [entry.action for entry in entries] == ["add", "respond"]
    ((before,), (after,)) = entries[-1].changes["participants"]
    assert (before["person_id"], before["response"], after["response"]) == ("p2", "needs-action", "declined")


def test_adding_saving_and_removing_leave_an_entry_for_every_kind(storage: Storage) -> None:
    with storage.unit() as uow:
        for repository, id, change in (
            (uow.centres, "c2", {"name": "New"}),
            (uow.neighbourhoods, "c1-n", {"name": "New"}),
            (uow.people, "p3", {"given_name": "New"}),
            (uow.initiatives, "i1", {"name": "New"}),
            (uow.equipment, "e1", {"name": "New"}),
            (uow.courses, "k1", {"name": "New"}),
            (uow.bindings, "b1", {"display_name": "New"}),
            (uow.spaces, "s2", {"url": "https://new.example.org/"}),
        ):
            repository.save(replace(repository.get(id), **change))
            if repository is not uow.centres:
                repository.remove(id)
            actions = [entry.action for entry in uow.audit.of(repository.kind, id)]
            assert actions == (["add", "save"] if repository is uow.centres else ["add", "save", "remove"])


def test_the_trail_is_read_since_a_moment(storage: Storage) -> None:
    with storage.unit() as uow:
        assert uow.audit.since(NOW + timedelta(seconds=1)) == []
        every = uow.audit.since(NOW)
        assert (every[0].subject_kind, every[0].subject_id) == ("centre", "c1")
        assert uow.audit.since(NOW, limit=2) == every[:2]


def test_no_secret_enters_the_trail(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("s1"), secret="hunter2"))
        token = uow.tokens.issue("api", name="script")
        told = repr(uow.audit.since(NOW))
    assert "'secret': [None, None]" in told
    for secret in ("hunter2", "correct horse", token):
        assert secret not in told


def test_a_changed_appointment_waits_for_the_space_that_shows_its_centre(storage: Storage) -> None:
    with storage.unit() as uow:
        added = uow.appointments.add(outing("o1", "p1"))
        assert marked(uow) == [("appointment", "o1")]
        uow.appointments.save(replace(added, title="Renamed"))
        assert marked(uow) == [("appointment", "o1")]
        uow.appointments.record_response("o1", Participation(person_id="p1", response=Response.ACCEPTED))
        assert marked(uow) == [("appointment", "o1")]
        assert marked(uow, "s2") == []
        assert marked(uow) == []


def test_an_appointment_of_a_centre_that_no_space_shows_waits_for_nobody(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", centre_id="c2"))
        assert marked(uow) == []


def test_a_removed_appointment_waits_for_the_space_that_has_its_resource(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("o1"))
        uow.links.put(
            Link(subject_kind=SubjectKind.APPOINTMENT, subject_id="o1", binding_id="b1", href="/cal/1.ics", uid="u")
        )
        marked(uow)
        uow.appointments.remove("o1")
        assert marked(uow) == [("appointment", "o1")]


def test_a_changed_person_is_marked_with_their_coming_appointments(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.appointments.add(outing("past", "p1", start=PAST))
        uow.appointments.add(outing("now", "p1", start=NOW - timedelta(hours=2)))
        uow.appointments.add(outing("coming", "p1"))
        uow.appointments.add(outing("another's", "p2"))
        marked(uow)
        uow.people.save(replace(uow.people.get("p1"), given_name="Renée"))
        assert sorted(marked(uow)) == [("appointment", "coming"), ("appointment", "now"), ("person", "p1")]


@pytest.mark.parametrize("repository", ["initiatives", "equipment"])
def test_a_changed_initiative_or_equipment_marks_its_coming_appointments(storage: Storage, repository: str) -> None:
    odd = 'e%_"\\é'
    with storage.unit() as uow:
        changed = uow.initiatives.get("i1") if repository == "initiatives" else uow.equipment.get("e1")
        uow.equipment.add(replace(uow.equipment.get("e1"), id=odd))
        uow.initiatives.add(replace(uow.initiatives.get("i1"), id="i2"))
        uow.appointments.add(outing("past", start=PAST, equipment_ids=("e1",)))
        uow.appointments.add(outing("coming", equipment_ids=("e2", "e1")))
        uow.appointments.add(outing("other", initiative_id="i2", equipment_ids=("e11", odd)))
        marked(uow)
        getattr(uow, repository).save(replace(changed, name="Renamed"))  # type: ignore[type-var]
        assert marked(uow) == [("appointment", "coming")]
        uow.equipment.save(replace(uow.equipment.get(odd), name="Renamed"))
        assert marked(uow) == [("appointment", "other")]


def test_what_is_marked_again_while_a_pass_is_busy_stays(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.outbox.mark("person", "p1")
        uow.outbox.mark("person", "p2")
    with storage.unit() as uow:
        read = uow.outbox.pending("s1")
        assert len(read) == 2
    with storage.unit() as uow:
        uow.outbox.mark(SubjectKind.PERSON, "p1")
    with storage.unit() as uow:
        uow.outbox.clear([row.seq for row in read])
        assert marked(uow) == [("person", "p1")]


def test_the_outbox_is_read_oldest_first_and_in_parts(storage: Storage) -> None:
    with storage.unit() as uow:
        for id in ("p3", "p1", "p2", "p3"):
            uow.outbox.mark("person", id)
        assert [row.subject_id for row in uow.outbox.pending("s1", 2)] == ["p3", "p1"]


def test_a_card_waits_for_every_space_of_the_persons_centres(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.bindings.add(replace(uow.bindings.get("b1"), id="b2", space_id="s2", centre_id="c2"))
        both = (Membership(centre_id="c1"), Membership(centre_id="c2"))
        uow.people.save(replace(uow.people.get("p1"), memberships=both))
        assert marked(uow, "s1") == [("person", "p1")]
        assert marked(uow, "s2") == [("person", "p1")]
