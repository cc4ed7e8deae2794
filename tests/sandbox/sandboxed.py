"""Student processes for the sandbox's tests: they run whatever source they are sent."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError
from autograder.sandbox import Limits, ZygoteSandbox

INSIDE = Path(__file__).parent / "inside"
TOKEN = "planted-5ecret-t0ken"
LIMITS = Limits(
    cpu_seconds=20, memory_mb=512, scratch_mb=8, scratch_files=100, open_files=48, processes=16, stdout_kb=16
)


LIVING: list[Student] = []  # closed after each test


class Student:
    """A student process that runs the source it is given."""

    def __init__(self, sandbox: ZygoteSandbox) -> None:
        self.process = sandbox.spawn()
        LIVING.append(self)

    def run(self, source: str, timeout: float = 10.0, max_reply: int = 1 << 20) -> Any:
        """What the source left in `result`."""
        answer = self.process.request(source.encode(), timeout, max_reply).decode()
        return answer if answer.startswith("raised ") else ast.literal_eval(answer)


def start(tier: int | None, limits: Limits = LIMITS, preload: tuple[str, ...] = ()) -> ZygoteSandbox:
    """A sandbox whose processes are served by inside/runner.py; `preload` instead of the usual long list."""
    sandbox = ZygoteSandbox(limits, (INSIDE,), preload, tier, "runner:serve", {"PYTHONPATH": str(INSIDE)})
    try:
        sandbox.wait_ready()
    except SandboxError:
        sandbox.close()
        raise
    return sandbox
