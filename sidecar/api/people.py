"""People over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_smorest import Blueprint

from sidecar.api import schemas
from sidecar.api.appointments import writing
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.france.phones import to_e164
from sidecar.http.access import application

blueprint = Blueprint("people", __name__, description="Volunteers, professionals, partners")


@blueprint.get("/people")
@blueprint.arguments(schemas.PeopleQuery, location="query")
@blueprint.response(200, schemas.PeoplePage)
def list_people(query: dict[str, Any]) -> dict[str, Any]:
    """Everybody, or those of a centre, by family name."""
    with application().storage.unit(write=False) as uow:
        found = uow.people.in_centre(query["centre"]) if query["centre"] else uow.people.all()
    return schemas.page_of(found, query)


@blueprint.post("/people")
@blueprint.arguments(schemas.NewPerson)
@blueprint.response(201, schemas.PersonSchema)
def add_person(data: dict[str, Any]) -> Person:
    with writing() as uow:
        centre = uow.centres.get(data.pop("centre_id"))
        person = Person(id=application().new_id(), memberships=(Membership(centre_id=centre.id),), **_typed(data))
        added: Person = uow.people.add(person)
        return added


@blueprint.get("/people/<person_id>")
@blueprint.response(200, schemas.PersonSchema)
def get_person(person_id: str) -> Person:
    with application().storage.unit(write=False) as uow:
        return uow.people.get(person_id)


@blueprint.put("/people/<person_id>")
@blueprint.arguments(schemas.PersonChange)
@blueprint.response(200, schemas.PersonSchema)
def change_person(data: dict[str, Any], person_id: str) -> Person:
    """Change what is given. 409 with what changed meanwhile when somebody saved it since ``version``."""
    with writing() as uow:
        saved: Person = uow.people.save(replace(uow.people.get(person_id), **_typed(data)))
        return saved


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    """As the domain keeps them: kinds, tuples, phone numbers in E.164 where they can be read."""
    typed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if "kind" in typed:
        typed["kind"] = PersonKind(data["kind"])
    if "phones" in typed:
        typed["phones"] = tuple(to_e164(phone) or phone for phone in data["phones"])
    return typed
