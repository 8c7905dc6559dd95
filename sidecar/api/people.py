"""People over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sidecar.api import schemas
from sidecar.api.asking import asker, in_all, known, knows, needs, writing
from sidecar.api.reading import Calls
from sidecar.domain.access import EVERYWHERE, Right
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.france.phones import to_e164
from sidecar.http.access import application
from sidecar.services import accounts

blueprint = Calls("people", __name__, description="Volunteers, professionals, partners")


@blueprint.get("/people")
@blueprint.arguments(schemas.PeopleQuery, location="query")
@blueprint.response(200, schemas.PeoplePage)
def list_people(query: dict[str, Any]) -> dict[str, Any]:
    """Everybody whose card the token opens, or those of a centre, by family name. Mail addresses, accounts and what was
    agreed with somebody are told to tokens that coordinate; to others that see contacts names and telephone numbers."""
    centre_id = query["centre"]
    with application().storage.unit(write=False) as uow:
        found = uow.people.in_centre(centre_id) if centre_id else uow.people.all()
    if centre_id and not asker().may(Right.SEE_CONTACTS, centre_id):
        # Who of one's own is in that centre too is not told.
        found = []
    told = schemas.page_of([one for one in found if knows(one)], query)
    return told | {"items": [shown(one) for one in told["items"]]}


@blueprint.post("/people")
@blueprint.arguments(schemas.NewPerson)
@blueprint.response(201, schemas.PersonSchema)
def add_person(data: dict[str, Any]) -> dict[str, Any]:
    with writing() as uow:
        centre_id = data.pop("centre_id")
        needs(Right.DECIDE, centre_id)
        centre = uow.centres.get(centre_id)
        person = Person(id=application().new_id(), memberships=(Membership(centre_id=centre.id),), **_typed(data))
        return shown(uow.people.add(person))


@blueprint.get("/people/<person_id>")
@blueprint.response(200, schemas.PersonSchema)
def get_person(person_id: str) -> dict[str, Any]:
    with application().storage.unit(write=False) as uow:
        return shown(known(uow, person_id))


@blueprint.put("/people/<person_id>")
@blueprint.arguments(schemas.PersonChange)
@blueprint.response(200, schemas.PersonSchema)
def change_person(data: dict[str, Any], person_id: str) -> dict[str, Any]:
    """Change what is given. 409 with what changed meanwhile when somebody saved it since ``version``; 403 where the token
    does not decide in all of the person's centres; 422 for an account that is somebody else's, or where it does not set up
    all of them.
    """
    ties, account = "account" in data, data.pop("account", None) or ""
    with writing() as uow:
        saved: Person = uow.people.save(replace(known(uow, person_id, Right.DECIDE), **_typed(data)))
        # An account opens what its person may see: tied by who sets up, and nobody else's, as on the page.
        return shown(accounts.tie(uow, person_id, account, was=saved.account or "", may=_sets_up) if ties else saved)


NUMBER = ("id", "version", "given_name", "family_name", "full_name", "kind", "organisation", "phones", "centre_ids")
"""What the pages show of a person to who sees contacts and does not decide: who it is, and how to call them."""


def shown(person: Person) -> dict[str, Any]:
    """A person as the asker may know them: which other centres they are in is not told, and mail addresses, the account and
    what was agreed with them (``weekly_ceiling`` and so on) to who decides in one of their centres alone."""
    centre_ids = [centre_id for centre_id in person.centre_ids if asker().rights(centre_id)]
    card = {**vars(person), "full_name": person.full_name, "centre_ids": centre_ids}
    whole = any(asker().may(Right.DECIDE, centre_id) for centre_id in (EVERYWHERE, *person.centre_ids))
    return card if whole else {name: card[name] for name in NUMBER}


def _sets_up(centre_ids: Sequence[str]) -> bool:
    return in_all(Right.SET_UP, centre_ids)


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    """As the domain keeps them: kinds, tuples, phone numbers in E.164 where they can be read."""
    typed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if "kind" in typed:
        typed["kind"] = PersonKind(data["kind"])
    if "phones" in typed:
        typed["phones"] = tuple(to_e164(phone) or phone for phone in data["phones"])
    return typed
