"""What every sandbox promises. One conformance list in tests/sandbox/ holds each tier to its part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Tier:
    """What isolation this machine gives. `number` as in docs/design.md; `name` goes into every report."""

    number: int  # 1 bubblewrap, 2 landlock + seccomp, 3 rlimits only, 4 none
    name: str
    promise: str  # one sentence for reports
    lacks: str = ""  # why no better tier: one sentence for staff

    @property
    def safe(self) -> bool:
        """Whether hostile code is contained."""
        return self.number <= 2


TIERS = {
    1: Tier(1, "bubblewrap", "own namespaces, no network, only its libraries readable, limits kept by the kernel"),
    2: Tier(2, "landlock", "no network, only its libraries readable, no other processes, limits kept by the kernel"),
    3: Tier(3, "rlimits", "a separate user and limits, no protection against hostile code"),
    4: Tier(4, "none", "no isolation: your own code only"),
}


@dataclass(frozen=True)
class Usage:
    """What one student process used."""

    cpu_seconds: float
    peak_memory_mb: float
    status: int  # wait status; -1 when unknown
    killed: bool = False  # nobody can tell by whom: by its own code, or from outside


class Process(Protocol):
    """One student process: a request goes in, an answer comes back, one at a time."""

    def request(self, frame: bytes, timeout: float, max_reply: int) -> bytes:
        """Send one frame and wait for one frame.

        Raises:
            StudentTimeout: no complete answer within `timeout` seconds of wall clock; the process is killed.
            StudentCrash: the process ended or closed its socket.
            SandboxError: the sandbox itself has died, and the process with it.
            MalformedAnswer: the answer is longer than `max_reply` bytes, or unasked bytes came; the process is killed.
        """
        ...

    def alive(self) -> bool:
        """Whether it can be asked: whoever ended it, or let it outgrow its folder, was called before, not next."""
        ...

    @property
    def output(self) -> str:
        """What it printed so far (stdout and stderr together), cut at `Limits.stdout_kb`."""
        ...

    def close(self) -> Usage:
        """Kill the process and everything it started, reap it, and say what it used. May be called twice."""
        ...


class Sandbox(Protocol):
    """Starts student processes, each from the same clean state."""

    @property
    def tier(self) -> Tier:
        """The isolation that student processes get."""
        ...

    def spawn(self) -> Process:
        """Start a fresh student process.

        Raises:
            SandboxError: it could not be started (the grader's fault).
        """
        ...

    def close(self) -> None:
        """End every student process and the zygote. May be called twice."""
        ...
