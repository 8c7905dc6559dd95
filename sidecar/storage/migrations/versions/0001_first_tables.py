"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    """Identifiers and hrefs are compared by bytes on both engines."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _key(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("subject_kind", _key(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("id", name="uq_audit_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject_id_subject_kind", "audit", ["subject_id", "subject_kind"])
    op.create_table(
        "centres",
        sa.Column("id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("school_zone", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("rules_from", sa.JSON(), nullable=False),
        sa.Column("default_rules_from", sa.Date(), nullable=True),
        sa.Column("rest_hours", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_centres"),
    )
    op.create_table(
        "courses",
        sa.Column("id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("by_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_subject_id_subject_kind", "outbox", ["subject_id", "subject_kind"])
    op.create_index("ix_outbox_space_id_seq", "outbox", ["space_id", "seq"])
    op.create_table(
        "people",
        sa.Column("id", _key(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phones", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("weekly_ceiling", sa.Integer(), nullable=True),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_account", "people", ["account"])
    op.create_table(
        "settings",
        sa.Column("key", _key(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
    op.create_table(
        "spaces",
        sa.Column("id", _key(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("organizer", sa.Text(), nullable=False),
        sa.Column("schedules", sa.Boolean(), nullable=True),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", _key(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("sha256", name="uq_tokens_sha256"),
    )
    op.create_index("ix_tokens_subject_id_kind", "tokens", ["subject_id", "kind"])
    op.create_table(
        "bindings",
        sa.Column("id", _key(), nullable=False),
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("bound_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bindings"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_bindings_centre_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_bindings_space_id"),
    )
    op.create_index("ix_bindings_centre_id", "bindings", ["centre_id"])
    op.create_index("ix_bindings_space_id", "bindings", ["space_id"])
    op.create_table(
        "conflicts",
        sa.Column("id", _key(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("base", sa.JSON(), nullable=True),
        sa.Column("ours", sa.JSON(), nullable=True),
        sa.Column("theirs", sa.JSON(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conflicts"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_conflicts_centre_id"),
    )
    op.create_index("ix_conflicts_centre_id", "conflicts", ["centre_id"])
    op.create_table(
        "equipment",
        sa.Column("id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("needs_driver", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_equipment"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_equipment_centre_id"),
    )
    op.create_index("ix_equipment_centre_id", "equipment", ["centre_id"])
    op.create_table(
        "initiatives",
        sa.Column("id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("neighbourhood_ids", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("usual_start", sa.Time(), nullable=True),
        sa.Column("usual_minutes", sa.Integer(), nullable=True),
        sa.Column("equipment_ids", sa.Text(), nullable=False),
        sa.Column("course_ids", sa.Text(), nullable=True),
        sa.Column("team_policy", sa.Text(), nullable=False),
        sa.Column("places_for", sa.Integer(), nullable=False),
        sa.Column("needs_driver", sa.Boolean(), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.Column("preparing", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_initiatives"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_initiatives_centre_id"),
    )
    op.create_index("ix_initiatives_centre_id", "initiatives", ["centre_id"])
    op.create_table(
        "memberships",
        sa.Column("person_id", _key(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("in_contacts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "position", name="pk_memberships"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_memberships_centre_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id", ondelete="CASCADE"),
    )
    op.create_index("ix_memberships_centre_id", "memberships", ["centre_id"])
    op.create_table(
        "memory_cursors",
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("collection", _key(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.Text(), nullable=True),
        sa.Column("guarded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "collection", name="pk_memory_cursors"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memory_cursors_space_id", ondelete="CASCADE"),
    )
    op.create_table(
        "memory_intents",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("op", _key(), nullable=False),
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("collection", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base_etag", sa.Text(), nullable=True),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_memory_intents"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memory_intents_space_id", ondelete="CASCADE"),
        sa.UniqueConstraint("op", name="uq_memory_intents_op"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_memory_intents_space_id", "memory_intents", ["space_id"])
    op.create_table(
        "memory_known",
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("collection", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("pending_etag", sa.Text(), nullable=True),
        sa.Column("pending_text", sa.Text(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "collection", "href", name="pk_memory_known"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memory_known_space_id", ondelete="CASCADE"),
    )
    op.create_index(
        "ix_memory_known_space_id_waiting_collection_href",
        "memory_known",
        ["space_id", "waiting", "collection", "href"],
    )
    op.create_index("ix_memory_known_space_id_collection_uid", "memory_known", ["space_id", "collection", "uid"])
    op.create_table(
        "memory_losses",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("collection", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_memory_losses"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memory_losses_space_id", ondelete="CASCADE"),
    )
    op.create_index("ix_memory_losses_space_id_collection_at", "memory_losses", ["space_id", "collection", "at"])
    op.create_table(
        "neighbourhoods",
        sa.Column("id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_neighbourhoods"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_neighbourhoods_centre_id"),
    )
    op.create_index("ix_neighbourhoods_centre_id", "neighbourhoods", ["centre_id"])
    op.create_table(
        "person_emails",
        sa.Column("person_id", _key(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("folded", _key(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "position", name="pk_person_emails"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_emails_person_id", ondelete="CASCADE"),
    )
    op.create_index("ix_person_emails_folded", "person_emails", ["folded"])
    op.create_table(
        "qualifications",
        sa.Column("id", _key(), nullable=False),
        sa.Column("person_id", _key(), nullable=False),
        sa.Column("course_id", _key(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_qualifications"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_qualifications_course_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_qualifications_person_id"),
    )
    op.create_index("ix_qualifications_person_id", "qualifications", ["person_id"])
    op.create_table(
        "sync_runs",
        sa.Column("id", _key(), nullable=False),
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sync_runs"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_sync_runs_space_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sync_runs_space_id_started_at", "sync_runs", ["space_id", "started_at"])
    op.create_table(
        "appointments",
        sa.Column("id", _key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_zone", sa.Text(), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_zone", sa.Text(), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("meeting_point", sa.Text(), nullable=False),
        sa.Column("invited_centre_ids", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("initiative_id", _key(), nullable=True),
        sa.Column("neighbourhood_id", _key(), nullable=True),
        sa.Column("equipment_ids", sa.Text(), nullable=True),
        sa.Column("course_id", _key(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_appointments_centre_id"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_appointments_course_id"),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiatives.id"], name="fk_appointments_initiative_id"),
        sa.ForeignKeyConstraint(["neighbourhood_id"], ["neighbourhoods.id"], name="fk_appointments_neighbourhood_id"),
    )
    op.create_index("ix_appointments_centre_id_start", "appointments", ["centre_id", "start"])
    op.create_index("ix_appointments_end", "appointments", ["end"])
    op.create_index("ix_appointments_initiative_id_end", "appointments", ["initiative_id", "end"])
    op.create_index("ix_appointments_start", "appointments", ["start"])
    op.create_table(
        "links",
        sa.Column("binding_id", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("recurrence_id", _key(), nullable=False),
        sa.Column("uid", _key(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.PrimaryKeyConstraint("binding_id", "href", "recurrence_id", name="pk_links"),
        sa.ForeignKeyConstraint(["binding_id"], ["bindings.id"], name="fk_links_binding_id", ondelete="CASCADE"),
    )
    op.create_index("ix_links_subject_id_subject_kind", "links", ["subject_id", "subject_kind"])
    op.create_index("ix_links_uid", "links", ["uid"])
    op.create_table(
        "participations",
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", _key(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("answered_for", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", "position", name="pk_participations"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_participations_appointment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_participations_person_id"),
    )
    op.create_index("ix_participations_person_id", "participations", ["person_id"])
    op.create_table(
        "cover_requests",
        sa.Column("id", _key(), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=False),
        sa.Column("person_id", _key(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cover_requests"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_cover_requests_appointment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_cover_requests_centre_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_cover_requests_person_id"),
    )
    op.create_index("ix_cover_requests_appointment_id", "cover_requests", ["appointment_id"])
    op.create_index("ix_cover_requests_centre_id", "cover_requests", ["centre_id"])
    op.create_index("ix_cover_requests_person_id", "cover_requests", ["person_id"])
