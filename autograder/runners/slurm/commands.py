"""Slurm's own commands, with as few calls as may be: one `squeue` for all jobs of a run. `sacct` is not asked: it needs
a database that many clusters don't have, and squeue remembers what has ended for some minutes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.errors import ConfigError, GraderError
from autograder.runners.protocol import End

SECONDS = 60.0  # for one command
_SILENT = ("Unable to contact", "timed out", "Connection refused", "Socket", "try again", "Zero Bytes were transmitted")
_UNKNOWN = "Invalid job id"
_ROW = "ArrayJobID:20|,ArrayTaskID:20|,State:24|,Reason:80|,NodeList:80|,RestartCnt:8|,exit_code:8|,Comment:80"
_NODE = "%N|%t|%c|%G"
WAITING = frozenset(
    {"PENDING", "CONFIGURING", "REQUEUED", "RESV_DEL_HOLD", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"}
)
RUNNING = frozenset({"RUNNING", "COMPLETING", "STOPPED", "SUSPENDED", "STAGE_OUT", "SIGNALING", "RESIZING"})
LOST = frozenset({"NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"})
NEVER = ("PartitionTimeLimit", "PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS",
         "AccountNotAllowed", "QOSNotAllowed", "DependencyNeverSatisfied")  # fmt: skip
CANCELLED = "somebody cancelled its job"
DEAD = ("down", "drain", "drng", "fail", "futr", "maint")


class NoAnswer(GraderError):
    """slurmctld does not answer just now."""


@dataclass(frozen=True)
class Row:
    """A job of the queue: one task of an array, or a job alone, whose `task` is `N/A`. Jobs that have ended are there
    for a while."""

    array: str
    task: str
    state: str
    reason: str = ""
    node: str = ""
    restarts: int = 0
    code: str = "0"
    comment: str = ""

    @property
    def name(self) -> str:
        """As scancel takes it."""
        return self.array if self.task == "N/A" else f"{self.array}_{self.task}"

    @property
    def over(self) -> bool:
        """Whether it has ended for good."""
        return self.state not in WAITING | RUNNING

    @property
    def hopeless(self) -> bool:
        """Whether it waits for what will never come."""
        return self.state == "PENDING" and self.reason.startswith(NEVER)

    @property
    def end(self) -> tuple[End, str]:
        """How a job that is over has ended, and why, in words."""
        if self.state in LOST:
            return "node", f"Slurm says {self.state} ({self.node or 'no node'})"
        if self.state in ("TIMEOUT", "DEADLINE"):
            return "time", "it hit the time limit ([slurm] minutes in course.toml)"
        if self.state == "CANCELLED":
            return "node", CANCELLED
        if self.state == "OUT_OF_MEMORY":
            return "killed", "it took more memory than its job has ([slurm] memory in course.toml)"
        return "killed", f"Slurm says {self.state}, exit code {self.code}"


@dataclass(frozen=True)
class Node:
    """A node of the partition. `gpus`: how many, as far as its generic resources say."""

    name: str
    state: str
    cpus: int
    gpus: int = 0

    @property
    def usable(self) -> bool:
        """Whether Slurm may start something there, now or when it has been woken up."""
        return not self.state.startswith(DEAD)


def queue(arrays: Iterable[str]) -> list[Row]:
    """Everything that is known of these arrays.

    Raises:
        NoAnswer: slurmctld does not answer.
    """
    asked = ",".join(sorted(set(arrays)))
    return _rows("--jobs", asked) if asked else []


def queue_of(comment: str) -> list[Row]:
    """All jobs of ours whose comment begins so and that are not over.

    Raises:
        NoAnswer: slurmctld does not answer.
    """
    return [row for row in _rows("--user", str(os.geteuid())) if row.comment.startswith(comment) and not row.over]


def _rows(*asked: str) -> list[Row]:
    told = call("squeue", "--noheader", "--array", "--states=all", "--Format", _ROW, *asked, unless=_UNKNOWN)
    return [row_of(line) for line in told.splitlines() if line.strip()]


def row_of(line: str) -> Row:
    """Read a line of squeue in the format _ROW.

    Raises:
        GraderError: it is none.
    """
    parts = [part.strip() for part in line.split("|", 7)]
    if len(parts) != 8:
        raise GraderError(f"squeue said something unexpected: {line!r}")
    array, task, state, reason, node, restarts, code, comment = parts
    return Row(array, task, state.rstrip("+"), reason, node, int(restarts) if restarts.isdigit() else 0, code, comment)


def cancel(jobs: Sequence[str]) -> None:
    """End jobs; arrays, or tasks of them. Those that have ended are no mistake.

    Raises:
        NoAnswer: slurmctld does not answer.
    """
    if jobs:
        call("scancel", "--quiet", *jobs, unless=_UNKNOWN)


def keep_off(array: str, nodes: Sequence[str]) -> None:
    """Let what waits of an array not come to these nodes.

    Raises:
        NoAnswer: slurmctld does not answer.
    """
    call("scontrol", "update", f"JobId={array}", f"ExcNodeList={','.join(nodes)}", unless="")  # fails for what runs


def nodes_of(partition: str) -> list[Node]:
    """The nodes of a partition; of the cluster's default one where it has no name.

    Raises:
        ConfigError: there is no such partition.
        NoAnswer: slurmctld does not answer.
    """
    name = partition or default_partition()
    told = call("sinfo", "--noheader", "--Node", "--partition", name, "--format", _NODE)
    found = [node_of(line) for line in told.splitlines()]
    if not found:
        raise ConfigError(f"Slurm has no partition called {name!r} with nodes ([slurm] partition in course.toml).")
    return found


def default_partition() -> str:
    """Raises:
    ConfigError: there is none.
    NoAnswer: slurmctld does not answer.
    """
    names = call("sinfo", "--noheader", "--format", "%P").split()
    for name in names:
        if name.endswith("*"):
            return name.rstrip("*")
    raise ConfigError(f'Slurm has no default partition: say which, [slurm] partition = "{names[0] if names else "…"}".')


def node_of(line: str) -> Node:
    """Read a line of sinfo in the format _NODE; generic resources look like `gpu:a100:4(S:0-1),shard:8`."""
    name, state, cpus, resources = (part.strip() for part in line.split("|", 3))
    counts = [one.partition("(")[0].split(":")[-1] for one in resources.split(",") if one.startswith("gpu:")]
    return Node(name, state, int(cpus), sum(int(count) for count in counts if count.isdigit()))


def call(*command: str, unless: str | None = None) -> str:
    """What a command of Slurm's prints. `unless`: an error that holds this is none.

    Raises:
        ConfigError: it refuses; or there is no such command here.
        NoAnswer: slurmctld does not answer.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    except FileNotFoundError as error:
        raise ConfigError(no_slurm(command[0])) from error
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"{command[0]} does not answer") from error
    if done.returncode == 0:
        return done.stdout
    words = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
    if is_silence(words):
        raise NoAnswer(words)
    if unless is not None and unless in words:
        return done.stdout
    raise ConfigError(f"{command[0]} refused: {words}")


def is_silence(words: str) -> bool:
    """Whether an error of Slurm's means that slurmctld does not answer."""
    return any(one in words for one in _SILENT)


def no_slurm(program: str) -> str:
    """One sentence on a machine that is none of a cluster."""
    return f"There is no {program} here: RUNNER=slurm is said on a machine where jobs of a Slurm cluster are submitted."
