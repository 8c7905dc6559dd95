"""Who holds which role in which centre."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    """Identifiers and hrefs are compared by bytes on both engines."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "role_grants",
        sa.Column("id", _key(), nullable=False),
        sa.Column("centre_id", _key(), nullable=True),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder", _key(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_role_grants"),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name="fk_role_grants_centre_id", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "centre_id", "holder_kind", "holder", "role", name="uq_role_grants_centre_id_holder_kind_holder_role"
        ),
    )
    op.create_index("ix_role_grants_holder", "role_grants", ["holder"])
