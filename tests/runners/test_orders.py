"""What travels to nodes and back: nothing is lost on the way, and nothing that is odd is believed."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from autograder.errors import ConfigError, GraderError
from autograder.facts import Facts, FunctionFacts
from autograder.gradebook.content import content_hash
from autograder.lateness import Extension, Lateness
from autograder.marks import Mark, Marks
from autograder.node import run_here
from autograder.runners import hand_in
from autograder.runners.folders import files_of, gone_with, keep_files
from autograder.runners.hand_in import Entry, pack, unpack
from autograder.runners.local import Job
from autograder.runners.orders import (
    Began,
    Parcel,
    decoded_order,
    encoded_order,
    framed,
    known_of,
    messages_in,
    order_of,
    task_of,
    with_tasks,
)
from autograder.runners.pipes import Frame, exchange, frames_in, send
from tests.elsewhere import write_assignment
from tests.fake_engine import parcel
from tests.runs import run_of

LATE = Lateness(days=2, share=Fraction(1, 3), sentence="2 days late")


# ---- hand-ins --------------------------------------------------------------------------------------------------------
def odd_hand_in(folder: Path) -> Path:
    """Everything that stands in folders: files, empty ones too, names that are no text, links, pipes."""
    made = folder / "jane"
    (made / "deep" / "empty").mkdir(parents=True)
    (made / "a.ipynb").write_bytes(b"\x00{}")
    (made / "deep" / "b.py").write_text("x = 1\n")
    (made / "nothing").touch()
    (made / ".DS_Store").write_text("litter")
    os.symlink("a.ipynb", made / "inside")
    os.symlink("/etc/passwd", made / "outside")
    os.mkfifo(made / "pipe")
    Path(os.fsdecode(os.fsencode(made) + b"/\xff.py")).write_text("y = 2\n")
    return made


def carried(path: Path, to: Path) -> Path:
    to.mkdir()
    entries, content = pack(path)
    there = unpack(entries, path.name, to)
    assert content == content_hash(path)
    return there


def test_a_hand_in_comes_as_it_was(tmp_path: Path) -> None:
    made = odd_hand_in(tmp_path)
    there = carried(made, tmp_path / "to")
    assert content_hash(there) == content_hash(made)
    assert not (there / ".DS_Store").exists()  # which nobody reads
    assert os.readlink(there / "outside") == "/etc/passwd" and stat.S_ISFIFO((there / "pipe").lstat().st_mode)


def test_a_file_alone_and_a_link_to_one_come_too(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1\n")
    os.symlink("x.py", tmp_path / "link.py")
    assert carried(tmp_path / "x.py", tmp_path / "1").read_text() == "x = 1\n"
    link = carried(tmp_path / "link.py", tmp_path / "2")
    assert (
        link.is_symlink() and link.read_text() == "x = 1\n" and content_hash(link) == content_hash(tmp_path / "link.py")
    )


def test_a_link_out_of_its_folder_does_not_take_its_target_along(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of somebody else")
    (tmp_path / "in").mkdir()
    os.symlink(tmp_path / "secret", tmp_path / "in" / "x.py")
    entries, _ = pack(tmp_path / "in" / "x.py")
    assert [entry.kind for entry in entries] == ["link"] and b"somebody" not in msgspec.msgpack.encode(entries)


def test_a_hand_in_that_is_not_there_is_not_there_either(tmp_path: Path) -> None:
    assert not carried(tmp_path / "gone.py", tmp_path / "to").exists()


def test_what_nobody_reads_goes_as_a_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_in, "MOST", 1000)
    made = tmp_path / "big"
    made.mkdir()
    for name in "abc":
        (made / name).write_bytes(b"x" * 600)
    entries, content = pack(made)
    assert content == "" and sum(len(entry.data) for entry in entries) == 1000
    (tmp_path / "to").mkdir()
    there = unpack(entries, "big", tmp_path / "to")
    assert sorted(path.stat().st_size for path in there.iterdir()) == [600, 600, 600]


@pytest.mark.parametrize("place", [b"../x", b"a/../../x", b"/etc/x", b"", b"a//b", b"./x"])
def test_no_entry_stands_outside(tmp_path: Path, place: bytes) -> None:
    (tmp_path / "to").mkdir()
    with pytest.raises(ValueError, match="outside"):
        unpack((Entry(place, "file", b"x", 1),), "x", tmp_path / "to")
    assert not list((tmp_path / "to").iterdir())


# ---- orders ----------------------------------------------------------------------------------------------------------
def test_an_order_comes_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text("x = 1\n")
    marks = Marks(
        own={"x": {"lab1.a": Mark(1.5, by="Ann")}},
        extensions={"x": Extension(due=datetime(2026, 5, 1, tzinfo=UTC))},
        times={"x": datetime(2026, 5, 2, 12, 0)},
    )
    run = run_of(secret=b"\xff of the course", marks=marks, out=tmp_path / "out", data=Path("x.py"))
    facts = Facts(functions=FunctionFacts(problem="It can't be read."))
    job = Job(tmp_path / "x.py", "x", tmp_path / "out" / "x", lambda: facts, {"the total": 3.0}, LATE, write=False)
    order = with_tasks(order_of(run, 2), [task_of(job)])
    back = decoded_order(encoded_order(order))
    assert back == order and back.run.marks == marks and back.run.secret == run.secret and back.tasks[0].late == LATE
    assert back.run.data is not None and back.run.data.is_absolute()  # a node has another working folder
    assert known_of(back.tasks[0]) == facts and back.run.runner == "local" and back.run.jobs == 2


@pytest.mark.parametrize("assignment", ["labrnn", "gru_attention", "charlm", "sequence_tasks"])
def test_every_built_in_assignment_is_found_on_the_node(assignment: str) -> None:
    run = run_of(assignment, secret=b"x")
    back = decoded_order(encoded_order(order_of(run, 1)))
    assert replace(run_here(back, "n1"), jobs=run.jobs, gpus=run.gpus) == run


def test_an_assignment_of_ones_own_too_and_a_node_where_it_differs_refuses(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path / "doubling")
    run = run_of(str(folder), secret=b"x")
    order = decoded_order(encoded_order(order_of(run, 1)))
    assert run_here(order, "n1").folder == run.folder
    write_assignment(folder, {"checks/numbers_.py": "NUMBERS = (0, 3, -4)\n"})
    with pytest.raises(GraderError, match="n1 has another checks than the machine that asks"):
        run_here(order, "n1")


def test_a_node_without_the_assignment_or_the_data_says_so(tmp_path: Path) -> None:
    order = order_of(run_of(secret=b"x"), 1)
    with pytest.raises(ConfigError, match=f"no assignment called '{tmp_path}/gone'"):
        run_here(replace(order, assignment=str(tmp_path / "gone")), "n1")
    whole = replace(order.run, data=tmp_path / "gone.csv", steps=frozenset({"functions", "accuracy"}))
    with pytest.raises(ConfigError, match="gone.csv can't be read"):
        run_here(replace(order, run=whole), "n1")


def test_what_is_no_order_is_none() -> None:
    with pytest.raises(ValueError, match="no order of this version"):
        decoded_order(b"\x81\xa3run\x01")


# ---- messages --------------------------------------------------------------------------------------------------------
def test_messages_come_whole_in_whatever_pieces() -> None:
    sent = [Began("jane"), parcel("jane"), Began("tom")]
    data, found, rest = b"".join(map(framed, sent)), list[object](), b""
    for start in range(0, len(data), 7):
        more, rest = messages_in(rest + data[start : start + 7])
        found += more
    assert found == sent and rest == b""


def test_names_of_files_that_no_results_have_are_refused() -> None:
    good = parcel("jane")
    for files, gone in (({"../x": b""}, ()), ({"a/b": b""}, ()), ({".hidden": b""}, ()), ({}, ("../summary.csv",))):
        with pytest.raises(GraderError, match="names that no results have"):
            messages_in(framed(msgspec.structs.replace(good, files=files, gone=gone)))


@pytest.mark.parametrize(
    "data", [b"\xff" * 8, b"\x01" + b"\0" * 7 + b"\xc1", framed(Began("x")).replace(b"name", b"nume")]
)
def test_what_is_no_message_is_the_graders_failure(data: bytes) -> None:
    with pytest.raises(GraderError, match="no message"):
        messages_in(data)


def test_frames_come_whole_in_whatever_pieces() -> None:
    ours, theirs = os.pipe()
    send(theirs, "order", 7, b"x" * 1000)
    send(theirs, "say", 0, b"")
    os.close(theirs)
    found, rest = list[Frame](), b""
    while data := os.read(ours, 100):
        more, rest = frames_in(rest + data)
        found += more
    os.close(ours)
    assert found == [Frame("order", 7, b"x" * 1000), Frame("say", 0, b"")] and rest == b""
    with pytest.raises(ValueError, match="no frame"):
        frames_in(b"\xff" * 17)


def test_two_who_write_much_do_not_wait_for_each_other() -> None:
    """As Ray's driver does: it reads nothing before it has written all."""
    (there, to), (back, here) = os.pipe(), os.pipe()
    size = 1 << 20
    pid = os.fork()
    if pid == 0:
        send(here, "data", 1, b"y" * size)
        left = size
        while left:
            left -= len(os.read(there, left))
        os._exit(0)
    os.close(there)
    os.close(here)
    heard = exchange(to, b"x" * size, back)
    while data := os.read(back, 1 << 20):
        heard += data
    assert frames_in(heard) == ([Frame("data", 1, b"y" * size)], b"") and os.waitpid(pid, 0)[1] == 0
    with pytest.raises((EOFError, OSError)):
        exchange(to, b"x", back)
    os.close(to)
    os.close(back)


# ---- folders ---------------------------------------------------------------------------------------------------------
def test_results_come_as_they_were_and_those_of_an_earlier_run_go(tmp_path: Path) -> None:
    made, out = tmp_path / "made", tmp_path / "out"
    for folder, names in ((made, ("report.html", "results.json", ".half")), (out, ("evidence.json", "executed.ipynb"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    os.symlink("/etc/passwd", made / "link")
    files = files_of(made)
    assert list(files) == ["results.json", "report.html"]
    keep_files(out, files, gone_with(files, ran=False))
    assert sorted(path.name for path in out.iterdir()) == ["executed.ipynb", "report.html", "results.json"]
    keep_files(out, files, gone_with(files, ran=True))
    assert not (out / "executed.ipynb").exists()
    assert gone_with({}, ran=False) == () and files_of(tmp_path / "nowhere") == {}


def test_a_parcel_with_nothing_to_write_makes_no_folder(tmp_path: Path) -> None:
    held: Parcel = msgspec.structs.replace(parcel("jane"), files={})
    keep_files(tmp_path / "out", held.files, gone_with(held.files, ran=True))
    assert not (tmp_path / "out").exists()
