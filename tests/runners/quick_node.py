"""A node's side without a sandbox or a judge, for tests of what engines carry and lose: `python -m
tests.runners.quick_node` in place of `autograder.node`. What is to happen at a submission's turn is written in it:

    #: sleep 2      it takes so many seconds
    #: wait         until there is the file `go`, or `go-NAME`, beside the hand-ins
    #: kill         its process is killed, each time
    #: big 100000   its report has so many bytes
    #: refuse       the node can't be used
    #: one refuses  only the node that is asked first can't

Beside the hand-ins, `board/NAME-N` holds the number of the process that began with NAME for the Nth time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from autograder.system import linux

GO = "go"
NO_FACTS = msgspec.msgpack.encode({})  # every field of Facts has a default


def words_of(task: dict[str, Any]) -> dict[str, str]:
    """What the hand-in asks for."""
    lines = b"".join(entry["data"] for entry in task["hand_in"]).decode().splitlines()
    told = [line.removeprefix("#: ").partition(" ") for line in lines if line.startswith("#: ")]
    return {word: value for word, _, value in told}


def board_of(path: Path) -> Path:
    """Where it is noted who has begun with what."""
    return path.parent / "board"


def note(name: str, board: Path) -> None:
    """Note that this process has begun with it."""
    board.mkdir(exist_ok=True)
    times = len(list(board.glob(f"{name}-*")))
    hidden = board / f".{name}-{times}"
    hidden.write_text(str(os.getpid()))
    hidden.rename(board / f"{name}-{times}")


def emit(kind: str, **told: object) -> None:
    """Send a message, as orders.framed makes it of the class; that is not imported, since it takes a second."""
    data = msgspec.msgpack.encode({"type": kind, **told})
    sys.stdout.buffer.write(struct.pack("<Q", len(data)) + data)
    sys.stdout.buffer.flush()


def is_chosen(node: str, tasks: list[Any]) -> bool:
    """Whether it is the one node that refuses: the one that is asked first."""
    if not any("one" in words_of(task) for task in tasks):
        return False
    chosen = Path(tasks[0]["path"]).parent / "refuses"
    with contextlib.suppress(FileExistsError), chosen.open("x") as file:
        file.write(node)
    return chosen.read_text() == node


def main() -> None:
    linux.die_with_parent(signal.SIGTERM)
    tasks, node = msgspec.msgpack.decode(sys.stdin.buffer.read())["tasks"], os.environ["AUTOGRADER_NODE"]
    if any("refuse" in words_of(task) for task in tasks) or is_chosen(node, tasks):
        emit("refused", node=node, why="it was told to refuse.")
        return
    emit("hello", node=node, tier=1, told="isolation tier 1, none at all")
    for task in tasks:
        words, name, folder = words_of(task), task["name"], Path(task["path"]).parent
        emit("began", name=name)
        note(name, folder / "board")
        time.sleep(float(words.get("sleep", 0)))
        while "wait" in words and not any((folder / go).exists() for go in (GO, f"{GO}-{name}")):
            time.sleep(0.05)
        if "kill" in words:
            os.kill(os.getpid(), signal.SIGKILL)
        files = {"results.json": b'{"score": 1.0}', "report.html": b"." * int(words.get("big", 0))}
        emit(
            "parcel", name=name, exit_code=0, total=1.0, told="1 point", problem="", seconds=0.1, maximum=1.0,
            pending=0.0, scores={"item": 1.0}, facts=NO_FACTS, fallen=(), files=files,
        )  # fmt: skip


if __name__ == "__main__":
    main()
