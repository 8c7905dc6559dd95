"""Which spaces are to be looked at soon, for every machine to see."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Identifiers are compared by bytes on both engines.
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "hints", sa.Column("space_id", key, nullable=False), sa.PrimaryKeyConstraint("space_id", name="pk_hints")
    )
