"""Runs revisions on the connection that ``sidecar.storage.migrate`` hands in, inside its transaction."""

from alembic import context

from sidecar.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
