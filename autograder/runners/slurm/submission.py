"""Hands orders to Slurm, as one job array, through submitit.

submitit writes the batch script and starts a function of ours on the node. That function is pickled by us for our own
nodes, as its name and three plain arguments. What submitit pickles as its result is None and is never read: results
come as messages in the spool. Its handling of time limits and preemption, made for functions that save their state, is
not used either (without `srun` its signal never comes): what is lost is sent again by dispatch.py.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError
from autograder.run import Run
from autograder.runners.slurm.commands import NoAnswer, is_silence, no_slurm
from autograder.runners.slurm.spool import Spool
from autograder.runners.slurm.worker import work

PACKAGES = Path(__file__).resolve().parents[3]  # where `autograder` is imported from
IMAGE_PYTHON = "/opt/autograder/bin/python"  # as containers/install.sh makes it
PRIVATE = ("PGPASSWORD",)  # variables that jobs need not know, besides the one that holds the secret


def submit(run: Run, spool: Spool, numbers: Sequence[int], comment: str, off: Sequence[str]) -> list[str]:
    """Submit these orders as one array; each one's job, as scancel takes it. `off`: nodes that are not used.

    Raises:
        ConfigError: Slurm refuses; or submitit is not installed.
        NoAnswer: slurmctld does not answer; whether there is an array now is not known.
    """
    submitit = library()
    words = io.StringIO()
    try:
        with contextlib.redirect_stderr(words):  # submitit repeats there what it raises
            executor = submitit.SlurmExecutor(spool.logs / "%A", python=python_of(run, spool))
            executor.update_parameters(**parameters(run, comment, off))
            paths = [str(spool.order_path(number).resolve()) for number in numbers]
            jobs = executor.map_array(work, paths, [str(spool.told_folder.resolve())] * len(paths), numbers)
    except submitit.core.utils.FailedJobError as error:
        said = " ".join(str(error).split())
        if is_silence(said):
            raise NoAnswer(said) from error
        raise ConfigError(f"Slurm refused the jobs ([slurm] in course.toml): {said}") from error
    except (FileNotFoundError, RuntimeError) as error:  # no sbatch, no srun
        raise ConfigError(no_slurm("sbatch")) from error
    return [job.job_id for job in jobs]


def library() -> Any:
    """submitit.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module("submitit")
    except ImportError as error:
        raise ConfigError(
            "RUNNER=slurm needs the package submitit, here and on the nodes: make setup CLUSTER=1 in a clone, else "
            "pip install 'autograder[slurm]'"
        ) from error


def parameters(run: Run, comment: str, off: Sequence[str]) -> dict[str, Any]:
    """What submitit and sbatch are told."""
    asked = run.slurm
    more: dict[str, Any] = {name: value for name, value in asked.options.items() if value is not False}
    more |= {"comment": comment, "requeue": True, "export": export(run, os.environ)}
    if off:
        more["exclude"] = ",".join([*filter(None, [str(more.get("exclude", ""))]), *off])
    found: dict[str, Any] = {
        "job_name": job_name(run),
        "array_parallelism": asked.parallel,
        "time": asked.minutes or None,
        "cpus_per_task": asked.cpus * asked.at_once,
        "use_srun": False,  # one process, which the batch script turns into
        "stderr_to_stdout": True,
        "setup": [*asked.setup, *paths_of_packages(run)],
        "additional_parameters": more,
    }
    if run.beyond and asked.gpus:
        found["gpus_per_node"] = asked.gpus
    named = {
        "partition": asked.partition,
        "account": asked.account,
        "mem": asked.memory,
        "constraint": asked.constraint,
    }
    return found | {name: value for name, value in named.items() if value}


def job_name(run: Run) -> str:
    """What people see in squeue."""
    name = run.rubric.assignment.name
    return f"{name}-run{run.number}" if run.number else name


def export(run: Run, environment: Mapping[str, str]) -> str:
    """Which variables jobs get: all, but those empty that hold secrets, since Slurm keeps them on its disks."""
    hidden = {name for name, value in environment.items() if os.fsencode(value) == run.secret}
    hidden |= {name for name in PRIVATE if name in environment}
    return ",".join(["ALL", *(f"{name}=" for name in sorted(hidden))])


def paths_of_packages(run: Run) -> list[str]:
    """Lines of the batch script that let the node import what this machine imports; an image has its own."""
    if run.slurm.image:
        return ["unset PYTHONPATH"]
    return [f"export PYTHONPATH={shlex.quote(str(PACKAGES))}${{PYTHONPATH:+:$PYTHONPATH}}"]


def python_of(run: Run, spool: Spool) -> str:
    """How Python is started on a node, as the shell takes it: in the image, where one is named.

    The shell becomes it, so that Slurm's signals come to it alone.
    """
    if not run.slurm.image:
        return f"exec {shlex.quote(sys.executable)}"
    words = ["exec", "apptainer", "exec"]
    if run.beyond and run.slurm.gpus:
        words.append("--nv")
    for path in bound(run, spool):
        words += ["--bind", str(path)]
    return shlex.join([*words, run.slurm.image, IMAGE_PYTHON, "-P"])


def bound(run: Run, spool: Spool) -> list[Path]:
    """Folders of this machine that must be seen inside of an image."""
    found = [spool.folder.resolve()]
    if run.data is not None:
        found.append(run.data.resolve())
    if PACKAGES not in run.folder.path.resolve().parents:  # no built-in assignment
        found.append(run.folder.path.resolve())
    return found
