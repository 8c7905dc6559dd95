"""Who asks, in whose name is written, and what is not theirs: what they may not see is not there (404), what they see and
may not do is refused (403)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g

from sidecar.domain.access import EVERYWHERE, Right, Visitor
from sidecar.domain.appointments import Appointment
from sidecar.domain.audit import Origin
from sidecar.domain.errors import NotAllowed, NotFound
from sidecar.domain.people import Person
from sidecar.http.access import application, bearer
from sidecar.services.access import of_token
from sidecar.services.overview import may_see, private_to
from sidecar.storage import UnitOfWork


def asker() -> Visitor:
    """Whose token asked; what ``/api/`` is asked without one never comes this far."""
    if "asker" not in g:
        token = bearer()
        g.asker = of_token(token, "api") if token is not None else Visitor(name="api")
    found: Visitor = g.asker
    return found


def asking() -> str:
    """What audit entries name: the token that asked."""
    return asker().name


def writing() -> Any:
    """A unit of work whose audit entries name the token that asked."""
    return application().storage.unit(actor=asking(), origin=Origin.BOARD)


def needs(right: Right, centre_id: str) -> None:
    """Raises NotFound where nothing of the centre is the asker's, NotAllowed where this is not."""
    if asker().may(right, centre_id):
        return
    if asker().rights(centre_id):
        raise NotAllowed("not_allowed")
    raise NotFound("not_found", kind="centre", id=centre_id)


def seen(uow: UnitOfWork, appointment_id: str, right: Right | None = None) -> Appointment:
    """An appointment that the asker may see, and in whose centre they have ``right``. Raises NotFound, NotAllowed."""
    found = uow.appointments.get(appointment_id)
    if not may_see(asker(), found):
        raise NotFound("not_found", kind="appointment", id=appointment_id)
    if right is not None and not asker().may(right, found.centre_id):
        raise NotAllowed("not_allowed")
    return found


def not_private(appointment: Appointment, kind: str) -> Appointment:
    """The same. Raises NotFound for a supervision of which the asker may not know who is in it, nor find out by trying."""
    if private_to(asker(), appointment):
        raise NotFound("not_found", kind=kind, id=appointment.id)
    return appointment


def knows(person: Person) -> bool:
    """Whether the asker sees the contacts of one of the person's centres."""
    return any(asker().may(Right.SEE_CONTACTS, centre_id) for centre_id in (EVERYWHERE, *person.centre_ids))


def in_all(right: Right, centre_ids: Sequence[str]) -> bool:
    """Whether the asker has that right in all of these centres; of none of them: in every centre."""
    return all(asker().may(right, centre_id) for centre_id in centre_ids or (EVERYWHERE,))


def known(uow: UnitOfWork, person_id: str, right: Right | None = None) -> Person:
    """A person whose card the asker may read. Raises NotFound; NotAllowed where they do not have ``right`` in all of the
    person's centres: who is in several is one person in each of them."""
    found: Person = uow.people.get(person_id)
    if not knows(found):
        raise NotFound("not_found", kind="person", id=person_id)
    if right is not None and not in_all(right, found.centre_ids):
        raise NotAllowed("not_allowed")
    return found
