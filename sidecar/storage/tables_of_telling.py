"""The tables of what others are told: what happened, where it is told, what is on its way."""

from __future__ import annotations

import sqlalchemy as sa

from sidecar.domain.happenings import DeliveryState, DestinationState, HappeningKind, Subject
from sidecar.storage.columns import Choice, Choices, Instant, Key, Reference
from sidecar.storage.pieces import id_column, metadata, of, text, version

happenings = sa.Table(
    "happenings",
    metadata,
    # What was changed and is not told yet, one row a thing; ``before`` is as it was told last, None for nothing.
    sa.Column("subject_kind", Choice(Subject), primary_key=True),
    sa.Column("subject_id", Key, primary_key=True),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("since", Instant, nullable=False, index=True),
    sa.Column("last", Instant, nullable=False, index=True),
)
destinations = sa.Table(
    "destinations",
    metadata,
    id_column(),
    sa.Column("channel", Key, nullable=False),
    text("address"),
    sa.Column("centre_id", Reference, sa.ForeignKey("centres.id", ondelete="CASCADE")),
    sa.Column("kinds", Choices(HappeningKind), nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("state", Choice(DestinationState), nullable=False),
    text("secret"),
    text("former_secret"),
    sa.Column("former_until", Instant),
    sa.Column("internal", sa.Boolean, nullable=False, server_default=sa.false()),
    # How it goes: failures in a row, since when, and till when it is left alone.
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since", Instant),
    sa.Column("rests_until", Instant),
    version(),
)
deliveries = sa.Table(
    "deliveries",
    metadata,
    # One message for one recipient of one destination: waiting, or kept for a while to be read.
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", Key, nullable=False, unique=True),
    of("destinations", cascade=True),
    sa.Column("recipient", Key, nullable=False),
    sa.Column("subject_id", Key, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("state", Choice(DeliveryState), nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_until", Instant),
    sa.Column("tried_at", Instant),
    text("answer"),
    sa.Index(None, "state", "due"),
    sa.Index(None, "destination_id", "state", "seq"),
    sqlite_autoincrement=True,
)
