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
    """How Slurm is used: as `sbatch` takes it, and empty or 0 for what it takes by itself.

    `parallel`: jobs of an array at once. `at_once`: submissions in each of them; `cpus`: for each of these. `minutes`,
    `memory` (like `8G`) and `gpus` (a number, or like `a100:1`): of each job; functions never take a GPU. `image`: an
    Apptainer image that has the same version of everything. `setup`: lines of shell before Python is started.
    `options`: any other of sbatch's, by its long name.
    """

    partition: str = ""  # where the jobs go
    account: str = ""  # whom they are charged to
    constraint: str = ""  # features of the nodes
    parallel: Count = 16
    at_once: Count = 1
    cpus: Count = 1
    minutes: Count = 60  # of each job
    memory: str = ""  # of each job, like `8G`
    gpus: Annotated[int, msgspec.Meta(ge=0)] | str = 0  # of each job: a number, or like `a100:1`
    image: str = ""
    setup: tuple[str, ...] = ()
    options: dict[str, str | int | bool] = {}
