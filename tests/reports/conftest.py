"""Sample reports: one of each kind, the mixed one full of hostile text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import full_reports
import pytest
from reading import html_of

from autograder.marks import Mark
from autograder.records import CellReport, Counterexample, Outcome, Problem, Report, Score
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(Path(__file__).parents[2] / "autograder" / "assignments" / "labrnn" / "rubric.toml")
SECRET = "hunter2-secret"
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=y> \"' {{ 7*7 }} {% raw %} [red]x[/red] [link=http://e.example]y[/link] "
    "`a` ``` ]]> &amp; | *b* _c_ # \x1b[31m\x07\x00\x9b \u202e\u2066 \ud800\udfff \ufffe \r\n- item\n```\n~~~\n</pre></html>"
)

Make = Callable[..., Report]


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def make() -> Make:
    """Makes a report around a score, with any field changed."""
    return _make


@pytest.fixture
def perfect() -> Report:
    marks = {item.id: Mark(item.points) for item in RUBRIC.items}
    return _make(score(RUBRIC, [], marks=marks))


@pytest.fixture
def mixed() -> Report:
    """Failures public and hidden, hostile text wherever a student can put it, items pending and excused."""
    example = Counterexample(f"tokenize({HOSTILE})", HOSTILE, "[]")
    veiled = Counterexample(SECRET, SECRET, SECRET)
    outcomes = [
        _outcome("lab1.a", "passed"),
        _outcome("lab1.a", "failed", message=HOSTILE),
        _outcome("lab1.b", "passed"),
        _outcome("lab1.b", "failed", visibility="hidden", message=SECRET, counterexample=veiled),
        _outcome("lab1.c", "failed", counterexample=example),
        _outcome("lab1.d", "passed"),
    ]
    return _make(
        score(
            RUBRIC,
            outcomes,
            substitutes={"lab1.d": ("tokenize", HOSTILE)},
            excused={"lab1.g.init": HOSTILE},
            marks={"lab1.f.answer": Mark(2.5, HOSTILE)},
            remarks=[HOSTILE],
        ),
        submission=HOSTILE,
        source=HOSTILE,
        notebook=HOSTILE,
        cells=(
            CellReport(1, "loaded"),
            CellReport(4, "partly", (Problem(3, HOSTILE, HOSTILE),)),
            CellReport(7, "failed"),
        ),
        output=f"printed {SECRET}",
        versions={"torch": HOSTILE},
    )


@pytest.fixture
def grader_error() -> Report:
    return _make(score(RUBRIC, [_outcome("lab1.a", "passed"), _outcome("lab1.b", "error", message="KeyError: 'x'")]))


@pytest.fixture
def unreadable() -> Report:
    return _make(replace(score(RUBRIC, []), total=0.0), problem=f"This is not a notebook: {HOSTILE}")


@pytest.fixture
def failure() -> Report:
    return _make(replace(score(RUBRIC, []), total=None), failure=f"SandboxError: {HOSTILE}")


@pytest.fixture
def every(perfect: Report, mixed: Report, grader_error: Report, unreadable: Report, failure: Report) -> list[Report]:
    return [perfect, mixed, grader_error, unreadable, failure]


@pytest.fixture(scope="session")
def full() -> Report:
    """A run of everything: 23 trainings, failures, broken rules, verdicts both ways, a report PDF."""
    return full_reports.full(_make(score(RUBRIC, [_outcome("lab1.a", "passed"), _outcome("lab1.b", "failed")])))


@pytest.fixture(scope="session")
def nothing_known() -> Report:
    """A run of everything of which nothing is known."""
    return full_reports.nothing_known(_make(score(RUBRIC, [])))


@pytest.fixture(scope="session")
def hostile_notebook() -> Report:
    """A run of everything with hostile text and impossible figures wherever a student can put them."""
    return full_reports.hostile(_make(score(RUBRIC, [])), HOSTILE)


def _outcome(item: str, status: str, visibility: str = "public", **rest: object) -> Outcome:
    sentence = "Words seen `min_freq` times stay."
    return Outcome(item, "check", sentence, 1.0, False, visibility, status, **rest)  # type: ignore[arg-type]


def _make(result: Score, **changes: object) -> Report:
    report = Report(
        assignment="labrnn",
        title=RUBRIC.assignment.title,
        submission="student_042",
        source="student_042.ipynb",
        notebook="LabRNN.ipynb",
        score=result,
        tier="bubblewrap",
        tier_number=1,
        seed="7f3a91c2",
        versions={"python": "3.11"},
        seconds={"checks": 1.25, "total": 2.5},
        started="2026-03-01T10:00:00Z",
    )
    return replace(report, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def page(full: Report) -> str:
    return html_of(full)


@pytest.fixture(scope="module")
def hostile_page(hostile_notebook: Report) -> str:
    return html_of(hostile_notebook)
