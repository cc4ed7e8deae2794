"""The Slurm cluster of fixtures/slurm_cluster.py as a place of conformance.py, and what is Slurm's alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.clusters import OnSlurm
from autograder.run import Run
from autograder.runners.dispatch import Dispatch
from autograder.runners.slurm import open_slurm, worker
from fixtures.slurm_cluster import SlurmCluster
from tests.runners.conformance import described, lives, until


def quick_work(order: str, told: str, number: int) -> None:
    """What a job of the array does, but with quick_node.py. Nodes import it by name."""
    worker.work(order, told, number, "tests.runners.quick_node")


@dataclass
class SlurmPlace:
    """Of two nodes with one CPU each."""

    cluster: SlurmCluster
    settings: OnSlurm = field(default_factory=lambda: OnSlurm(minutes=5))
    _gone: list[str] = field(default_factory=list)

    def run(self, out: Path) -> Run:
        return described(out, runner="slurm", slurm=self.settings, number=7)

    def open(self, run: Run, say: Callable[[str], None]) -> Dispatch:
        return Dispatch(run, open_slurm(run), say)

    def with_settings(self, **changes: object) -> SlurmPlace:
        values = {name: getattr(self.settings, name) for name in self.settings.__struct_fields__}
        return replace(self, settings=OnSlurm(**{**values, **changes}))

    def lose_node(self, pid: int) -> None:
        name = variable(pid, "SLURMD_NODENAME")
        self._gone.append(name)
        self.cluster.kill(name)  # Slurm would find out after SlurmdTimeout
        self.cluster.call("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=lost")
        os.kill(pid, signal.SIGKILL)

    def bring_node(self) -> None:
        for name in self._gone:
            self.cluster.start_node(name)
        self._gone.clear()
        until(lambda: set(self.cluster.states().values()) == {"idle"}, "the nodes are not idle again")

    def vanish(self) -> None:
        self.cluster.kill("slurmctld")

    def come_back(self) -> None:
        self.cluster.start_controller()
        until(lambda: not any(state.startswith("unk") for state in self.cluster.states().values()), "nodes are missing")

    def left(self) -> list[str]:
        until(lambda: all("COMPLETING" in job for job in self.cluster.jobs()), "jobs are left")
        return [job for job in self.cluster.jobs() if "COMPLETING" not in job]


def variable(pid: int, name: str) -> str:
    """A variable of a process."""
    told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(entry.decode().partition("=")[::2] for entry in told if entry)[name]


__all__ = ["SlurmPlace", "lives", "quick_work", "variable"]
