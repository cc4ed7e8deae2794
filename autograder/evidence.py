"""What a whole notebook showed when it was run, and what the judge measured: data only, frozen.

Every figure has a standing. *claimed*: it stands in the outputs stored in the submitted file. *observed*: our own run
of the notebook produced it, with the student's code in the same process, so it may be forged. *verified*: the judge
counted it itself, on labels that never entered the student's process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Standing = Literal["claimed", "observed", "verified"]
Mode = Literal["smoke", "full"]


# ---- one execution of the notebook -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class CellRun:
    """What became of one code cell; `number` as in records.Cell (counts all cells from 1).

    `text`: what it printed (stdout and stderr, then a traceback's last line), cut. `events`: what the assignment's hook
    inside the kernel reported while it ran, in order; plain JSON data from the student's process: check every type.
    status: `ran`; `failed` (it raised: `error` is `NameError: name 'x' is not defined`); `timed out` (interrupted or
    killed); `not run` (the notebook's time was over, or the kernel was gone); `skipped` (no Python in it).
    """

    number: int
    heading: str  # the nearest heading above it, without the #
    status: Literal["ran", "failed", "timed out", "not run", "skipped"]
    seconds: float = 0.0
    error: str = ""
    text: str = ""
    events: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Execution:
    """One run of a notebook, top to bottom. `remarks`: one sentence for each oddity, for students to read."""

    mode: Mode
    data: str  # "synthetic", or the name of the file
    device: str  # "cpu", or the GPU's name
    tier: str  # isolation of the kernel
    cells: tuple[CellRun, ...]
    seconds: float
    remarks: tuple[str, ...] = ()
    problem: str = ""  # why it could not be run at all, or ended early; empty when it came to the end


# ---- trainings -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch; losses in nats, accuracies as shares; None where none was found."""

    train_loss: float | None = None
    train_acc: float | None = None
    valid_loss: float | None = None
    valid_acc: float | None = None


@dataclass(frozen=True)
class Training:
    """One training of one model, as far as it is known.

    `kind`: of the model, "LSTM", or "" (unknown). `settings`: what the notebook set, by name, as far as known.
    `section`: the rubric's part it was made for by the notebook's headings ("lab1.f", "lab2.c"), or "".
    `complete`: it came to its test figures. `data`: as Execution.data; "" for stored outputs.
    `broke_off`: the notebook's driver raised an error after the first step. `lines`: the first and the last of the
    printed lines that tell of it.
    """

    standing: Standing
    cell: int
    section: str
    kind: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    vocab_size: int | None = None
    num_params: int | None = None
    epochs: tuple[Epoch, ...] = ()
    test_loss: float | None = None
    test_acc: float | None = None
    seconds: float | None = None
    complete: bool = False
    error: str = ""
    data: str = ""
    broke_off: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Breach:
    """A rule of the assignment that the notebook breaks, or (`hint`) a hint that it goes past."""

    rule: str  # "epochs", "trials", "seed", "hyperparams", "warmup", "init_weights", "optimizer", "layers", …
    where: str  # "cell 12, line 3: `SEED = 7`"
    what: str  # one sentence with the numbers
    consequence: str  # the rubric's: one sentence
    sections: tuple[str, ...] = ()  # parts of the rubric that it touches; empty: the whole notebook
    hint: bool = False


@dataclass(frozen=True)
class Evidence:
    """All that was found out about a notebook's trainings. `contradictions`: sentences with the numbers.

    `cut`: cells that our run stopped or never reached, time being over; `failed`: by cell, the error that ended it.
    `own`: settings that the notebook gives itself in place of the template's.
    `tried`: cells that were to train but did not come to their end, each with the parts that its marks and its settings
    name. `marked`: headings or comments tell the later parts of the assignment apart. `unread`: why nothing of all this
    could be found out, one sentence; empty where it could.
    """

    trainings: tuple[Training, ...] = ()
    breaches: tuple[Breach, ...] = ()
    contradictions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    cut: tuple[int, ...] = ()
    failed: Mapping[int, str] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    tried: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    marked: bool = True
    unread: str = ""

    def of(self, *sections: str, standing: Standing | None = None) -> tuple[Training, ...]:
        """The trainings of these parts of the rubric, of one standing or of all."""
        return tuple(t for t in self.trainings if t.section in sections and standing in (None, t.standing))


# ---- accuracy --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Point:
    """Validation accuracy on the way: after `epochs` (a fraction of one counts) of training."""

    epochs: float
    valid_acc: float


@dataclass(frozen=True)
class Attempt:
    """One training by the judge's recipe with one seed; `test_acc` None when it was given up before the test."""

    seed: int
    curve: tuple[Point, ...]
    valid_acc: float
    test_acc: float | None
    seconds: float
    ended: str  # one clause: "validation reached 0.860", "given up: 0.52 after one epoch", "the process died"


@dataclass(frozen=True)
class ClassVerdict:
    """Whether one model class of the notebook reaches the bar when the judge trains it.

    verdict: `verified`; `below` (it learns, but not enough); `structure` (it fails a check that needs no training, so
    accuracy would prove nothing); `broken` (it can't be built or run); `absent` (not in the notebook).
    `reason`: one sentence for students. `shuffled`, `truncated`: accuracy on texts with shuffled words, and cut to
    their first tokens; None when not measured.
    """

    name: str
    verdict: Literal["verified", "below", "structure", "broken", "absent"]
    reason: str
    test_acc: float | None = None
    threshold: float = 0.0
    recipe: str = ""  # "fast" or "published"
    data: str = ""  # "synthetic", or the name of the file
    attempts: tuple[Attempt, ...] = ()
    shuffled: float | None = None
    truncated: float | None = None
    seconds: float = 0.0  # processor time, both sides
    metric: str = "accuracy"  # what `test_acc`, `threshold`, and the attempts' figures are
    doubt: str = ""  # why a person should look before a verified model is paid for; one clause


# ---- the report PDF --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    """One True/False answer as found in the report. `proposed`: points that the tool would give; None: a person must.

    `said`: "true", "false" or "" (not found); `quote`: the reason in the student's words, cut.
    """

    item: str
    said: str
    quote: str
    proposed: float | None
    why: str  # one sentence for the person who confirms


@dataclass(frozen=True)
class ReportFindings:
    """What the PDF is. `name`: empty when none was found. `printed`: evidence that it is the notebook exported to PDF,
    one sentence each; `broken_rules`: rules of the hand-in that seem broken, one sentence each: about both a person
    decides. `problem`: why it can't be read, empty when it can."""

    name: str
    pages: int = 0
    words: int = 0
    figures: int = 0
    printed: tuple[str, ...] = ()
    broken_rules: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""
