"""Runs migrations on the connection that the program has opened."""

from alembic import context

from autograder.gradebook.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
