"""The tables. Names are the domain's; what a revision of ``migrations`` builds has to equal this (a test compares)."""

from __future__ import annotations

import sqlalchemy as sa

from calendars.sync.ports import Action, Past
from sidecar.domain.access import HolderKind, Role
from sidecar.domain.appointments import AppointmentKind, AppointmentState, ParticipantRole, Response
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose, SubjectKind
from sidecar.domain.centres import TeamPolicy
from sidecar.domain.cover import CoverState
from sidecar.domain.people import PersonKind
from sidecar.storage import tables_of_telling  # noqa: F401 - its tables stand in the same metadata
from sidecar.storage.columns import Choice, Choices, DaysByName, Instant, Key, PlaceColumn, Reference, Words, Zoned
from sidecar.storage.pieces import flag as _flag
from sidecar.storage.pieces import id_column as _id
from sidecar.storage.pieces import metadata
from sidecar.storage.pieces import of as _of
from sidecar.storage.pieces import text as _text
from sidecar.storage.pieces import version as _version

centres = sa.Table(
    "centres",
    metadata,
    _id(),
    _text("name"),
    _text("timezone"),
    _text("school_zone"),
    _text("phone"),
    _text("email"),
    _text("language"),
    sa.Column("rules_from", DaysByName, nullable=False),
    sa.Column("default_rules_from", sa.Date),
    sa.Column("rest_hours", sa.Integer, nullable=False),
    _version(),
)
neighbourhoods = sa.Table("neighbourhoods", metadata, _id(), _of("centres", index=True), _text("name"), _version())
equipment = sa.Table(
    "equipment", metadata, _id(), _of("centres", index=True), _text("name"), _flag("needs_driver"), _version()
)
courses = sa.Table(
    "courses",
    metadata,
    _id(),
    _text("name"),
    sa.Column("validity_months", sa.Integer),
    _flag("by_default"),
    _version(),
)
initiatives = sa.Table(
    "initiatives",
    metadata,
    _id(),
    _of("centres", index=True),
    _text("name"),
    sa.Column("aliases", Words, nullable=False),
    sa.Column("neighbourhood_ids", Words, nullable=False),
    _text("format"),
    _text("rhythm"),
    sa.Column("place", PlaceColumn),
    sa.Column("usual_start", sa.Time),
    sa.Column("usual_minutes", sa.Integer),
    sa.Column("equipment_ids", Words, nullable=False),
    sa.Column("course_ids", Words),
    sa.Column("team_policy", Choice(TeamPolicy), nullable=False),
    sa.Column("places_for", sa.Integer, nullable=False),
    _flag("needs_driver"),
    sa.Column("themes", Words, nullable=False),
    _flag("preparing"),
    _version(),
)

people = sa.Table(
    "people",
    metadata,
    _id(),
    _text("given_name"),
    _text("family_name"),
    sa.Column("kind", Choice(PersonKind), nullable=False),
    sa.Column("phones", Words, nullable=False),
    _text("organisation"),
    _text("function"),
    sa.Column("account", sa.Text, index=True),
    sa.Column("weekly_ceiling", sa.Integer),
    _flag("suggested"),
    _flag("active"),
    _version(),
)
person_emails = sa.Table(
    "person_emails",
    metadata,
    _of("people", cascade=True, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _text("address"),
    sa.Column("folded", Key, nullable=False, index=True),
)
memberships = sa.Table(
    "memberships",
    metadata,
    _of("people", cascade=True, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _of("centres", index=True),
    sa.Column("consent_on", sa.Date),
    _flag("in_contacts"),
)
qualifications = sa.Table(
    "qualifications",
    metadata,
    _id(),
    _of("people", index=True),
    _of("courses"),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
    _version(),
)

appointments = sa.Table(
    "appointments",
    metadata,
    _id(),
    sa.Column("kind", Choice(AppointmentKind), nullable=False),
    _of("centres"),
    _text("title"),
    sa.Column("start", Instant, nullable=False, index=True),
    _text("start_zone"),
    sa.Column("end", Instant, nullable=False, index=True),
    _text("end_zone"),
    _flag("all_day"),
    sa.Column("state", Choice(AppointmentState), nullable=False),
    sa.Column("place", PlaceColumn),
    _text("meeting_point"),
    sa.Column("invited_centre_ids", Words, nullable=False),
    _text("text"),
    sa.Column("generation", sa.Integer, nullable=False),
    _flag("to_confirm"),
    _text("override_reason"),
    sa.Column("initiative_id", Reference, sa.ForeignKey("initiatives.id")),
    _of("neighbourhoods", nullable=True),
    sa.Column("equipment_ids", Words),
    _of("courses", nullable=True),
    sa.Column("capacity", sa.Integer),
    _version(),
    sa.Index(None, "centre_id", "start"),
    sa.Index(None, "initiative_id", "end"),
)
participations = sa.Table(
    "participations",
    metadata,
    _of("appointments", cascade=True, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _of("people", index=True),
    sa.Column("role", Choice(ParticipantRole), nullable=False),
    sa.Column("response", Choice(Response), nullable=False),
    sa.Column("answered_for", Zoned),
    _flag("verified"),
)

spaces = sa.Table(
    "spaces",
    metadata,
    _id(),
    _text("url"),
    _text("username"),
    _text("secret"),
    _text("organizer"),
    sa.Column("schedules", sa.Boolean),
    _flag("muted"),
    _version(),
)
bindings = sa.Table(
    "bindings",
    metadata,
    _id(),
    _of("spaces", index=True),
    _of("centres", index=True),
    sa.Column("href", Key, nullable=False),
    sa.Column("purposes", Choices(Purpose), nullable=False),
    _text("display_name"),
    _flag("writes"),
    sa.Column("bound_at", Zoned, nullable=False),
    _version(),
)
links = sa.Table(
    "links",
    metadata,
    _of("bindings", cascade=True, primary_key=True),
    sa.Column("href", Key, primary_key=True),
    sa.Column("recurrence_id", Key, primary_key=True),
    sa.Column("uid", Key, nullable=False, index=True),
    sa.Column("subject_kind", Choice(SubjectKind), nullable=False),
    sa.Column("subject_id", Key, nullable=False),
    sa.Index(None, "subject_id", "subject_kind"),
)
conflicts = sa.Table(
    "conflicts",
    metadata,
    _id(),
    sa.Column("at", Instant, nullable=False),
    _of("centres", index=True),
    _text("subject_kind"),
    _text("subject_id"),
    _text("recurrence_id"),
    _text("field"),
    sa.Column("base", sa.JSON),
    sa.Column("ours", sa.JSON),
    sa.Column("theirs", sa.JSON),
    _text("why"),
    _text("chosen"),
    _version(),
    # Those that nobody has decided yet are few, and asked for among all there ever were.
    sa.Index(None, "chosen", "field"),
)
cover_requests = sa.Table(
    "cover_requests",
    metadata,
    _id(),
    _of("appointments", index=True, cascade=True),
    _of("centres", index=True),
    _of("people", index=True),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("state", Choice(CoverState), nullable=False),
    _version(),
)
role_grants = sa.Table(
    "role_grants",
    metadata,
    _id(),
    sa.Column("centre_id", Reference, sa.ForeignKey("centres.id", ondelete="CASCADE")),
    sa.Column("holder_kind", Choice(HolderKind), nullable=False),
    sa.Column("holder", Key, nullable=False, index=True),
    sa.Column("role", Choice(Role), nullable=False),
    _version(),
    sa.UniqueConstraint("centre_id", "holder_kind", "holder", "role"),
)
sync_runs = sa.Table(
    "sync_runs",
    metadata,
    _id(),
    _of("spaces", cascade=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=False),
    _flag("ok"),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index(None, "space_id", "started_at"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    _id(),
    _text("kind"),
    sa.Column("subject_id", Key, nullable=False),
    _text("name"),
    sa.Column("sha256", Key, nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("role", Choice(Role)),
    sa.Column("expires_at", Instant),
    sa.Column("used_on", sa.Date),
    sa.Index(None, "subject_id", "kind"),
)
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", Key, nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False, index=True),
    _text("actor"),
    sa.Column("origin", Choice(Origin), nullable=False),
    sa.Column("subject_kind", Key, nullable=False),
    sa.Column("subject_id", Key, nullable=False),
    _text("action"),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Index(None, "subject_id", "subject_kind"),
    sqlite_autoincrement=True,
)
settings = sa.Table(
    "settings", metadata, sa.Column("key", Key, primary_key=True), sa.Column("value", sa.JSON, nullable=False)
)
outbox = sa.Table(
    "outbox",
    metadata,
    # Never used twice, so that clearing what a pass has seen cannot clear what was marked since.
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("space_id", Key, nullable=False),
    sa.Column("subject_kind", Choice(SubjectKind), nullable=False),
    sa.Column("subject_id", Key, nullable=False),
    sa.Column("since", Instant),
    sa.Column("held_until", Instant),
    sa.Index(None, "subject_id", "subject_kind"),
    sa.Index(None, "space_id", "seq"),
    sqlite_autoincrement=True,
)
# Spaces that are to be looked at soon. Nothing is lost with a row: who passes them in turn looks all the same.
hints = sa.Table("hints", metadata, sa.Column("space_id", Key, primary_key=True))

memory_cursors = sa.Table(
    "memory_cursors",
    metadata,
    _of("spaces", cascade=True, primary_key=True),
    sa.Column("collection", Key, primary_key=True),
    sa.Column("mark", sa.Text),
    sa.Column("token", sa.Text),
    sa.Column("listed_at", Zoned),
    _text("guarded"),
    sa.Column("past", Choice(Past), nullable=False),
)
memory_known = sa.Table(
    "memory_known",
    metadata,
    _of("spaces", cascade=True, primary_key=True),
    sa.Column("collection", Key, primary_key=True),
    sa.Column("href", Key, primary_key=True),
    _text("etag"),
    _text("uid"),
    sa.Column("base", sa.Text),
    sa.Column("pending_etag", sa.Text),
    sa.Column("pending_text", sa.Text),
    _flag("gone"),
    # Pulled or gone, and not absorbed: what a pass looks for, by its index, without reading anything else.
    _flag("waiting"),
    sa.Index(None, "space_id", "waiting", "collection", "href"),
    sa.Index(None, "space_id", "collection", "uid"),
)
# What is ours is found among any number of other people's.
_OURS = memory_known.c.base.is_not(None)
sa.Index(
    "ix_memory_known_ours", memory_known.c.space_id, memory_known.c.uid, memory_known.c.collection,
    sqlite_where=_OURS, postgresql_where=_OURS,
)  # fmt: skip
memory_earlier = sa.Table(
    "memory_earlier",
    metadata,
    # States that were agreed once: a server that shows one of them again went back.
    _of("spaces", cascade=True, primary_key=True),
    sa.Column("collection", Key, primary_key=True),
    sa.Column("href", Key, primary_key=True),
    sa.Column("etag", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)
memory_losses = sa.Table(
    "memory_losses",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    _of("spaces", cascade=True),
    sa.Column("collection", Key, nullable=False),
    sa.Column("href", Key, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "space_id", "collection", "at"),
)
memory_intents = sa.Table(
    "memory_intents",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("op", Key, nullable=False, unique=True),
    _of("spaces", index=True, cascade=True),
    sa.Column("collection", Key, nullable=False),
    sa.Column("href", Key, nullable=False),
    _text("uid"),
    sa.Column("action", Choice(Action), nullable=False),
    _text("text"),
    sa.Column("base_etag", sa.Text),
    _flag("notify"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
