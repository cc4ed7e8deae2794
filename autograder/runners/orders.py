"""What travels between this machine and the nodes: orders there, messages back. Plain data in msgpack with strict
types; nobody's objects are ever unpickled."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from autograder.clusters import OnRay, OnSlurm
from autograder.errors import GraderError
from autograder.facts import Facts, Unit, decoded, encoded
from autograder.folder import is_built_in
from autograder.gradebook.keys import shared_parts
from autograder.lateness import Lateness
from autograder.run import Run
from autograder.runners.hand_in import Entry, pack
from autograder.runners.local import Job

_HEAD = struct.Struct("<Q")
_LARGEST = 1 << 34  # bytes of one message
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")  # of a folder of results


# ---- there -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Task:
    """One submission of an order: a Job without this machine's paths. `hand_in`: all of its files; `content`: their
    hash; `known`: facts in msgpack, empty for none."""

    name: str
    path: str
    hand_in: tuple[Entry, ...]
    content: str
    known: bytes = b""
    floor: Mapping[str, float] = field(default_factory=dict)
    late: Lateness | None = None
    write: bool = True

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(len(entry.data) for entry in self.hand_in)


@dataclass(frozen=True)
class Order:
    """Some submissions to be graded by one process on one node.

    `assignment`: the name of a built-in one, else its path. `shared`: what verdicts depend on besides the hand-in, as
    gradebook.keys gives it: a node where that is different grades nothing. `at_once`: submissions graded at once.
    """

    run: Run
    assignment: str
    shared: Mapping[Unit, Mapping[str, str]]
    tasks: tuple[Task, ...]
    at_once: int = 1


def order_of(run: Run, at_once: int) -> Order:
    """Return an order without submissions yet.

    Raises:
        ConfigError: the data can't be read.
    """
    data = None if run.data is None else run.data.resolve()
    there = replace(
        with_cards_of(run, at_once), data=data, jobs=at_once, notebook_data=None, runner="local", ray=OnRay(),
        slurm=OnSlurm(),
    )  # fmt: skip
    assignment = run.folder.name if is_built_in(run.folder) else str(run.folder.path)
    return Order(there, assignment, shared_parts(run), (), at_once)


def with_cards_of(run: Run, at_once: int) -> Run:
    """The run as it uses the cards of a node: those that the cluster gives to each order, shared by its submissions."""
    if run.runner == "slurm":
        return replace(run, gpus="auto" if run.slurm.gpus else "none")
    given = run.ray.gpus * at_once
    if not given:
        return replace(run, gpus="none")
    lent = min(1.0, given)
    return replace(run, gpus="auto", lent=lent, per_gpu=max(1, round(lent / run.ray.gpus)))


def task_of(job: Job) -> Task:
    """Read a hand-in and what is known of it."""
    known = job.recall() if job.recall is not None else None
    entries, content = pack(job.path)
    facts = b"" if known is None else encoded(known)
    return Task(job.name, str(job.path), entries, content, facts, job.floor, job.late, job.write)


def with_tasks(order: Order, tasks: Sequence[Task]) -> Order:
    """The order for these submissions."""
    return replace(order, tasks=tuple(tasks))


def encoded_order(order: Order) -> bytes:
    """The order as bytes. It holds the run's secret."""
    return msgspec.msgpack.encode(order, enc_hook=_plain)


def decoded_order(data: bytes) -> Order:
    """Read it back.

    Raises:
        ValueError: it is damaged, or of another version.
    """
    try:
        return msgspec.msgpack.decode(data, type=Order, dec_hook=_made)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no order of this version: {error}") from error


def known_of(task: Task) -> Facts | None:
    """The facts that came with a task."""
    return decoded(task.known, Facts) if task.known else None


def _plain(value: Any) -> Any:
    if isinstance(value, Path | Fraction):
        return str(value)
    raise NotImplementedError(f"{type(value)} in an order")


def _made(kind: type, value: Any) -> Any:
    return kind(value)


# ---- back ------------------------------------------------------------------------------------------------------------
class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A node has begun with an order."""

    node: str
    tier: int
    told: str = ""  # the tier in words, and what a better one lacks


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """A node can't be used for this run, or not any more."""

    node: str
    why: str


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A submission is being graded."""

    name: str


class Stage(msgspec.Struct, frozen=True, tag="stage"):
    """What is being done with it."""

    name: str
    stage: str


class Parcel(msgspec.Struct, frozen=True, tag="parcel"):
    """One submission's result: the fields of Result; `facts` in msgpack; the `files` of its folder by
    name; `gone`: those of an earlier run that go."""

    name: str
    exit_code: int
    total: float | None
    told: str
    problem: str
    seconds: float
    maximum: float | None
    pending: float | None
    scores: dict[str, float]
    facts: bytes
    fallen: tuple[str, ...]
    files: dict[str, bytes]
    gone: tuple[str, ...] = ()


Message = Hello | Refused | Began | Stage | Parcel


def framed(message: Message) -> bytes:
    """A message with its length in front, as it goes through a pipe or stands in a file."""
    data = msgspec.msgpack.encode(message)
    return _HEAD.pack(len(data)) + data


def messages_in(data: bytes) -> tuple[list[Message], bytes]:
    """The whole messages at the beginning of some bytes, and the rest.

    Raises:
        GraderError: these are no messages.
    """
    found, start = [], 0
    while len(data) - start >= _HEAD.size:
        end = start + _HEAD.size + _length(data[start : start + _HEAD.size])
        if len(data) < end:
            break
        found.append(_message(data[start + _HEAD.size : end]))
        start = end
    return found, data[start:]


def _length(head: bytes) -> int:
    length = int(_HEAD.unpack(head)[0])
    if length > _LARGEST:
        raise GraderError("a node sent something that is no message")
    return length


def _message(data: bytes) -> Message:
    try:
        found: Message = msgspec.msgpack.decode(data, type=Message)
    except msgspec.MsgspecError as error:
        raise GraderError(f"a node sent something that is no message: {error}") from error
    if isinstance(found, Parcel) and not all(_FILE.fullmatch(name) for name in (*found.files, *found.gone)):
        raise GraderError("a node sent files with names that no results have")
    return found
