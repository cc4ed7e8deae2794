"""Brings a gradebook to this program's version (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from autograder.errors import ConfigError
from autograder.gradebook.tables import Base

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION = "gradebook_version"  # the table of the revision: other programs have an `alembic_version`
_LOCK = 0x6772_6164  # of PostgreSQL, for those who migrate at the same time


def upgrade(engine: Engine, name: str) -> None:
    """Run the migrations that are missing, all or none of them. `engine`: its transactions may write.

    Raises:
        ConfigError: a newer version of this program made it, or it is another program's database.
        SQLAlchemyError: it is no database, or can't be written.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        there = _revision(connection, name)
        if there is None:
            _refuse_others(connection, name)
        elif there not in {script.revision for script in scripts.walk_revisions()}:
            raise ConfigError(f"{name} was made by a newer version of this program ({there}); use that one.")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = VERSION
        command.upgrade(config, "head")


def is_current(connection: Connection) -> bool:
    """Whether nothing is to be done."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    return inspect(connection).has_table(VERSION) and _revision(connection, "") == head


def _revision(connection: Connection, name: str) -> str | None:
    """Raises:
    ConfigError: its table of the revision is damaged.
    """
    context = MigrationContext.configure(connection, opts={"version_table": VERSION})
    try:
        return context.get_current_revision()
    except CommandError as error:
        raise ConfigError(f"{name} is a damaged gradebook: {error}.") from error


def _refuse_others(connection: Connection, name: str) -> None:
    """Raises:
    ConfigError: somebody else's tables are there; a file is one program's, a server may be shared.
    """
    tables = set(inspect(connection).get_table_names()) - {VERSION}
    if connection.dialect.name != "sqlite":
        tables &= set(Base.metadata.tables)
    if tables:
        raise ConfigError(f"{name} is another program's database: it has a table `{min(tables)}` and is no gradebook.")
