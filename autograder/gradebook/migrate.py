"""Brings a gradebook to this program's version (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from autograder.errors import ConfigError
from autograder.gradebook.tables import Base

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine, name: str) -> None:
    """Run the migrations that are missing, all or none of each.

    Raises:
        ConfigError: a newer version of this program made it, or it is another program's database.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
        tables = set(inspect(connection).get_table_names())
    if there == scripts.get_current_head():
        return
    if there is None and tables & set(Base.metadata.tables):
        raise ConfigError(f"{name} is no gradebook of this program, but has tables of the same names.")
    if there is not None and there not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError(f"The gradebook {name} was made by a newer version of this program ({there}); use that one.")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
