"""In how many passes a write went out in vain."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memory_intents", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
