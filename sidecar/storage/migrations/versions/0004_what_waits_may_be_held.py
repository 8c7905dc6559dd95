"""Since when something waits to be written, and until when it is held."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("since", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("held_until", sa.DateTime(timezone=True)))
