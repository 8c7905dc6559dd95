"""Conflicts that nobody has decided yet are found by an index."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conflicts_chosen_field", "conflicts", ["chosen", "field"])
