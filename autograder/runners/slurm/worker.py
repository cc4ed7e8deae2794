"""What submitit runs on a node: it starts the node's side (autograder.node) with an order, and carries what that says
into the spool. It is a process of its own so that somebody is left to tell when the judge is killed."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import msgspec

from autograder.runners.slurm.outbox import BEGUN, Outbox

AGAIN_SECONDS = 2.0  # between two tries to write where the disk is full
_HEAD = struct.Struct("<Q")  # as orders.framed
STOP_SECONDS = 3.0  # in which a signal of Slurm's comes to all processes of a job


class Tagged(msgspec.Struct):
    """A message as far as it is looked into here."""

    type: str


class Counted(msgspec.Struct):
    """An order, likewise."""

    tasks: list[msgspec.Raw]


def work(order: str, told: str, number: int, node_side: str = "autograder.node") -> None:
    """Do the order in this file and tell of it in the folder `told`. `node_side`: the program that does it.

    Nothing is done where Slurm has started the job again (it was preempted, or its node was lost, or somebody requeued
    it): whoever sent the order has seen that, and has sent again what was left.
    """
    if not is_first(Path(order).with_suffix(BEGUN)):
        return
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    outbox, left = Outbox(Path(told), number), len(msgspec.msgpack.decode(Path(order).read_bytes(), type=Counted).tasks)
    node = os.environ.get("SLURMD_NODENAME") or socket.gethostname()
    safe = ["-P"] if sys.flags.safe_path else []  # in an image nothing is imported from the working folder
    words, environment = [sys.executable, *safe, "-m", node_side], {**os.environ, "AUTOGRADER_NODE": node}
    with (
        Path(order).open("rb") as source,
        subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, env=environment) as child,
    ):
        assert child.stdout is not None
        for message in frames_from(child.stdout):
            kind = msgspec.msgpack.decode(message[_HEAD.size :], type=Tagged).type
            left = 0 if kind == "refused" else left - (kind == "parcel")
            if kind != "stage":  # a file for each would be many
                insist(outbox, partial(outbox.tell, message))
        status = child.wait()
    if not left:
        insist(outbox, partial(outbox.end, "done", ""))
    elif not is_stopped(stopped):
        how = f"was ended by signal {-status}" if status < 0 else f"ended with exit code {status}"
        insist(outbox, partial(outbox.end, "killed", f"the judge {how}"))


def is_first(mark: Path) -> bool:
    """Whether no process has begun with this order before. Slurm's own count is no help: where the run that sent the
    order is itself a job that was requeued, its variable comes along."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def is_stopped(stopped: list[int]) -> bool:
    """Whether it is Slurm that ends this job. It knows why, so that is not for us to say."""
    end = time.monotonic() + STOP_SECONDS
    while not stopped and time.monotonic() < end:
        time.sleep(0.05)
    return bool(stopped)


def frames_from(pipe: IO[bytes]) -> Iterator[bytes]:
    """Whole messages, each with its length in front; half a one at the end is none."""
    while len(head := pipe.read(_HEAD.size)) == _HEAD.size:
        data = pipe.read(_HEAD.unpack(head)[0])
        if len(data) < _HEAD.unpack(head)[0]:
            return
        yield head + data


def insist(outbox: Outbox, write: Callable[[], None]) -> None:
    """Write until it is written: what is done is not lost because a disk is full just now. The run is told meanwhile,
    and ends this job if it can't go on."""
    while True:
        try:
            write()
        except OSError as error:
            print(f"{outbox.folder} can't be written: {error}", file=sys.stderr, flush=True)
            try:
                outbox.complain(error.strerror or str(error))
            except OSError:
                pass  # the run finds out by itself: it writes there too
            time.sleep(AGAIN_SECONDS)
        else:
            outbox.complain_no_more()
            return
