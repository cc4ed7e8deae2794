"""A gradebook opens or says in one sentence why not; whatever stops that leaves nothing half-made."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from autograder.errors import ConfigError
from autograder.gradebook import Gradebook, open_gradebook, store
from autograder.gradebook.migrate import MIGRATIONS, VERSION
from autograder.gradebook.tables import Base
from tests.gradebook.gradings import NAME, facts, grade, one_sentence, outcome

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()
Opener = Callable[[str], Engine]


def refused(where: str) -> str:
    with pytest.raises(ConfigError) as caught:
        open_gradebook(where)
    return one_sentence(caught)


def tables_at(raw: Opener, where: str) -> set[str]:
    return set(inspect(raw(where)).get_table_names())


# ---- migrations ------------------------------------------------------------------------------------------------------
def test_the_migrations_make_what_the_models_say(where: str, raw: Opener) -> None:
    open_gradebook(where).close()
    with raw(where).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == HEAD


def test_a_lost_column_would_be_seen(where: str, raw: Opener) -> None:
    open_gradebook(where).close()
    with raw(where).begin() as connection:
        connection.execute(text("ALTER TABLE event DROP COLUMN text"))
        context = MigrationContext.configure(connection, opts={"version_table": VERSION})
        assert "add_column" in str(compare_metadata(context, Base.metadata))


def test_an_open_gradebook_opens_again_with_what_is_in_it(where: str, statements: list[str]) -> None:
    first = open_gradebook(where)
    assert first.begin_run(NAME, []) == 1
    statements.clear()
    again = open_gradebook(where)
    assert not [said for said in statements if said.split()[0] not in ("SELECT", "PRAGMA", "BEGIN")]
    assert again.begin_run(NAME, []) == 2
    first.close()
    again.close()


def test_an_empty_file_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    open_gradebook(str(tmp_path / "empty.db")).close()


def test_several_may_make_it_at_once(where: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        books = list(pool.map(lambda _: open_gradebook(where), range(4)))
    assert sorted(book.begin_run(NAME, []) for book in books) == [1, 2, 3, 4]
    for book in books:
        book.close()


@pytest.mark.parametrize("stop", ["CREATE TABLE outcome", "CREATE INDEX scoring_name", f"INSERT INTO {VERSION}"])
def test_a_stopped_migration_leaves_nothing(where: str, raw: Opener, stop: str) -> None:
    class Killed(BaseException): ...

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.split("(")[0].strip().startswith(stop):
            raise Killed

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        with pytest.raises(Killed):
            open_gradebook(where)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert tables_at(raw, where) == set()
    open_gradebook(where).close()
    assert tables_at(raw, where) == {*Base.metadata.tables, VERSION}


def test_a_newer_version_is_named(where: str, raw: Opener) -> None:
    open_gradebook(where).close()
    with raw(where).begin() as connection:
        connection.execute(text(f"UPDATE {VERSION} SET version_num = '9999'"))
    assert "a newer version of this program (9999)" in refused(where)


def test_two_versions_are_none(where: str, raw: Opener) -> None:
    open_gradebook(where).close()
    with raw(where).begin() as connection:
        connection.execute(text(f"INSERT INTO {VERSION} VALUES ('9999')"))
    assert "damaged" in refused(where)


# ---- what is no gradebook --------------------------------------------------------------------------------------------
def test_another_programs_tables_are_left_alone(where: str, raw: Opener) -> None:
    """nbgrader's file is called gradebook.db too, and has Alembic's own table."""
    with raw(where).begin() as connection:
        connection.execute(text("CREATE TABLE student (id TEXT)"))
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('167914646830')"))
    said = refused(where)
    assert "another program's" in said and "newer" not in said
    assert tables_at(raw, where) == {"student", "alembic_version"}


def test_a_file_is_one_programs_but_a_server_is_shared(where: str, raw: Opener, database: str) -> None:
    with raw(where).begin() as connection:
        connection.execute(text("CREATE TABLE bookmarks (id TEXT)"))
    if database == "sqlite":
        assert "`bookmarks`" in refused(where) and tables_at(raw, where) == {"bookmarks"}
    else:
        open_gradebook(where).close()
        assert "bookmarks" in tables_at(raw, where)


@pytest.mark.parametrize("data", [b"name,points\njane,3\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b"x", b"name"])
def test_a_file_that_is_no_database(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "grades.csv"
    path.write_bytes(data)
    assert str(path) in refused(str(path)) and path.read_bytes() == data


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    open_gradebook(str(path)).close()
    path.write_bytes(path.read_bytes()[:5000])
    refused(str(path))


def test_a_folder_is_none_and_a_file_holds_none(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(str(tmp_path))
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(str(tmp_path / "file" / "gradebook.db"))
    assert str(tmp_path / "file") in refused(str(tmp_path / "file" / "deeper" / "gradebook.db"))


# ---- URLs and paths --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "nosuch://ann:hunter2@h/x",
        "sqlite+nosuch:///x.db",
        "postgresql://ann:hunter2@h:port/x",
        "postgresql://ann:hunter2@127.0.0.1:1/x",
        "postgresql://ann@127.0.0.1:1/x?password=hunter2",
        "postgresql://ann:hunter2@127.0.0.1:1/x?nosuch=1",
        "mssql+pyodbc://ann:hunter2@h/x",
        "://hunter2",
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str) -> None:
    pytest.importorskip("psycopg", exc_type=ImportError, reason="NOT TESTED: psycopg is not installed")
    assert "hunter2" not in refused(url)


def test_an_unknown_option_of_sqlite_is_not_ignored(tmp_path: Path) -> None:
    assert "nosuch" in refused(f"sqlite:///{tmp_path}/x.db?nosuch=1") and not list(tmp_path.iterdir())


def test_what_a_gradebook_is_called(where: str, database: str) -> None:
    book = open_gradebook(where)
    assert book.name == (where if database == "sqlite" else "postgresql+psycopg://grader@/postgres")
    book.close()


@pytest.mark.parametrize("name", ["a b", "what?x=1", "50%#1", "file:x", "José 李", "a'b;--"])
def test_a_path_is_a_path(tmp_path: Path, name: str) -> None:
    book = open_gradebook(str(tmp_path / name / "gradebook.db"))
    assert book.begin_run(NAME, []) == 1
    book.close()
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name / "gradebook.db").is_file()


# ---- locks, disks and rights -----------------------------------------------------------------------------------------
@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_locked_file(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "gradebook.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"BEGIN {lock}")
        assert "locked" in refused(str(path))
    open_gradebook(str(path)).close()


@pytest.mark.usefixtures("impatient")
def test_a_lock_on_a_gradebook_lets_others_read(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    book = open_gradebook(str(path))
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        reader = open_gradebook(str(path))
        with reader.reading() as session:
            assert session.execute(text("SELECT count(*) FROM run")).scalar() == 0
        with pytest.raises(ConfigError, match="locked") as caught:
            book.begin_run(NAME, [])
        assert str(path) in one_sentence(caught)
        other.rollback()
    assert book.begin_run(NAME, []) == 1
    book.close()
    reader.close()


def test_a_lock_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 12.345)
    book = open_gradebook(str(tmp_path / "gradebook.db"))
    with book.reading() as session:
        assert session.execute(text("PRAGMA busy_timeout")).scalar() == 12345
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
    book.close()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Makes the disk hold no more than so many pages of a file."""
    most, prepare = 0, store._prepare_sqlite

    def limited(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA max_page_count={most}")

    def limit(number: int) -> None:
        nonlocal most
        most = number
        monkeypatch.setattr(store, "_prepare_sqlite", limited)

    yield limit


@pytest.mark.parametrize("room", [1, 5, 12])
def test_a_full_disk_makes_no_half_gradebook(
    tmp_path: Path, pages: Callable[[int], None], room: int, monkeypatch: pytest.MonkeyPatch, raw: Opener
) -> None:
    path = tmp_path / "gradebook.db"
    pages(room)
    assert "full" in refused(str(path))
    assert tables_at(raw, str(path)) == set()
    monkeypatch.undo()
    open_gradebook(str(path)).close()


def test_a_full_disk_keeps_no_half_grading(tmp_path: Path, pages: Callable[[int], None], run: Any, raw: Opener) -> None:
    path = tmp_path / "gradebook.db"
    book = open_gradebook(str(path))
    grade(book, run, "jane", facts(outcome()))
    size = raw(str(path)).connect().execute(text("PRAGMA page_count")).scalar()
    book.close()
    pages(size + 8)
    book = open_gradebook(str(path))
    with pytest.raises(ConfigError, match="full") as caught:
        grade(book, run, "tom", facts(*(outcome(check=f"c{n}", message="long " * 200) for n in range(100))))
    assert str(path) in one_sentence(caught)
    with book.reading() as session:
        for table in ("grading", "outcome", "scoring"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1, table
    assert book.begin_run(NAME, []) == 3
    book.close()


@pytest.fixture
def powerless() -> Iterator[Path]:
    """A folder that this process may read but not write."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    me = os.geteuid()
    open_gradebook(str(folder / "old.db")).close()
    if me == 0:
        os.seteuid(65534)
    else:
        folder.chmod(0o555)
        (folder / "old.db").chmod(0o444)
    yield folder
    os.seteuid(me)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_can_only_be_read(powerless: Path) -> None:
    with pytest.raises(OSError) as proof:
        (powerless / "x").touch()
    assert proof.value.errno == errno.EACCES
    assert str(powerless) in refused(str(powerless / "new.db"))
    assert str(powerless) in refused(str(powerless / "deeper" / "new.db"))
    assert [path.name for path in powerless.iterdir()] == ["old.db"]
    try:
        book: Gradebook = open_gradebook(str(powerless / "old.db"))
    except ConfigError as error:
        assert str(powerless) in str(error)
    else:
        with pytest.raises(ConfigError) as caught:
            book.begin_run(NAME, [])
        one_sentence(caught)
        book.close()
