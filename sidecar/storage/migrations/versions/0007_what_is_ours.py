"""What is ours among what is remembered of a server has an index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ours = sa.text("base IS NOT NULL")
    op.create_index(
        "ix_memory_known_ours", "memory_known", ["space_id", "uid", "collection"], sqlite_where=ours, postgresql_where=ours
    )
