"""What goes out and what comes in; schemas for writing stand apart from schemas for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from sidecar.api.values import CheckedPeriod, Line, Lines, Moment, Period
from sidecar.domain.appointments import AppointmentKind, AppointmentState, ParticipantRole, Response
from sidecar.domain.bindings import Purpose
from sidecar.domain.people import PersonKind
from sidecar.domain.places import PlaceKind
from sidecar.http.access import words

NAME = validate.Length(min=1, max=300)
TEXT = validate.Length(max=20_000)


def one_of(kind: Any, **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf([member.value for member in kind]), **options)


class PlaceSchema(Schema):
    name = Line(required=True, validate=NAME)
    kind = one_of(PlaceKind, allow_none=True, load_default=None)
    geo = fields.Tuple(
        (fields.Float(validate=validate.Range(-90, 90)), fields.Float(validate=validate.Range(-180, 180))),
        allow_none=True,
        load_default=None,
        metadata={"description": "Latitude and longitude in degrees."},
    )


class ParticipationSchema(Schema):
    person_id = fields.String()
    role = one_of(ParticipantRole)
    response = one_of(Response, metadata={"description": "The answer for the present time."})
    verified = fields.Boolean()


class AppointmentSchema(Schema):
    """An appointment. Of a supervision ``participants`` and ``text`` are told to its organiser alone."""

    id = fields.String()
    version = fields.Integer()
    kind = one_of(AppointmentKind)
    centre_id = fields.String()
    initiative_id = fields.String(allow_none=True)
    title = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    all_day = fields.Boolean()
    state = one_of(AppointmentState)
    to_confirm = fields.Boolean()
    override_reason = fields.String()
    place = fields.Nested(PlaceSchema, allow_none=True)
    meeting_point = fields.String()
    text = fields.String()
    participants = fields.List(fields.Nested(ParticipationSchema))
    participants_count = fields.Integer()


class Paged(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    page_size = fields.Integer(load_default=100, validate=validate.Range(1, 500))


def page_of(found: Sequence[Any], query: dict[str, Any]) -> dict[str, Any]:
    """The page that ``query`` (a ``Paged``) asks for, with how many there are in all."""
    first = (query["page"] - 1) * query["page_size"]
    return {"total": len(found), "page": query["page"], "items": found[first : first + query["page_size"]]}


class AppointmentQuery(Period, Paged):
    centre = fields.String(load_default=None)
    kind = one_of(AppointmentKind, load_default=None)
    state = one_of(AppointmentState, load_default=None)


class AppointmentPage(Schema):
    total = fields.Integer()
    page = fields.Integer()
    items = fields.List(fields.Nested(AppointmentSchema))


class NewAppointment(Schema):
    kind = one_of(AppointmentKind, load_default=AppointmentKind.OUTING.value)
    centre_id = Line(required=True)
    initiative_id = Line(load_default="")
    title = Line(required=True, validate=NAME)
    start = Moment(required=True)
    end = Moment(required=True)
    place = fields.Nested(PlaceSchema, allow_none=True, load_default=None)
    meeting_point = Line(load_default="", validate=TEXT)
    text = Lines(load_default="", validate=TEXT)


class AppointmentChange(Schema):
    """``version`` is the one that the form started from: who saves second is told what changed."""

    version = fields.Integer(required=True)
    title = Line(validate=NAME)
    start = Moment()
    end = Moment()
    place = fields.Nested(PlaceSchema, allow_none=True)
    meeting_point = Line(validate=TEXT)
    text = Lines(validate=TEXT)
    override_reason = Lines(validate=TEXT)


class StaffSchema(Schema):
    role = one_of(ParticipantRole, required=True)


class AnswerSchema(Schema):
    response = one_of(Response, required=True)


class PersonSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    given_name = fields.String()
    family_name = fields.String()
    full_name = fields.String()
    kind = one_of(PersonKind)
    emails = fields.List(fields.String())
    phones = fields.List(fields.String())
    organisation = fields.String()
    function = fields.String()
    account = fields.String(allow_none=True)
    centre_ids = fields.List(fields.String())
    weekly_ceiling = fields.Integer(allow_none=True)
    suggested = fields.Boolean()
    active = fields.Boolean()


class PersonChange(Schema):
    version = fields.Integer(required=True)
    given_name = Line(validate=validate.Length(max=200))
    family_name = Line(validate=validate.Length(max=200))
    kind = one_of(PersonKind)
    emails = fields.List(fields.Email(), validate=validate.Length(max=10))
    phones = fields.List(Line(validate=validate.Length(1, 40)), validate=validate.Length(max=10))
    organisation = Line(validate=validate.Length(max=300))
    function = Line(validate=validate.Length(max=300))
    account = Line(allow_none=True, validate=validate.Length(max=200))
    weekly_ceiling = fields.Integer(allow_none=True, validate=validate.Range(0, 50))
    suggested = fields.Boolean()
    active = fields.Boolean()


class NewPerson(Schema):
    centre_id = Line(required=True)
    given_name = Line(load_default="", validate=validate.Length(max=200))
    family_name = Line(load_default="", validate=validate.Length(max=200))
    kind = one_of(PersonKind, load_default=PersonKind.VOLUNTEER.value)
    emails = fields.List(fields.Email(), load_default=list, validate=validate.Length(max=10))
    phones = fields.List(Line(validate=validate.Length(1, 40)), load_default=list, validate=validate.Length(max=10))
    organisation = Line(load_default="", validate=validate.Length(max=300))
    function = Line(load_default="", validate=validate.Length(max=300))

    @validates_schema
    def is_somebody(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not any(data[name] for name in ("given_name", "family_name", "organisation")):
            raise ValidationError(words()("problem.nameless"), "family_name")


class PeopleQuery(Paged):
    centre = fields.String(load_default=None)


class PeoplePage(Schema):
    total = fields.Integer()
    page = fields.Integer()
    items = fields.List(fields.Nested(PersonSchema))


class PeriodQuery(CheckedPeriod):
    centre = fields.String(required=True)


class FindingSchema(Schema):
    rule = fields.String()
    level = fields.String()
    appointment_id = fields.String()
    start = fields.AwareDateTime()
    subject = fields.String()
    message = fields.String()
    quotation = fields.String()


class CentreSchema(Schema):
    id = fields.String()
    name = fields.String()
    timezone = fields.String()
    phone = fields.String()


class InitiativeSchema(Schema):
    id = fields.String()
    centre_id = fields.String()
    name = fields.String()
    aliases = fields.List(fields.String())
    themes = fields.List(fields.String())
    preparing = fields.Boolean()
    places_for = fields.Integer()


class RunSchema(Schema):
    id = fields.String()
    space_id = fields.String()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime()
    ok = fields.Boolean()
    report = fields.Dict()


class RunsQuery(Schema):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 500))


class ConflictSchema(Schema):
    id = fields.String()
    at = fields.AwareDateTime()
    centre_id = fields.String()
    subject_kind = fields.String()
    subject_id = fields.String()
    about = fields.String()
    recurrence_id = fields.String(
        metadata={"description": "Which date of a series it is about, by its original local time; empty for a single event."}
    )
    field = fields.String()
    base = fields.Raw(allow_none=True)
    ours = fields.Raw(allow_none=True)
    theirs = fields.Raw(allow_none=True)
    why = fields.String()


class ConflictQuery(Schema):
    centre = fields.String(load_default=None)


class DecisionSchema(Schema):
    decision = fields.String(
        required=True,
        validate=validate.OneOf(["accept", "restore"]),
        metadata={"description": "accept: the losses are meant; restore: everything is put back."},
    )


class DecidedSchema(Schema):
    decided = fields.List(fields.String(), metadata={"description": "The collections that go on."})


class RebindSchema(Schema):
    purpose = one_of(
        Purpose, load_default=None, metadata={"description": "What the collection is for; all where it is left out."}
    )
    collection = Line(load_default="", validate=validate.Length(max=1000), metadata={"description": "Its href or its name."})

    @validates_schema
    def both_or_none(self, data: dict[str, Any], **kwargs: Any) -> None:
        if bool(data["purpose"]) != bool(data["collection"]):
            raise ValidationError(words()("problem.invalid"), "collection")


class ReboundOne(Schema):
    was = fields.String()
    href = fields.String()
    purposes = fields.List(one_of(Purpose))


class ReboundSchema(Schema):
    rebound = fields.List(fields.Nested(ReboundOne))


class ChoiceSchema(Schema):
    chosen = fields.String(
        required=True,
        validate=validate.OneOf(["ours", "theirs", "now"]),
        metadata={"description": "The value that is to stand; now: what somebody made of it since."},
    )


class AuditSchema(Schema):
    at = fields.AwareDateTime()
    actor = fields.String()
    origin = fields.String()
    action = fields.String()
    changes = fields.Dict()
