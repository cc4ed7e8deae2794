"""Reports as students get them, one of each kind: for the tests of the page that they read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograder.evidence import CellRun, Epoch, Evidence, Execution, Training
from autograder.folder import BUILT_IN
from autograder.marks import Mark
from autograder.records import CellReport, Counterexample, Outcome, Problem, Report, Score
from autograder.rubric import load_rubric
from autograder.scoring import score
from tests.reports import full_reports

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
ENORMOUS = "<script>alert(1)</script>" + "x" * 3_000 + "\n" + "so many words " * 500
PLACES = {
    3: "In [2], under “Set-up”",
    5: "under “Part b”",
    8: "under “Part b”",
    12: "In [9], under “Part e”",
    **{number: f"In [{number}], under “Part {number}”" for number in range(20, 32)},
}
RAISED = "raised NotImplementedError: LSTM (cell 12 (In [9], under “Part e”), line 28)"


def outcome(item: str, status: str = "failed", message: str = "", **rest: Any) -> Outcome:
    facts = {"weight": 1.0, "required": False, "visibility": "public", "check": "check", **rest}
    facts.setdefault("sentence", f"What {item} gives back is right, whatever comes in.")
    return Outcome(item, status=status, message=message, **facts)


def report(result: Score, **changes: Any) -> Report:
    base = Report(
        assignment="labrnn",
        title=RUBRIC.assignment.title,
        submission="student_042",
        source="student_042.ipynb",
        notebook="LabRNN.ipynb",
        score=result,
        tier="bubblewrap: own namespaces, no network, only its libraries readable, limits kept by the kernel",
        tier_number=1,
        seed="7f3a91c2",
        versions={"autograder": "0.1.0", "python": "3.11.7", "torch": "2.13.0+cpu"},
        seconds={"checks": 1.25, "total": 2.5},
        started="2026-03-01T10:00:00Z",
        cells=tuple(CellReport(number, "loaded") for number in PLACES),
        places=PLACES,
    )
    return replace(base, **changes)


def faults() -> Report:
    """Faults in several items: a wrong value, an error, one that two items share, a hidden check, two broken cells."""
    vocabulary = "{'<pad>': 0, '<unk>': 1, 'bapoz': 2, 'vafok': 3, 'patop': 4, 'mupup': 5}"
    key = Counterexample(f"tokenize({vocabulary}, 'bapoz kakop')", "raised KeyError: 'kakop' (cell 8, line 2)", "")
    kept = Counterexample("dataset = IMDB(['a b c'], ['negative'], max_length=2)\ndataset[0]", "[7, 2, 5]", "[7, 2]")
    rows = "lstm = LSTM(13, 3, 5)\nlstm(torch.tensor([[6, 7], [11, 0]]))\nlstm(torch.tensor([[6, 7]]))"
    apart = Counterexample(rows, "torch.tensor([[-0.70064, 0.13609]])", "the same logits both ways")
    raised = Counterexample("GRU(13, 3, 5)", RAISED, "")
    gru = {"cause": "raised", "origin": "NotImplementedError in cell 12, line 28", "counterexample": raised}
    outcomes = [
        outcome("lab1.a", "passed"),
        *(outcome("lab1.b", "passed", check=f"c{n}") for n in range(3)),
        outcome("lab1.b", check="hidden", visibility="hidden", sentence="A word seen `min_freq` times stays."),
        outcome("lab1.c", "passed"),
        outcome("lab1.c", message=key.got, cause="raised", origin="KeyError", counterexample=key, check="raises"),
        *(outcome("lab1.d", "passed", check=f"c{n}") for n in range(9)),
        outcome("lab1.d", message="3 words with max_length=2", counterexample=kept, check="cut"),
        outcome("lab1.e.init", "passed"),
        *(outcome("lab1.e.forward", "passed", check=f"c{n}") for n in range(3)),
        outcome("lab1.e.forward", message="row 1 alone, against the same row", counterexample=apart, check="rows"),
        outcome("lab1.e.forward", weight=0.0, message="only one direction trains", check="remark"),
        outcome("lab1.g.init", message=RAISED, required=True, **gru),
        outcome("lab1.g.forward", message=RAISED, required=True, **gru),
    ]
    cells = [CellReport(number, "loaded") for number in PLACES]
    cells[0] = CellReport(3, "partly", (Problem(4, "import torchtext", "ModuleNotFoundError: No module 'torchtext'"),))
    cells[1] = CellReport(5, "failed", (Problem(1, "def helper(:", "SyntaxError: invalid syntax"),))
    result = score(RUBRIC, outcomes, substitutes={"lab1.d": ("tokenize",)})
    return report(result, cells=tuple(cells), remarks=("The notebook is called A.ipynb; LabRNN.ipynb is asked for.",))


def reference() -> Report:
    """Full marks in all that was graded."""
    own = [item for item in RUBRIC.items if item.marking == "automatic"]
    return report(score(RUBRIC, [outcome(item.id, "passed") for item in own]))


def blank() -> Report:
    """The template as it was downloaded: nothing is there yet."""
    own = [item.id for item in RUBRIC.items if item.step == "functions"]
    why = "raised NotImplementedError (cell 12 (In [9], under “Part e”), line 3)"
    made = [
        outcome(item, message=why, cause="raised", origin=f"NotImplementedError in {item}", required=True,
                counterexample=Counterexample(f"f({item!r})", f"{why} of {item}", "")) for item in own
    ]  # fmt: skip
    return report(score(RUBRIC, made))


def whole() -> Report:
    """A run of everything on real data, faults in it, with all its pictures."""
    return full_reports.full(faults())


def smoke() -> Report:
    """A run of everything on made-up data: flat curves that mean nothing."""
    flat = tuple(Epoch(0.693, 0.5, 0.693, 0.5) for _ in range(5))
    settings = [{**full_reports.BASE, "HIDDEN_DIM": 10 + n} for n in range(14)]
    made = [
        Training("observed", 20 + n % 12, f"lab2.{'abcdefg'[n % 7]}", "LSTM", own, 900, 41_440, flat, 0.69, 0.5, 0.4,
                 True, data="synthetic") for n, own in enumerate(settings)
    ]  # fmt: skip
    cells = tuple(CellRun(number, "Part", "ran", 1.0) for number in PLACES)
    run = Execution("smoke", "synthetic", "cpu", "bubblewrap", cells, 71.8)
    verdicts = (replace(full_reports.verdicts()[0], data="synthetic"),)
    return replace(reference(), execution=run, evidence=Evidence(tuple(made)), accuracy=verdicts)


def refused() -> Report:
    """A hand-in that is no notebook."""
    nothing = replace(score(RUBRIC, []), total=0.0)
    return report(
        nothing, problem="report.docx is no notebook; hand in LabRNN.ipynb.", notebook="", places={}, cells=()
    )


def enormous() -> Report:
    """Texts without end and without spaces wherever a student has a hand in."""
    example = Counterexample(f"tokenize({ENORMOUS!r})", ENORMOUS, ENORMOUS)
    outcomes = [
        outcome("lab1.a", message=ENORMOUS),
        outcome("lab1.b", message=ENORMOUS, counterexample=example),
        outcome("lab1.c", message="x", counterexample=example, cause="raised", origin=ENORMOUS),
        outcome("lab1.d", "passed"),
    ]
    result = score(
        RUBRIC,
        outcomes,
        excused={"lab1.g.init": ENORMOUS},
        marks={"lab1.f.answer": Mark(2.5, ENORMOUS)},
        substitutes={"lab1.d": ("tokenize", ENORMOUS)},
    )
    cells = (CellReport(3, "partly", (Problem(3, ENORMOUS, ENORMOUS),)), CellReport(5, "failed"))
    made = report(result, submission=ENORMOUS, notebook=ENORMOUS, remarks=(ENORMOUS,), cells=cells, output=ENORMOUS)
    return full_reports.hostile(made, ENORMOUS[:200], 2)


def null() -> Report:
    """An item at which the grader itself failed."""
    trace = "Traceback (most recent call last):\n  File \"checks.py\", line 3\nKeyError: 'x'"
    return report(score(RUBRIC, [outcome("lab1.a", "passed"), outcome("lab1.b", "error", trace), outcome("lab1.c")]))


KINDS = {kind.__name__: kind for kind in (reference, faults, blank, whole, smoke, refused, enormous, null)}
