"""Whether a called address may lead into our own network; those named before may not, until somebody says so."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()))
