"""Which date of a series a conflict is about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conflicts", sa.Column("recurrence_id", sa.Text(), nullable=False, server_default=""))
