"""A node's side without a sandbox or a judge, for tests of what engines carry and lose: `python -m
tests.runners.quick_node` in place of `autograder.node`. What is to happen at a submission's turn is written in it:

    #: sleep 2      it takes so many seconds
    #: wait         until somebody writes the file `go`
    #: kill         its process is killed, each time
    #: big 100000   its report has so many bytes
    #: refuse       the node can't be used

Beside the hand-ins, `board/NAME-N` holds the number of the process that began with NAME for the Nth time.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from autograder.facts import Facts, encoded
from autograder.runners.orders import Began, Hello, Message, Parcel, Refused, Task, decoded_order, framed
from autograder.system import linux

GO = "go"


def words_of(task: Task) -> dict[str, str]:
    """What the hand-in asks for."""
    lines = b"".join(entry.data for entry in task.hand_in).decode().splitlines()
    told = [line.removeprefix("#: ").partition(" ") for line in lines if line.startswith("#: ")]
    return {word: value for word, _, value in told}


def board_of(path: Path) -> Path:
    """Where it is noted who has begun with what."""
    return path.parent / "board"


def note(task: Task) -> None:
    """Note that this process has begun with it."""
    board = board_of(Path(task.path))
    board.mkdir(exist_ok=True)
    times = len(list(board.glob(f"{task.name}-*")))
    hidden = board / f".{task.name}-{times}"
    hidden.write_text(str(os.getpid()))
    hidden.rename(board / f"{task.name}-{times}")


def main() -> None:
    linux.die_with_parent(signal.SIGTERM)
    order, node = decoded_order(sys.stdin.buffer.read()), os.environ["AUTOGRADER_NODE"]

    def emit(message: Message) -> None:
        sys.stdout.buffer.write(framed(message))
        sys.stdout.buffer.flush()

    if any("refuse" in words_of(task) for task in order.tasks):
        emit(Refused(node, "it was told to refuse."))
        return
    emit(Hello(node, 1, "isolation tier 1, none at all"))
    for task in order.tasks:
        words = words_of(task)
        emit(Began(task.name))
        note(task)
        time.sleep(float(words.get("sleep", 0)))
        while "wait" in words and not (Path(task.path).parent / GO).exists():
            time.sleep(0.05)
        if "kill" in words:
            os.kill(os.getpid(), signal.SIGKILL)
        files = {"results.json": b'{"score": 1.0}', "report.html": b"." * int(words.get("big", 0))}
        emit(
            Parcel(task.name, 0, 1.0, "1 point", "", 0.1, 1.0, 0.0, {"item": 1.0}, encoded(Facts()), (), files)
        )  # fmt: skip


if __name__ == "__main__":
    main()
