"""Which states of a resource were agreed once, and whether a collection went back to one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    """Identifiers and hrefs are compared by bytes on both engines."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "memory_earlier",
        sa.Column("space_id", _key(), nullable=False),
        sa.Column("collection", _key(), nullable=False),
        sa.Column("href", _key(), nullable=False),
        sa.Column("etag", _key(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "collection", "href", "etag", name="pk_memory_earlier"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memory_earlier_space_id", ondelete="CASCADE"),
    )
    with op.batch_alter_table("memory_cursors") as table:
        table.add_column(sa.Column("past", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("memory_cursors") as table:
        table.alter_column("past", server_default=None)
