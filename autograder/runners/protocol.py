"""What every way to run many gradings promises, and the smaller promise of an engine, on which dispatch.py builds one.

A Runner is `local` (a pool of forks on this machine) or a Dispatch over an engine: Ray or Slurm. An engine moves bytes
and starts processes, nothing else: what is lost, what is sent again and what is given up is decided in dispatch.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from autograder.errors import GraderError
from autograder.runners.local import Job, Result
from autograder.runners.orders import Message

HELD_SECONDS = 30.0  # in which nothing of a run is at work, until staff is told why
Watch = Callable[[Mapping[str, str]], None]  # is told now and then what each submission at work is doing
End = Literal["done", "killed", "node", "time"]


class Vanished(GraderError):
    """The engine does not answer any more: what came is kept, and the same command goes on from there."""


@dataclass(frozen=True)
class Capacity:
    """What a runner has. `slots`: orders that are worked on at once; `each`: submissions at once in each of them;
    `ahead`: orders that may wait in the engine's own queue, so that no slot waits for us; `told`: in words."""

    slots: int
    each: int = 1
    ahead: int = 0
    told: str = ""


class Runner(Protocol):
    """Grades jobs. Used as a context: leaving it ends all that it started."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: object, *error: object) -> None: ...

    def capacity(self) -> Capacity:
        """What it has.

        Raises:
            Vanished: it does not answer.
        """
        ...

    def run(self, jobs: Sequence[Job], on_result: Callable[[Result], None], watch: Watch | None = None) -> None:
        """Do every job; `on_result` is called in this process as each ends, in any order, once for each.

        Raises:
            ConfigError: the assignment's code or the isolation of the machines don't allow it, or the results can't be
                written.
            GraderError: nothing could be started, or the engine has vanished; `on_result` was called for all that came.
            KeyboardInterrupt: somebody pressed Ctrl-C, or another signal ended the run (its number is the argument).
        """
        ...


@dataclass(frozen=True)
class Ended:
    """An order's process has ended. `how`: `done`, it came to its end; `killed`; `node`: its node was lost, or taken
    for somebody else, which is nobody's doing here; `time`: the engine's time limit. `why`: in words, for staff."""

    how: End
    why: str = ""


@dataclass(frozen=True)
class Held:
    """Nothing of this run is at work, and the engine starts nothing. `why`: in words, for staff."""

    why: str


@dataclass(frozen=True)
class Event:
    """What an engine tells of the order with this number."""

    number: int
    what: Message | Ended | Held


class Engine(Protocol):
    """Starts `python -m autograder.node` on some node for each order, and brings back what it says."""

    def capacity(self) -> Capacity:
        """What there is now.

        Raises:
            Vanished: it does not answer.
        """
        ...

    def submit(self, number: int, order: bytes) -> None:
        """Have an order done somewhere. `number`: a new one each time, from 1 on.

        Raises:
            Vanished: it does not answer.
        """
        ...

    def poll(self, patience: float) -> Sequence[Event]:
        """What was told since the last call; waits `patience` seconds at most for the first. Of one order the events
        come in their order, and Ended is the last; a message that comes twice does no harm.

        Raises:
            Vanished: it does not answer.
        """
        ...

    def exclude(self, node: str, why: str) -> bool:
        """Send nothing to this node any more: it said that it can't be used. False where no other is left."""
        ...

    def close(self) -> None:
        """Cancel all that is left, wait until its processes have ended, remove what was made. May be called twice."""
        ...
