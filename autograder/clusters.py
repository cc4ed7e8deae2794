"""What a course says of its clusters: the tables [ray] and [slurm] of course.toml."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Where = Literal["local", "ray", "slurm"]
Some = Annotated[float, msgspec.Meta(ge=0.0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class OnRay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Ray is used."""

    address: str = ""  # of a cluster that runs; else RAY_ADDRESS, else one is started here for as long as it is needed
    cpus: Some = 1.0  # of each task
    gpus: Some = 0.0  # of each task with whole notebooks; 0.25 puts four on a card
    at_once: Count = 1  # submissions at once in each task
    labels: dict[str, str] = {}  # of the nodes to be used, as Ray's label selectors have them


class OnSlurm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Slurm is used: as `sbatch` takes it; what is empty or 0 is for Slurm to say."""

    partition: str = ""  # in which the jobs wait
    account: str = ""  # which they are charged to
    constraint: str = ""  # features of the nodes: `a100|h100`
    parallel: Count = 16  # jobs of an array that run at once
    at_once: Count = 1  # submissions in each job
    cpus: Count = 1  # for each of these submissions
    minutes: Annotated[int, msgspec.Meta(ge=0)] = 0  # the time limit of each job; 0: what the partition gives
    memory: str = ""  # of each job: `8G`
    gpus: Annotated[int, msgspec.Meta(ge=0)] | str = 0  # of each job: a number, or `a100:1`; functions take none
    image: str = ""  # an Apptainer image that holds the same version of everything
    setup: tuple[str, ...] = ()  # lines of shell before Python is started: `module load cuda`
    options: dict[str, str | int | bool] = {}  # any other of sbatch's, by its long name
