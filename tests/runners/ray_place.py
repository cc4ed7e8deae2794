"""A Ray cluster of a head and two nodes on this machine as a place of conformance.py."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.clusters import OnRay
from autograder.errors import ConfigError
from autograder.run import Run
from autograder.runners.dispatch import Dispatch
from autograder.runners.ray import open_ray, ray_python
from tests.runners.conformance import described

ROOT = Path(__file__).resolve().parents[2]


def why_not() -> str:
    """Why no cluster can be started here."""
    try:
        ray_python()
    except ConfigError as error:
        return str(error)
    return ""


class RayPlace:
    """Of two nodes with one CPU each."""

    def __init__(self) -> None:
        quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "PYTHONPATH": str(ROOT)}
        self._head = subprocess.Popen(
            [ray_python(), "-P", str(Path(__file__).with_name("ray_head.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/",
            env={**os.environ, **quiet}, start_new_session=True,
        )  # fmt: skip
        self.address = self._answer()

    def _answer(self) -> str:
        assert self._head.stdout is not None
        line = self._head.stdout.readline().strip()
        assert line, "the cluster has died"
        return line

    def ask(self, words: str) -> str:
        """What the cluster's process answers."""
        assert self._head.stdin is not None
        self._head.stdin.write(f"{words}\n")
        self._head.stdin.flush()
        return self._answer()

    def run(self, out: Path, **changes: object) -> Run:
        return described(out, runner="ray", ray=OnRay(address=self.address), **changes)

    def open(self, run: Run, say: Callable[[str], None]) -> Dispatch:
        return Dispatch(run, open_ray(run), say)

    def lose_node(self, pid: int) -> None:
        told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        [node] = [entry.partition(b"/")[2].decode() for entry in told if entry.startswith(b"AUTOGRADER_NODE=")]
        self.ask(f"lose {node}")

    def bring_node(self) -> None:
        self.ask("bring")

    def vanish(self) -> None:
        self.ask("vanish")

    def come_back(self) -> None:
        self.address = self.ask("anew")

    def left(self) -> list[str]:
        return []

    def close(self) -> None:
        self._head.communicate(timeout=120)


@contextmanager
def ray_place() -> Iterator[RayPlace]:
    """Start it; it ends with the block."""
    place = RayPlace()
    try:
        yield place
    finally:
        place.close()
