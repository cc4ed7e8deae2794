"""Runs migrations on the connection that the program has opened, in its transaction."""

from alembic import context

from autograder.gradebook.tables import Base

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
