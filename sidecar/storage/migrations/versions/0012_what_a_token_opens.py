"""An access token may open less than everything, and until a day; those there open what they opened."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("role", sa.Text()))
    op.add_column("tokens", sa.Column("expires_at", sa.DateTime(timezone=True)))
