"""A sandbox that keeps the real interface and fails on demand, around the real server in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.errors import MalformedAnswer, SandboxError, StudentCrash, StudentTimeout
from autograder.inside.server import Server
from autograder.sandbox.protocol import TIERS, Tier, Usage
from autograder.wire import frames

TIMEOUT, CRASH, GARBAGE, FORGED = "# times out", "# crashes", "# answers garbage", "# answers something else"


@dataclass
class FakeSandbox:
    """`deadly` maps a word to what happens to a request whose text holds it: one of the four above, or bytes to answer.

    A cell loaded with definitions only lives unless it holds the word in capitals too.
    """

    deadly: dict[str, Any] = field(default_factory=dict)
    spawn_fails: bool = False
    processes: list[FakeProcess] = field(default_factory=list)
    tier: Tier = TIERS[4]

    def spawn(self) -> FakeProcess:
        if self.spawn_fails:
            raise SandboxError("no process could be started")
        self.processes.append(FakeProcess(self))
        return self.processes[-1]

    def close(self) -> None:
        for process in self.processes:
            process.close()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """All requests to all processes."""
        return [request for process in self.processes for request in process.requests]


class FakeProcess:
    def __init__(self, sandbox: FakeSandbox) -> None:
        self.sandbox, self.server = sandbox, Server("submission")
        self.requests: list[dict[str, Any]] = []
        self.timeouts: list[float] = []
        self.dead = False
        self.closed = 0
        self.output = f"printed by process {len(sandbox.processes) + 1}\n"

    def request(self, frame: bytes, timeout: float, max_reply: int) -> bytes:
        if self.dead or self.closed:
            raise StudentCrash("the process had ended before this call")
        request = frames.unpack(frame)
        self.requests.append(request)
        self.timeouts.append(timeout)
        fate = self._fate(request)
        if isinstance(fate, bytes):
            return fate
        if fate is not None:
            self.dead = True
            raise {TIMEOUT: StudentTimeout, CRASH: StudentCrash, GARBAGE: MalformedAnswer}[fate](f"fate: {fate}")
        return self.server.handle(frame)

    def alive(self) -> bool:
        return not (self.dead or self.closed)

    def _fate(self, request: dict[str, Any]) -> Any:
        parts = [{"op": "load_cell"} | cell for cell in request.get("cells", ())] or [request]
        fates = [self._fate_of(repr(part), part.get("definitions_only")) for part in parts]
        return next((fate for fate in fates if fate is not None), None)

    def _fate_of(self, text: str, spared: Any) -> Any:
        return next((f for word, f in self.sandbox.deadly.items() if (word.upper() if spared else word) in text), None)

    def close(self) -> Usage:
        self.closed += 1
        return Usage(1.5, 100.0 * len(self.sandbox.processes), 0)
