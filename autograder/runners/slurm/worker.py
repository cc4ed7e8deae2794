"""What submitit runs on a node: it starts the node's side (autograder.node) with an order, and carries what that says
into the spool. It is a process of its own so that somebody is left to tell when the judge is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from autograder.runners.orders import Stage, framed, messages_from
from autograder.runners.slurm.spool import Outbox

AGAIN_SECONDS = 2.0  # between two tries to write where the disk is full


def work(order: str, told: str, number: int, node_side: str = "autograder.node") -> None:
    """Do the order in this file and tell of it in the folder `told`. `node_side`: the program that does it.

    Nothing is done where Slurm has started the job again (it was preempted, or its node was lost, or somebody requeued
    it): whoever sent the order has seen that, and has sent again what was left.
    """
    if os.environ.get("SLURM_RESTART_COUNT", "0") != "0":
        return
    stopped: list[int] = []  # Slurm ends the job, and knows why: that is not for us to say
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    outbox = Outbox(Path(told), number)
    node = os.environ.get("SLURMD_NODENAME") or socket.gethostname()
    with Path(order).open("rb") as source:
        child = subprocess.Popen(
            [sys.executable, "-m", node_side], stdin=source, stdout=subprocess.PIPE,
            env={**os.environ, "AUTOGRADER_NODE": node},
        )  # fmt: skip
    assert child.stdout is not None
    for message in messages_from(cast("BinaryIO", child.stdout)):
        if not isinstance(message, Stage):  # a file for each would be many
            data = framed(message)
            insist(outbox, lambda: outbox.tell(data))  # noqa: B023
    status = child.wait()
    if not stopped:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with exit code {status}"
        insist(outbox, lambda: outbox.end("killed" if status else "done", f"the judge {how}" if status else ""))


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
