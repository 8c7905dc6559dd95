"""Appointments over HTTP: the same services, rules and audit trail as everywhere."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sidecar.api import schemas
from sidecar.api.asking import asker, known, needs, not_private, seen, writing
from sidecar.api.reading import Calls
from sidecar.domain.access import Right
from sidecar.domain.appointments import (
    CLASSES,
    Appointment,
    AppointmentKind,
    AppointmentState,
    ParticipantRole,
    Response,
)
from sidecar.domain.centres import Centre
from sidecar.domain.places import Place, PlaceKind
from sidecar.http.access import application
from sidecar.services import rota
from sidecar.services.overview import may_see, private_to

blueprint = Calls("appointments", __name__, description="Outings, supervision, training, meetings")


def shown(appointment: Appointment) -> dict[str, Any]:
    """An appointment as the asker may know it: who is in a supervision, and what its text says, is its organiser's alone."""
    told: dict[str, Any] = {
        name: getattr(appointment, name)
        for name in (
            "id", "version", "kind", "centre_id", "title", "start", "end", "all_day", "state", "to_confirm",
            "place", "meeting_point",
        )
    }  # fmt: skip
    if asker().may(Right.SEE_PLANS, appointment.centre_id):
        told["override_reason"] = appointment.override_reason
    told["initiative_id"] = getattr(appointment, "initiative_id", None) or None
    told["participants_count"] = len(appointment.participants)
    if not private_to(asker(), appointment):
        told["text"] = appointment.text
        told["participants"] = [
            {
                "person_id": p.person_id,
                "role": p.role,
                "response": appointment.response_for_now(p),
                "verified": p.verified,
            }
            for p in appointment.participants
        ]
    return told


def place_from(data: dict[str, Any] | None) -> Place | None:
    if data is None:
        return None
    kind = PlaceKind(data["kind"]) if data.get("kind") else None
    return Place(name=data["name"], kind=kind, geo=data.get("geo"))


def timed(data: dict[str, Any], centre: Centre) -> dict[str, Any]:
    """The same with its times in the centre's zone, where clocks change as they do for its people."""
    zone = ZoneInfo(centre.timezone)
    return data | {name: data[name].astimezone(zone) for name in ("start", "end") if name in data}


@blueprint.get("/appointments")
@blueprint.arguments(schemas.AppointmentQuery, location="query")
@blueprint.response(200, schemas.AppointmentPage)
def list_appointments(query: dict[str, Any]) -> dict[str, Any]:
    """The appointments that touch a period, in order of their start; drafts for those who plan."""
    with application().storage.unit(write=False) as uow:
        found = uow.appointments.between(
            query["start"],
            query["end"],
            centre_id=query["centre"],
            kinds=[AppointmentKind(query["kind"])] if query["kind"] else None,
            states=[AppointmentState(query["state"])] if query["state"] else None,
        )
    told = schemas.page_of([one for one in found if may_see(asker(), one)], query)
    return told | {"items": [shown(a) for a in told["items"]]}


@blueprint.post("/appointments")
@blueprint.arguments(schemas.NewAppointment)
@blueprint.response(201, schemas.AppointmentSchema)
def add_appointment(data: dict[str, Any]) -> dict[str, Any]:
    """A new draft."""
    kind = AppointmentKind(data.pop("kind"))
    initiative_id = data.pop("initiative_id")
    with writing() as uow:
        needs(Right.DECIDE, data["centre_id"])
        centre = uow.centres.get(data["centre_id"])
        extra: dict[str, Any] = {}
        if kind is not AppointmentKind.SUPERVISION and initiative_id:
            initiative = uow.initiatives.get(initiative_id)
            needs(Right.SEE_ROTA, initiative.centre_id)
            extra["initiative_id"] = initiative.id
        fields = {**timed(data, centre), "place": place_from(data["place"]), **extra}
        return shown(uow.appointments.add(CLASSES[kind](id=application().new_id(), **fields)))


@blueprint.get("/appointments/<appointment_id>")
@blueprint.response(200, schemas.AppointmentSchema)
def get_appointment(appointment_id: str) -> dict[str, Any]:
    with application().storage.unit(write=False) as uow:
        return shown(seen(uow, appointment_id))


@blueprint.put("/appointments/<appointment_id>")
@blueprint.arguments(schemas.AppointmentChange)
@blueprint.response(200, schemas.AppointmentSchema)
def change_appointment(data: dict[str, Any], appointment_id: str) -> dict[str, Any]:
    """Change what is given. 409 with what changed meanwhile when somebody saved it since ``version``."""
    version = data.pop("version")
    if "place" in data:
        data["place"] = place_from(data["place"])
    with writing() as uow:
        centre = uow.centres.get(seen(uow, appointment_id, Right.DECIDE).centre_id)
        return shown(rota.change(uow, appointment_id, version, **timed(data, centre)))


@blueprint.post("/appointments/<appointment_id>/cancel")
@blueprint.response(200, schemas.AppointmentSchema)
def cancel_appointment(appointment_id: str) -> dict[str, Any]:
    with writing() as uow:
        return shown(rota.cancel(uow, seen(uow, appointment_id, Right.DECIDE).id))


@blueprint.post("/appointments/<appointment_id>/bring-back")
@blueprint.response(200, schemas.AppointmentSchema)
def bring_back_appointment(appointment_id: str) -> dict[str, Any]:
    with writing() as uow:
        return shown(rota.bring_back(uow, seen(uow, appointment_id, Right.DECIDE).id))


@blueprint.put("/appointments/<appointment_id>/participants/<person_id>")
@blueprint.arguments(schemas.StaffSchema)
@blueprint.response(200, schemas.AppointmentSchema)
def staff(data: dict[str, Any], appointment_id: str, person_id: str) -> dict[str, Any]:
    """Put somebody into the team, or into another role. Not for a supervision, as ``answer`` and taking out."""
    with writing() as uow:
        not_private(seen(uow, appointment_id, Right.DECIDE), "participant")
        known(uow, person_id)
        return shown(rota.staff(uow, appointment_id, person_id, ParticipantRole(data["role"])))


@blueprint.delete("/appointments/<appointment_id>/participants/<person_id>")
@blueprint.response(200, schemas.AppointmentSchema)
def unstaff(appointment_id: str, person_id: str) -> dict[str, Any]:
    with writing() as uow:
        not_private(seen(uow, appointment_id, Right.DECIDE), "participant")
        return shown(rota.unstaff(uow, appointment_id, person_id))


@blueprint.post("/appointments/<appointment_id>/participants/<person_id>/answer")
@blueprint.arguments(schemas.AnswerSchema)
@blueprint.response(200, schemas.AppointmentSchema)
def answer(data: dict[str, Any], appointment_id: str, person_id: str) -> dict[str, Any]:
    """Record an answer, such as one given by telephone; a decline opens a cover request."""
    app = application()
    with writing() as uow:
        not_private(seen(uow, appointment_id, Right.DECIDE), "participant")
        response = Response(data["response"])
        return shown(rota.answer(uow, appointment_id, person_id, response, now=app.now(), new_id=app.new_id))


@blueprint.get("/appointments/<appointment_id>/audit")
@blueprint.response(200, schemas.AuditSchema(many=True))
def appointment_audit(appointment_id: str) -> list[Any]:
    """Who changed what, from what to what, by which way. Not told for a supervision: it names people."""
    with application().storage.unit(write=False) as uow:
        not_private(seen(uow, appointment_id, Right.SEE_PLANS), "audit")
        return list(uow.audit.of("appointment", appointment_id))
