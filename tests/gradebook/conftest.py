"""Gradebooks for the tests: each test of `book` runs on SQLite and on a real PostgreSQL, Debian's, on a socket of its
own in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, create_engine, event, text

from autograder.gradebook import Gradebook, open_gradebook
from autograder.gradebook.tables import Base
from autograder.run import Run
from tests.runs import run_of

NUMBERS = count()
USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root


def programs() -> Path | None:
    """The newest of Debian's PostgreSQLs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def owner() -> dict[str, Any]:
    """As whom to run it."""
    if os.geteuid() != 0:
        return {}
    for name in USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip(f"NOT TESTED ON POSTGRESQL: it does not run as root, and there is no user {' or '.join(USERS)}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server's database, without its `search_path`."""
    bin_, folder = programs(), Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path must be short
    try:
        pytest.importorskip(
            "psycopg", exc_type=ImportError, reason="NOT TESTED ON POSTGRESQL: its driver psycopg is not installed"
        )
        if bin_ is None:
            pytest.skip("NOT TESTED ON POSTGRESQL: it is not installed (apt-get install postgresql)")
        user = owner()
        if user:
            os.chown(folder, user["user"], user["group"])

        def run(*words: str) -> None:
            said = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, **user)
            if said.returncode:
                pytest.skip(f"NOT TESTED ON POSTGRESQL: {Path(words[0]).name} says: {said.stderr.strip()[-500:]}")

        data = str(folder / "data")
        run(str(bin_ / "initdb"), "-D", data, "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        server = ("-D", data, "-w", "-l", str(folder / "log"))
        options = (
            f"-k {folder} -c listen_addresses= -F -c autovacuum=off -c timezone=Asia/Kathmandu -c max_connections=40"
        )
        run(str(bin_ / "pg_ctl"), *server, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={quote(str(folder))}"
        finally:
            run(str(bin_ / "pg_ctl"), *server, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def emptied(postgresql: str) -> Iterator[Callable[[], str]]:
    """Empties a gradebook on PostgreSQL, which is quicker than a new one, and says where it is."""
    where = schema_of(postgresql)
    open_gradebook(where).close()
    engine = create_engine(where)

    def empty() -> str:
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return where

    yield empty
    engine.dispose()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook of SQLite."""
    path = tmp_path_factory.mktemp("template") / "gradebook.db"
    open_gradebook(str(path)).close()
    return path


def schema_of(url: str) -> str:
    """The URL of a new schema, which is to PostgreSQL's clients as a database of its own."""
    engine, schema = create_engine(url), f"test{next(NUMBERS)}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    return f"{url}&options={quote(f'-csearch_path={schema}')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test is about."""
    return str(request.param)


@pytest.fixture
def where(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new gradebook can be made."""
    if database == "sqlite":
        return str(tmp_path / "book" / "gradebook.db")
    return schema_of(request.getfixturevalue("postgresql"))


@pytest.fixture
def book(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gradebook]:
    """An empty gradebook."""
    if database == "sqlite":
        path = shutil.copy(request.getfixturevalue("template"), tmp_path / "gradebook.db")
        opened = open_gradebook(str(path))
    else:
        opened = open_gradebook(request.getfixturevalue("emptied")())
    yield opened
    opened.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of the functions of LabRNN."""
    return run_of(out=tmp_path / "out")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """All that is said to databases from now on."""
    heard: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    yield heard
    event.remove(Engine, "before_cursor_execute", listen)


@pytest.fixture
def raw() -> Iterator[Callable[[str], Engine]]:
    """Opens a database without this program."""
    engines: list[Engine] = []

    def opened(where: str) -> Engine:
        if "://" not in where:
            Path(where).parent.mkdir(exist_ok=True)
        engines.append(create_engine(where if "://" in where else f"sqlite:///{where}"))
        return engines[-1]

    yield opened
    for engine in engines:
        engine.dispose()
