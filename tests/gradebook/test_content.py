"""The hash of a hand-in: another for whatever reading could tell apart, the same for the rest; nothing stops it."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.gradebook import content
from autograder.gradebook.content import content_hash, data_hash

DEEP = 1020


def test_a_file_is_its_name_and_its_bytes(tmp_path: Path) -> None:
    """The name stands in reports: a copy under another name must not be told with somebody else's."""
    found = []
    for place, name, data in (("a", "x", b"1"), ("b", "x", b"2"), ("c", "y", b"1"), ("d", "x", b""), ("e", "x", b"1")):
        (tmp_path / place).mkdir()
        (tmp_path / place / name).write_bytes(data)
        os.utime(tmp_path / place / name, (len(found), 1))
        found.append(content_hash(tmp_path / place / name))
    assert len(set(found)) == 4 and found[4] == found[0]


def test_a_hash_is_the_same_for_ever(tmp_path: Path) -> None:
    (tmp_path / "jane" / "data").mkdir(parents=True)
    (tmp_path / "jane" / "data" / "x.csv").write_bytes(b"1,2\n")
    (tmp_path / "jane" / "LabRNN.ipynb").write_bytes(b"{}")
    assert content_hash(tmp_path / "jane") == "3528fc7794404e7d7a7fced1152b8b17fc44c325d8489a54f574685ccbb8847c"


def test_however_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jane").mkdir()
    (tmp_path / "jane" / "x").touch()
    whole = content_hash(tmp_path / "jane")
    monkeypatch.chdir(tmp_path / "jane")
    assert {content_hash(path) for path in (Path(), Path("../jane"), tmp_path / "jane" / ".." / "jane")} == {whole}


def folder(base: Path, *files: tuple[str | bytes, bytes]) -> str:
    """The hash of a folder with these files."""
    base = base / str(len(list(base.iterdir()))) / "jane"
    base.mkdir(parents=True)
    for name, data in files:
        path = os.path.join(os.fsencode(base), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    return content_hash(base)


def test_folders_are_told_apart(tmp_path: Path) -> None:
    folders: list[list[tuple[str | bytes, bytes]]] = [
        [],
        [("a", b"")],
        [("b", b"")],
        [("a", b"1")],
        [("a", b""), ("b", b"")],
        [("a/b", b"")],
        [("a/b", b""), ("c", b"")],
        [("a/b", b""), ("a/c", b"")],
        [("a b", b"")],
        [("a\nb", b"")],
        [(b"\xff", b"")],
        [(b"\xfe", b"")],
        [("é", b"")],
        [("e\u0301", b"")],
        [("A", b"")],
        [("a", b"b"), ("b", b"a")],
        [("a", b"a"), ("b", b"b")],
    ]
    assert len({folder(tmp_path, *files) for files in folders}) == len(folders)


def test_the_order_in_which_files_came_is_nothing(tmp_path: Path) -> None:
    files: list[tuple[str | bytes, bytes]] = [(f"{n}/x", b"%d" % n) for n in range(30)]
    assert folder(tmp_path, *files) == folder(tmp_path, *reversed(files))


@pytest.mark.parametrize("litter", [".DS_Store", ".git/index", "__pycache__/x.pyc", ".ipynb_checkpoints/x.ipynb"])
def test_litter_is_nothing(tmp_path: Path, litter: str) -> None:
    """A look at a repository changes its index; nobody reads it."""
    assert folder(tmp_path, ("a", b""), (litter, b"1")) == folder(tmp_path, ("a", b""))


# ---- links and what is no file ---------------------------------------------------------------------------------------
def test_links_inside_are_not_followed(tmp_path: Path) -> None:
    found = []
    for place, target in enumerate(("../outside", "../other", "LabRNN.ipynb", ".")):
        jane = tmp_path / str(place) / "jane"
        jane.mkdir(parents=True)
        (tmp_path / str(place) / "outside").write_text(str(place))
        (jane / "LabRNN.ipynb").touch()
        (jane / "link").symlink_to(target)
        found.append(content_hash(jane))
        (tmp_path / str(place) / "outside").write_text("changed")
        assert content_hash(jane) == found[-1]
    assert len(set(found)) == 4


def test_a_hand_in_that_is_a_link_is_what_reading_would_follow(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, target in (("jane", "real"), ("out", "../outside"), ("gone", "nothing"), ("loop", "loop"), ("all", "/")):
        (tmp_path / "in" / name).symlink_to(target)
    (tmp_path / "in" / "real").write_text("1")
    (tmp_path / "outside").write_text("1")
    before = {name: content_hash(tmp_path / "in" / name) for name in ("jane", "out", "gone", "loop", "all")}
    (tmp_path / "in" / "real").write_text("2")
    (tmp_path / "outside").write_text("2")
    after = {name: content_hash(tmp_path / "in" / name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"jane"} and len(set(before.values())) == 5


def test_pipes_are_not_waited_for_and_folders_that_are_gone_are_no_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    found = {content_hash(path) for path in (tmp_path / "pipe", tmp_path / "empty", tmp_path / "gone", tmp_path)}
    assert len(found) == 4
    assert content_hash(Path("/dev/zero")) != content_hash(Path("/dev/null"))


def test_what_cannot_be_read_is_another_than_what_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unreadable hand-in stops no class: whoever grades it says why."""
    (tmp_path / "jane").mkdir()
    (tmp_path / "jane" / "x").write_text("1")
    found = {content_hash(tmp_path / "jane")}

    def denied(code: int, function: Callable[..., object]) -> Callable[..., object]:
        def fails(path: object, *rest: object) -> object:
            raise OSError(code, os.strerror(code), path)

        return fails

    for name, code in (("open", errno.EACCES), ("open", errno.EIO), ("scandir", errno.EACCES), ("lstat", errno.EACCES)):
        with monkeypatch.context() as patched:
            patched.setattr(content.os, name, denied(code, getattr(os, name)))
            found.add(content_hash(tmp_path / "jane"))
    assert len(found) == 5


def test_a_deep_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeper than Python recurses, and than a path may be long."""
    monkeypatch.chdir(tmp_path)
    for _ in range(DEEP):
        os.mkdir("aaaaa")
        os.chdir("aaaaa")
    found = content_hash(tmp_path / "aaaaa")
    for _ in range(DEEP):
        os.chdir("..")
        os.rmdir("aaaaa")
    assert len(found) == 64


def test_a_file_of_zeros_without_end_costs_little(tmp_path: Path) -> None:
    with open(tmp_path / "x.ipynb", "wb") as file:
        file.truncate(1 << 42)
    before, spent = content_hash(tmp_path / "x.ipynb"), time.process_time()
    with open(tmp_path / "x.ipynb", "ab") as file:
        file.truncate((1 << 42) + 1)
    assert content_hash(tmp_path / "x.ipynb") != before and time.process_time() - spent < 5


def test_more_files_than_anybody_hands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_MOST", 50)
    for number in range(200):
        (tmp_path / str(number)).touch()
    looked: list[object] = []
    told = content._told
    monkeypatch.setattr(content, "_told", lambda path: looked.append(path) or told(path))
    content_hash(tmp_path)
    assert len(looked) <= 52


def test_a_folder_of_data_is_its_files_and_their_names(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.txt").write_text("the cat\n")
    assert data_hash(tmp_path / "one") == data_hash(tmp_path / "other")
    (tmp_path / "other" / "train.txt").write_text("the dog\n")
    changed = data_hash(tmp_path / "other")
    (tmp_path / "other" / "train.txt").rename(tmp_path / "other" / "valid.txt")
    assert len({data_hash(tmp_path / "one"), changed, data_hash(tmp_path / "other")}) == 3
