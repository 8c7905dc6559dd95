"""Every record of the domain comes back as it went in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sidecar.domain.access import HolderKind, Role, RoleGrant
from sidecar.domain.appointments import (
    AppointmentState,
    Outing,
    ParticipantRole,
    Participation,
    Response,
    SupervisionSlot,
    TeamMeeting,
    TrainingSession,
)
from sidecar.domain.bindings import Binding, Conflict, Link, Purpose, Space, SubjectKind, SyncRun
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood, TeamPolicy
from sidecar.domain.cover import CoverRequest, CoverState
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.training import Course, Qualification
from sidecar.storage import Storage, UnitOfWork
from tests.storage.builders import outing, settle_in

# A NUL and half of a surrogate pair are no text for PostgreSQL; no DAV answer can hold them either.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
tuples_of_words = st.lists(words, max_size=4).map(tuple)
numbers = st.integers(min_value=-(2**31), max_value=2**31 - 1)
days = st.dates()
centre_ids = st.sampled_from(["c1", "c2"])
person_ids = st.sampled_from(["p1", "p2", "p3"])
zones = st.sampled_from(
    [
        *(ZoneInfo(name) for name in ("Europe/Paris", "America/Martinique", "Asia/Kathmandu", "UTC")),
        UTC,
        timezone(timedelta(hours=-3, minutes=-30)),
        timezone(timedelta(hours=2, seconds=30)),
    ]
)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC, fold=0))  # noqa: DTZ001
# From instants, so that every time exists in its zone and says ``fold`` only where the clock shows an hour twice.
moments = st.builds(lambda instant, zone: instant.astimezone(zone), instants, zones)
degrees = st.floats(min_value=-180, max_value=180)
places = st.builds(
    Place, name=words, kind=st.none() | st.sampled_from(PlaceKind), geo=st.none() | st.tuples(degrees, degrees)
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
participations = st.builds(
    Participation,
    person_id=person_ids,
    role=st.sampled_from(ParticipantRole),
    response=st.sampled_from(Response),
    answered_for=st.none() | moments,
    verified=st.booleans(),
)
memberships = st.builds(Membership, centre_id=centre_ids, consent_on=st.none() | days, in_contacts=st.booleans())


@st.composite
def appointments(draw: st.DrawFn, cls: type[Any], **fields: st.SearchStrategy[Any]) -> Any:
    start = draw(moments)
    lasting = draw(st.timedeltas(timedelta(0), timedelta(days=40)))
    zone = draw(st.just(start.tzinfo) | zones)
    end = (start.astimezone(UTC) + lasting).astimezone(zone)
    # In one zone Python compares what the clock shows, which goes back an hour in October.
    assume(end >= start)
    return draw(
        st.builds(
            cls,
            id=st.just("new"),
            centre_id=centre_ids,
            title=words,
            start=st.just(start),
            end=st.just(end),
            all_day=st.booleans(),
            state=st.sampled_from(AppointmentState),
            place=st.none() | places,
            meeting_point=words,
            participants=st.lists(participations, max_size=3).map(tuple),
            invited_centre_ids=tuples_of_words,
            text=words,
            generation=numbers,
            to_confirm=st.booleans(),
            override_reason=words,
            **fields,
        )
    )


initiative_ids = st.sampled_from(["", "i1"])
RECORDS: dict[str, tuple[Callable[[UnitOfWork], Any], st.SearchStrategy[Any]]] = {
    "centre": (
        lambda uow: uow.centres,
        st.builds(
            Centre,
            id=st.just("new"),
            name=words,
            timezone=words,
            school_zone=words,
            phone=words,
            email=words,
            language=words,
            rules_from=st.dictionaries(words, days, max_size=3),
            default_rules_from=st.none() | days,
            rest_hours=numbers,
        ),
    ),
    "neighbourhood": (
        lambda uow: uow.neighbourhoods,
        st.builds(Neighbourhood, id=st.just("new"), centre_id=centre_ids, name=words),
    ),
    "equipment": (
        lambda uow: uow.equipment,
        st.builds(Equipment, id=st.just("new"), centre_id=centre_ids, name=words, needs_driver=st.booleans()),
    ),
    "initiative": (
        lambda uow: uow.initiatives,
        st.builds(
            Initiative,
            id=st.just("new"),
            centre_id=centre_ids,
            name=words,
            aliases=tuples_of_words,
            neighbourhood_ids=tuples_of_words,
            format=words,
            rhythm=words,
            place=st.none() | places,
            usual_start=st.none() | st.times().map(lambda time: time.replace(fold=0)),
            usual_minutes=st.none() | numbers,
            equipment_ids=tuples_of_words,
            course_ids=st.none() | tuples_of_words,
            team_policy=st.sampled_from(TeamPolicy),
            places_for=numbers,
            needs_driver=st.booleans(),
            themes=tuples_of_words,
            preparing=st.booleans(),
        ),
    ),
    "person": (
        lambda uow: uow.people,
        st.builds(
            Person,
            id=st.just("new"),
            given_name=words,
            family_name=words,
            kind=st.sampled_from(PersonKind),
            emails=tuples_of_words,
            phones=tuples_of_words,
            organisation=words,
            function=words,
            account=st.none() | words,
            memberships=st.lists(memberships, max_size=3).map(tuple),
            weekly_ceiling=st.none() | numbers,
            suggested=st.booleans(),
            active=st.booleans(),
        ),
    ),
    "course": (
        lambda uow: uow.courses,
        st.builds(Course, id=st.just("new"), name=words, validity_months=st.none() | numbers, by_default=st.booleans()),
    ),
    "qualification": (
        lambda uow: uow.qualifications,
        st.builds(
            Qualification,
            id=st.just("new"),
            person_id=person_ids,
            course_id=st.just("k1"),
            since=days,
            until=st.none() | days,
        ),
    ),
    "outing": (
        lambda uow: uow.appointments,
        appointments(
            Outing,
            initiative_id=initiative_ids,
            neighbourhood_id=st.sampled_from([None, "c1-n"]),
            equipment_ids=tuples_of_words,
        ),
    ),
    "supervision": (lambda uow: uow.appointments, appointments(SupervisionSlot, capacity=st.none() | numbers)),
    "training": (
        lambda uow: uow.appointments,
        appointments(
            TrainingSession,
            course_id=st.sampled_from([None, "k1"]),
            initiative_id=initiative_ids,
            capacity=st.none() | numbers,
        ),
    ),
    "meeting": (lambda uow: uow.appointments, appointments(TeamMeeting, initiative_id=initiative_ids)),
    "role grant": (
        lambda uow: uow.grants,
        st.builds(
            RoleGrant,
            id=st.just("new"),
            centre_id=st.sampled_from(["", "c1", "c2"]),
            holder_kind=st.sampled_from(HolderKind),
            holder=words,
            role=st.sampled_from(Role),
        ),
    ),
    "space": (
        lambda uow: uow.spaces,
        st.builds(
            Space,
            id=st.just("new"),
            url=words,
            username=words,
            secret=words,
            organizer=words,
            schedules=st.none() | st.booleans(),
            muted=st.booleans(),
        ),
    ),
    "binding": (
        lambda uow: uow.bindings,
        st.builds(
            Binding,
            id=st.just("new"),
            space_id=st.sampled_from(["s1", "s2"]),
            centre_id=centre_ids,
            href=words,
            purposes=st.lists(st.sampled_from(Purpose), max_size=3).map(tuple),
            display_name=words,
            writes=st.booleans(),
            bound_at=moments,
        ),
    ),
    "conflict": (
        lambda uow: uow.conflicts,
        st.builds(
            Conflict,
            id=st.just("new"),
            at=instants,
            centre_id=centre_ids,
            subject_kind=words,
            subject_id=words,
            field=words,
            base=json_values,
            ours=json_values,
            theirs=json_values,
            why=words,
            chosen=words,
        ),
    ),
    "cover request": (
        lambda uow: uow.cover_requests,
        st.builds(
            CoverRequest,
            id=st.just("new"),
            appointment_id=st.just("o1"),
            centre_id=centre_ids,
            person_id=person_ids,
            opened_at=instants,
            state=st.sampled_from(CoverState),
        ),
    ),
}

in_one_database = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class _Undo(Exception):
    pass


@contextmanager
def tried_out(storage: Storage) -> Iterator[UnitOfWork]:
    """A unit whose changes are undone at its end."""
    try:
        with storage.unit() as uow:
            yield uow
            raise _Undo
    except _Undo:
        return


@pytest.fixture
def territory(storage: Storage) -> Storage:
    settle_in(storage)
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
    return storage


@pytest.mark.parametrize("name", RECORDS)
@in_one_database
@given(data=st.data())
def test_a_record_comes_back_as_it_was_added_and_as_it_was_saved(territory: Storage, name: str, data: st.DataObject) -> None:
    repository_of, strategy = RECORDS[name]
    first, second = data.draw(strategy), data.draw(strategy)
    with tried_out(territory) as uow:
        repository = repository_of(uow)
        assert repository.add(first) == replace(first, version=1)
        assert_same(repository.get("new"), replace(first, version=1))
        saved = repository.save(replace(second, version=1))
        stored = repository.get("new")
        assert_same(stored, replace(second, version=saved.version))
        assert saved.version == 2 or same(first, second)


@in_one_database
@given(
    link=st.builds(
        Link,
        subject_kind=st.sampled_from(SubjectKind),
        subject_id=words,
        binding_id=st.just("b1"),
        href=words,
        uid=words,
        recurrence_id=words,
    )
)
def test_a_link_comes_back_by_subject_by_resource_and_by_uid(territory: Storage, link: Link) -> None:
    with tried_out(territory) as uow:
        uow.links.put(link)
        assert uow.links.of_subject(link.subject_kind, link.subject_id) == [link]
        assert uow.links.of_resource("b1", link.href) == [link]
        assert uow.links.by_uid(link.uid) == [link]


@in_one_database
@given(
    run=st.builds(
        SyncRun,
        id=words,
        space_id=st.just("s1"),
        started_at=instants,
        ended_at=instants,
        ok=st.booleans(),
        report=st.dictionaries(words, json_values, max_size=3),
    )
)
def test_the_record_of_a_pass_comes_back(territory: Storage, run: SyncRun) -> None:
    with tried_out(territory) as uow:
        uow.runs.add(run)
        assert uow.runs.get(run.id) == run
        assert uow.runs.latest("s1") == run


@in_one_database
@given(value=json_values)
def test_a_setting_comes_back(territory: Storage, value: Any) -> None:
    with tried_out(territory) as uow:
        others = uow.settings.all()
        uow.settings.set("threshold", "before")
        uow.settings.set("threshold", value)
        assert uow.settings.get("threshold", "nothing") == value
        assert uow.settings.all() == others | {"threshold": value}


def same(one: Any, other: Any) -> bool:
    """Equal, with times in the same zone: two equal instants in different zones are not the same entry."""
    return repr(one) == repr(other)


def assert_same(one: Any, other: Any) -> None:
    assert one == other
    assert repr(one) == repr(other)
