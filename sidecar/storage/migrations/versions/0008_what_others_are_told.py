"""What happened, where it is told, and what is on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    """Identifiers and hrefs are compared by bytes on both engines."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "happenings",
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        _at("since", nullable=False),
        _at("last", nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", name="pk_happenings"),
    )
    op.create_index("ix_happenings_since", "happenings", ["since"])
    op.create_index("ix_happenings_last", "happenings", ["last"])
    op.create_table(
        "destinations",
        sa.Column("id", _key(), nullable=False),
        sa.Column("channel", _key(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("centre_id", _key(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        _at("since", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=False),
        _at("former_until"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        _at("failing_since"),
        _at("rests_until"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_destinations"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_destinations_centre_id", ondelete="CASCADE"),
    )
    op.create_table(
        "deliveries",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _key(), nullable=False),
        sa.Column("destination_id", _key(), nullable=False),
        sa.Column("recipient", _key(), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        _at("made_at", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _at("due", nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _at("leased_until"),
        _at("tried_at"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_deliveries"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name="fk_deliveries_destination_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due"])
    op.create_index("ix_deliveries_destination_id_state_seq", "deliveries", ["destination_id", "state", "seq"])
