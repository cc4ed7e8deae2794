"""One run, described once: preflight makes the description, and every stage is handed the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.clusters import OnRay, OnSlurm, Where
from autograder.evidence import Mode
from autograder.folder import Folder
from autograder.marks import Marks
from autograder.report_pdf.key import AnswerKey
from autograder.rubric import Rubric

SYNTHETIC = "synthetic"
FUNCTIONS = frozenset({"functions"})


@dataclass(frozen=True)
class Card:
    """One GPU. `name`: as CUDA_VISIBLE_DEVICES names it; `node`: its device node, empty where that is not known."""

    name: str
    node: str = ""


@dataclass(frozen=True)
class Slot:
    """A submission's place on a card. `share`: of the card's memory, 1.0 for all of it. `again`: its run ran out of
    the memory that it had beside others, and is made once more, alone on the card, or on the part that is lent."""

    card: Card
    share: float = 1.0
    again: bool = False


@dataclass(frozen=True)
class Run:
    """What is to be done to every submission, and by which means.

    `steps`: those of the rubric that fill their items. `out`: each submission gets a folder of its name there. `jobs`:
    submissions graded at once. `secret`: what all random inputs come from. `tier`: isolation by this one and no other;
    None for the best; one that would not contain hostile code only if `unsafe`. `runner`: where the work is done;
    `ray`, `slurm`: how, there. `number`: of the run in the gradebook, 0 where there is none.

    Of the steps beyond single functions: `mode`: notebooks run on a little made-up data or on real data; `data`: the
    real data, on which models are trained too, else on made-up data; `notebook_data`: the file that notebooks are
    given, which is made once the run has a folder; `recipe`: how models are trained; `key`: of the questions that
    the report answers, None where it is not read.

    `gpus`: the cards that notebooks run on, "auto", "none", or numbers such as "0,1"; `per_gpu`: so many at once on
    each; `lent`: the share of each that is this process's, where a cluster gives out parts of cards. `slot`: the place
    that this submission has, given by the pool; None where notebooks run on the CPU.
    """

    folder: Folder
    rubric: Rubric
    steps: frozenset[str] = FUNCTIONS
    out: Path = Path()
    jobs: int = 1
    marks: Marks = field(default_factory=Marks)
    secret: bytes = b""
    tier: int | None = None
    unsafe: bool = False
    runner: Where = "local"
    ray: OnRay = field(default_factory=OnRay)
    slurm: OnSlurm = field(default_factory=OnSlurm)
    number: int = 0
    mode: Mode = "smoke"
    data: Path | None = None
    notebook_data: Path | None = None
    recipe: Literal["fast", "published"] = "fast"
    key: AnswerKey | None = None
    gpus: str = "auto"
    per_gpu: int = 4
    lent: float = 1.0
    slot: Slot | None = None

    @property
    def beyond(self) -> frozenset[str]:
        """The steps beyond single functions."""
        return self.steps - FUNCTIONS

    @property
    def data_name(self) -> str:
        """What reports call the data that notebooks are given."""
        return SYNTHETIC if self.data is None or self.mode == "smoke" else self.data.name

    @property
    def cell_seconds(self) -> float:
        """Wall clock of one cell of a notebook; 0 where none is run."""
        limits = self.rubric.notebook
        if limits is None:
            return 0.0
        return limits.smoke_cell_seconds if self.mode == "smoke" else limits.full_cell_seconds

    @property
    def notebook_seconds(self) -> float:
        """Wall clock of one run of a whole notebook; 0 where none is run."""
        limits = self.rubric.notebook
        if limits is None:
            return 0.0
        return limits.smoke_seconds if self.mode == "smoke" else limits.full_seconds
