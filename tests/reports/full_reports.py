"""Reports of whole notebooks: a realistic one with the reference's 23 trainings, and a hostile one."""

from __future__ import annotations

import random
from dataclasses import replace
from math import inf, nan
from typing import Any

from autograder.evidence import (
    Answer,
    Attempt,
    Breach,
    CellRun,
    ClassVerdict,
    Epoch,
    Evidence,
    Execution,
    Point,
    ReportFindings,
    Training,
)
from autograder.records import Report

BASE: dict[str, Any] = {"LR": 0.001, "OPTIM": "rmsprop", "N_LAYERS": 1, "HIDDEN_DIM": 100, "EMBEDDING_DIM": 1}
BASE |= {"BIDIRECTIONAL": False, "SEED": 5, "N_EPOCHS": 5, "STOP_WORDS": {"the", "a"}}
WIDE = {"EMBEDDING_DIM": 32}
SGD = {"OPTIM": "sgd", "LR": 0.01}
RUNS: list[tuple[str, str, dict[str, Any], float]] = [
    ("lab1.f", "LSTM", SGD, 0.5),
    ("lab1.h", "GRU", SGD, 0.5),
    *(("lab2.a", "LSTM", {"OPTIM": name}, a) for name, a in (("adagrad", 0.825), ("rmsprop", 0.87), ("adam", 0.869))),
    *(("lab2.b", "GRU", {"OPTIM": name}, a) for name, a in (("adagrad", 0.858), ("rmsprop", 0.869), ("adam", 0.878))),
    *(("lab2.c", "LSTM", {"N_LAYERS": layers}, a) for layers, a in ((2, 0.866), (3, 0.5), (4, 0.5))),
    *(("lab2.d", "LSTM", {"HIDDEN_DIM": hidden}, a) for hidden, a in ((10, 0.854), (300, 0.585))),
    *(("lab2.e", "LSTM", {"EMBEDDING_DIM": wide}, a) for wide, a in ((32, 0.876), (128, 0.87), (256, 0.857))),
    *(("lab2.f", "LSTM", WIDE | {"HIDDEN_DIM": h}, a) for h, a in ((50, 0.869), (100, 0.8806), (300, 0.88), (9, 0.87))),
    *(("lab2.g", "LSTM", {**WIDE, "BIDIRECTIONAL": b}, a) for b, a in ((True, 0.857), (False, 0.88), (True, 0.86))),
]  # fmt: skip


def training(section: str, kind: str, changes: dict[str, Any], reached: float, **rest: Any) -> Training:
    """A training whose curves bend towards the accuracy it reached."""
    settings = {**BASE, **changes}
    dice = random.Random(f"{section}{kind}{changes}")
    wide, hidden, layers, sides = (
        settings["EMBEDDING_DIM"],
        settings["HIDDEN_DIM"],
        settings["N_LAYERS"],
        1 + settings["BIDIRECTIONAL"],
    )
    gates = 4 if kind == "LSTM" else 3
    parameters = 56_729 * wide + sides * gates * hidden * (wide + hidden + 2) + 2 * sides * hidden + 2
    parameters += (layers - 1) * sides * gates * hidden * (sides * hidden + hidden + 2)
    learns = reached > 0.6
    epochs = tuple(
        Epoch(
            train_loss=0.693 * 0.45**n if learns else 0.693,
            train_acc=1 - 0.5 * 0.45 ** (n + 0.5) if learns else 0.5,
            valid_loss=0.3 + 0.3 * 0.3**n + 0.04 * n if learns else 0.694,
            valid_acc=reached - (reached - 0.55) * 0.25 ** (n + 1) + dice.uniform(-0.01, 0.01) if learns else 0.4995,
        )
        for n in range(5)
    )
    facts: dict[str, Any] = {
        "standing": "observed",
        "cell": 40,
        "complete": True,
        "seconds": 118.0,
        "vocab_size": 56_729,
    }
    facts |= {"test_acc": reached, "test_loss": 0.4, "num_params": parameters, "epochs": epochs, "data": "reviews.csv"}
    return Training(section=section, kind=kind, settings=settings, **{**facts, **rest})


def execution(**changes: Any) -> Execution:
    cells = (
        CellRun(3, "Setup", "ran", 2.0, text="downloading"),
        CellRun(40, "Deeper", "failed", 210.0, error="RuntimeError: The size of tensor a (100) must match b (200)"),
        CellRun(44, "Wider", "timed out", 600.0),
        CellRun(48, "Bidirectional", "not run"),
    )
    whole = Execution(
        "full", "reviews.csv", "NVIDIA H100", "bubblewrap", cells, 2712.0, ("`.cuda()` did nothing: there is no GPU.",)
    )
    return replace(whole, **changes)


def evidence() -> Evidence:
    """23 observed trainings, one of which died, the same claimed, two breaches and a hint."""
    observed = [training(*run) for run in RUNS]
    died: dict[str, Any] = {
        "complete": False,
        "test_acc": None,
        "test_loss": None,
        "error": "RuntimeError: out of memory",
    }
    observed[10] = replace(observed[10], epochs=observed[10].epochs[:2], **died)
    claimed = [training(s, k, c, a + 0.002, standing="claimed", seconds=None, data="") for s, k, c, a in RUNS[:12]]
    breaches = (
        Breach(
            "layers",
            "cell 41, line 2",
            "5 recurrent layers; the hint says at most 4.",
            "None: this is a hint.",
            ("lab2.c",),
            True,
        ),
        Breach(
            "seed",
            "cell 12, line 30",
            "`SEED` is 7, and 5 in the template.",
            "Part lab2.a counts no runs.",
            ("lab2.a",),
        ),
        Breach("epochs", "cell 44, line 3", "8 epochs; at most 5 are allowed.", "These runs don't count.", ("lab2.d",)),
    )
    contradictions = ("Training 4 claims 98,131 parameters; the formula gives 98,331.",)
    return Evidence(
        (*observed, *claimed), breaches, contradictions, ("The log of cell 44 ends in the middle of an epoch.",)
    )


def verdicts() -> tuple[ClassVerdict, ...]:
    rising = tuple(Point(n / 8, 0.87 - 0.35 * 0.7**n) for n in range(1, 13))
    flat = tuple(Point(n / 8, 0.5 + 0.004 * (n % 3)) for n in range(1, 9))
    good = Attempt(11, rising, 0.861, 0.859, 6.1, "validation reached 0.861")
    bad = tuple(Attempt(n, flat, 0.508, None, 3.0, "given up: 0.51 after one epoch") for n in range(4))
    return (
        ClassVerdict(
            "LSTM", "verified", "It reaches the bar.", 0.859, 0.84, "fast", "reviews.csv", (good,), 0.71, 0.66, 6.1
        ),
        ClassVerdict(
            "GRU",
            "below",
            "It stays at chance level in four attempts.",
            0.501,
            0.84,
            "fast",
            "reviews.csv",
            bad,
            0.5,
            0.5,
            12.0,
        ),
        ClassVerdict("BiLSTM", "structure", "Padding changes what it says.", None, 0.84),
    )


def findings() -> ReportFindings:
    answers = (
        Answer(
            "tf.1", "true", "All three are linear maps of the same input.", 3.0, "The key agrees and a reason is there."
        ),
        Answer("tf.7", "false", "BERT needs fine-tuning.", None, "This one is always a person's."),
        Answer("tf.8", "", "", None, "No answer was found."),
    )
    printed = ("The producer is Chromium's print.", "14 of 20 pages show In [n] prompts.")
    return ReportFindings(
        "report.pdf", 12, 3100, 14, printed, ("There is a second notebook.",), answers, ("Page 3 has no text.",)
    )


def full(report: Report) -> Report:
    """The report of a run of everything."""
    return replace(
        report, execution=execution(), evidence=evidence(), accuracy=verdicts(), findings=findings(), bar=0.84
    )


def nothing_known(report: Report) -> Report:
    """Everything that may be empty is."""
    bare = tuple(Training(standing, 1, "", error="") for standing in ("verified", "observed", "claimed"))
    empty = ClassVerdict("LSTM", "absent", "")
    some = Attempt(0, (), 0.0, None, 0.0, "")
    return replace(
        report,
        execution=Execution("smoke", "", "", "", (), 0.0),
        evidence=Evidence((*bare, replace(bare[1], epochs=(Epoch(), Epoch(valid_acc=0.5))))),
        accuracy=(empty, replace(empty, name="GRU", attempts=(some,))),
        findings=ReportFindings("", problem="It can't be opened."),
    )


def hostile(report: Report, text: str, count: int = 60) -> Report:
    """`text` in every place that a student can write to, and figures that are none."""
    settings = {text: text, "LR": nan, "N_LAYERS": 10**400, "STOP_WORDS": {text}, "x": object()}
    odd = (Epoch(nan, inf, -inf, nan), Epoch(1e300, -5.0, 1e-320, 7.0), Epoch(0.5, 0.5, 0.5, 0.5))
    mad = Training("observed", 3, "lab2.c", text, settings, 10**30, 10**400, odd * 40, nan, inf, nan, False, text, text)
    trainings = [
        replace(
            mad,
            section=("lab2.c", "lab2.f", text, "")[n % 4],
            test_acc=0.5 if n % 3 else nan,
            settings={"$\\frac": f"$_{{{n}$"} | settings,
        )
        for n in range(count)
    ]
    cells = (CellRun(1, text, "failed", nan, text, text, ({text: text},)),) * count
    curve = (Point(nan, 0.5), Point(0.5, inf), Point(1.0, 0.6))
    attempt = Attempt(1, curve, nan, nan, nan, text)
    verdict = ClassVerdict(text, "below", text, nan, 0.84, text, text, (attempt,) * count, nan, inf, nan)
    answer = Answer(text, text, text, nan, text)
    many = (text,) * count
    broken = (Breach(text, text, text, text, (text,)),) * count
    return replace(
        report,
        execution=Execution("full", text, text, text, cells, nan, many, text),
        evidence=Evidence(tuple(trainings), broken, many, many, (1,) * count, dict(enumerate(many))),
        accuracy=(verdict, verdict),
        findings=ReportFindings(text, 1, 2, 3, many, many, (answer,) * count, many, text),
        bar=0.84,
    )
