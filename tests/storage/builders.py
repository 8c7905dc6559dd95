"""A small territory to test in, and outings on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import Outing, Participation
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.people import Membership, Person
from sidecar.domain.training import Course
from sidecar.storage import Storage

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 3, 9, 9, 30, tzinfo=PARIS)


def settle_in(storage: Storage) -> None:
    """Two centres of which the first is bound in space "s1", three people, an initiative, its equipment, a course."""
    with storage.unit() as uow:
        for centre_id in ("c1", "c2"):
            uow.centres.add(Centre(id=centre_id, name=f"Centre {centre_id}"))
            uow.neighbourhoods.add(Neighbourhood(id=f"{centre_id}-n", centre_id=centre_id, name="Maurepas"))
        uow.spaces.add(Space(id="s1", url="https://cloud.example.org/", username="rota", secret="correct horse"))
        uow.spaces.add(Space(id="s2", url="https://other.example.org/", username="rota", secret="battery staple"))
        uow.bindings.add(
            Binding(id="b1", space_id="s1", centre_id="c1", href="/cal/", purposes=(Purpose.OUTINGS,), bound_at=MORNING)
        )
        for number in (1, 2, 3):
            uow.people.add(
                Person(
                    id=f"p{number}",
                    given_name=f"Given{number}",
                    emails=(f"P{number}@Example.org",),
                    memberships=(Membership(centre_id="c1"),),
                )
            )
        uow.courses.add(Course(id="k1", name="Posture"))
        uow.equipment.add(Equipment(id="e1", centre_id="c1", name="Roulotte"))
        uow.initiatives.add(Initiative(id="i1", centre_id="c1", name="Café du facteur"))
        uow.outbox.clear([row.seq for row in uow.outbox.pending("s1")])


def outing(id: str = "o1", *people: str, start: datetime = MORNING, hours: float = 2, **fields: Any) -> Outing:
    return Outing(
        id=id,
        start=start,
        end=start + timedelta(hours=hours),
        participants=tuple(Participation(person_id=person) for person in people),
        **{"centre_id": "c1", "title": "Café du facteur", "initiative_id": "i1"} | fields,
    )
