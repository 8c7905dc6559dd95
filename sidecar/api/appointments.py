"""Appointments over HTTP: the same services, rules and audit trail as everywhere."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sidecar.api import schemas
from sidecar.api.reading import Calls
from sidecar.domain.access import Visitor
from sidecar.domain.appointments import (
    CLASSES,
    Appointment,
    AppointmentKind,
    AppointmentState,
    ParticipantRole,
    Response,
)
from sidecar.domain.audit import Origin
from sidecar.domain.centres import Centre
from sidecar.domain.errors import NotFound
from sidecar.domain.places import Place, PlaceKind
from sidecar.http.access import application, bearer
from sidecar.services import rota
from sidecar.services.access import of_token
from sidecar.storage import UnitOfWork

blueprint = Calls("appointments", __name__, description="Outings, supervision, training, meetings")


def asker() -> Visitor:
    """Whose token asked; what ``/api/`` is asked without one never comes this far."""
    token = bearer()
    return of_token(token) if token is not None else Visitor(name="api")


def asking() -> str:
    """What audit entries name: the token that asked."""
    token = bearer()
    return f"api:{token.name or token.id}" if token else "api"


def writing() -> Any:
    """A unit of work whose audit entries name the token that asked."""
    return application().storage.unit(actor=asking(), origin=Origin.BOARD)


def shown(appointment: Appointment) -> dict[str, Any]:
    """An appointment as the API tells it: nobody is named in a supervision."""
    told: dict[str, Any] = {
        name: getattr(appointment, name)
        for name in (
            "id", "version", "kind", "centre_id", "title", "start", "end", "all_day", "state", "to_confirm",
            "override_reason", "place", "meeting_point", "text",
        )
    }  # fmt: skip
    told["initiative_id"] = getattr(appointment, "initiative_id", None) or None
    told["participants_count"] = len(appointment.participants)
    if appointment.kind is not AppointmentKind.SUPERVISION:
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


def not_private(uow: UnitOfWork, appointment_id: str, kind: str) -> None:
    """Raises NotFound for a supervision: whether somebody is in it must not be found out by trying, either."""
    if uow.appointments.get(appointment_id).kind is AppointmentKind.SUPERVISION:
        raise NotFound("not_found", kind=kind, id=appointment_id)


@blueprint.get("/appointments")
@blueprint.arguments(schemas.AppointmentQuery, location="query")
@blueprint.response(200, schemas.AppointmentPage)
def list_appointments(query: dict[str, Any]) -> dict[str, Any]:
    """The appointments that touch a period, in order of their start."""
    with application().storage.unit(write=False) as uow:
        found = uow.appointments.between(
            query["start"],
            query["end"],
            centre_id=query["centre"],
            kinds=[AppointmentKind(query["kind"])] if query["kind"] else None,
            states=[AppointmentState(query["state"])] if query["state"] else None,
        )
    told = schemas.page_of(found, query)
    return told | {"items": [shown(a) for a in told["items"]]}


@blueprint.post("/appointments")
@blueprint.arguments(schemas.NewAppointment)
@blueprint.response(201, schemas.AppointmentSchema)
def add_appointment(data: dict[str, Any]) -> dict[str, Any]:
    """A new draft."""
    kind = AppointmentKind(data.pop("kind"))
    initiative_id = data.pop("initiative_id")
    with writing() as uow:
        centre = uow.centres.get(data["centre_id"])
        extra: dict[str, Any] = {}
        if kind is not AppointmentKind.SUPERVISION and initiative_id:
            extra["initiative_id"] = uow.initiatives.get(initiative_id).id
        fields = {**timed(data, centre), "place": place_from(data["place"]), **extra}
        return shown(uow.appointments.add(CLASSES[kind](id=application().new_id(), **fields)))


@blueprint.get("/appointments/<appointment_id>")
@blueprint.response(200, schemas.AppointmentSchema)
def get_appointment(appointment_id: str) -> dict[str, Any]:
    with application().storage.unit(write=False) as uow:
        return shown(uow.appointments.get(appointment_id))


@blueprint.put("/appointments/<appointment_id>")
@blueprint.arguments(schemas.AppointmentChange)
@blueprint.response(200, schemas.AppointmentSchema)
def change_appointment(data: dict[str, Any], appointment_id: str) -> dict[str, Any]:
    """Change what is given. 409 with what changed meanwhile when somebody saved it since ``version``."""
    version = data.pop("version")
    if "place" in data:
        data["place"] = place_from(data["place"])
    with writing() as uow:
        centre = uow.centres.get(uow.appointments.get(appointment_id).centre_id)
        return shown(rota.change(uow, appointment_id, version, **timed(data, centre)))


@blueprint.post("/appointments/<appointment_id>/cancel")
@blueprint.response(200, schemas.AppointmentSchema)
def cancel_appointment(appointment_id: str) -> dict[str, Any]:
    with writing() as uow:
        return shown(rota.cancel(uow, appointment_id))


@blueprint.post("/appointments/<appointment_id>/bring-back")
@blueprint.response(200, schemas.AppointmentSchema)
def bring_back_appointment(appointment_id: str) -> dict[str, Any]:
    with writing() as uow:
        return shown(rota.bring_back(uow, appointment_id))


@blueprint.put("/appointments/<appointment_id>/participants/<person_id>")
@blueprint.arguments(schemas.StaffSchema)
@blueprint.response(200, schemas.AppointmentSchema)
def staff(data: dict[str, Any], appointment_id: str, person_id: str) -> dict[str, Any]:
    """Put somebody into the team, or into another role. Not for a supervision, as ``answer`` and taking out."""
    with writing() as uow:
        not_private(uow, appointment_id, "participant")
        return shown(rota.staff(uow, appointment_id, person_id, ParticipantRole(data["role"])))


@blueprint.delete("/appointments/<appointment_id>/participants/<person_id>")
@blueprint.response(200, schemas.AppointmentSchema)
def unstaff(appointment_id: str, person_id: str) -> dict[str, Any]:
    with writing() as uow:
        not_private(uow, appointment_id, "participant")
        return shown(rota.unstaff(uow, appointment_id, person_id))


@blueprint.post("/appointments/<appointment_id>/participants/<person_id>/answer")
@blueprint.arguments(schemas.AnswerSchema)
@blueprint.response(200, schemas.AppointmentSchema)
def answer(data: dict[str, Any], appointment_id: str, person_id: str) -> dict[str, Any]:
    """Record an answer, such as one given by telephone; a decline opens a cover request."""
    app = application()
    with writing() as uow:
        not_private(uow, appointment_id, "participant")
        response = Response(data["response"])
        return shown(rota.answer(uow, appointment_id, person_id, response, now=app.now(), new_id=app.new_id))


@blueprint.get("/appointments/<appointment_id>/audit")
@blueprint.response(200, schemas.AuditSchema(many=True))
def appointment_audit(appointment_id: str) -> list[Any]:
    """Who changed what, from what to what, by which way. Not told for a supervision: it names people."""
    with application().storage.unit(write=False) as uow:
        not_private(uow, appointment_id, "audit")
        return list(uow.audit.of("appointment", appointment_id))
