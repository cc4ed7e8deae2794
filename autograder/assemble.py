"""From facts to a report: points, marks and the rubric's rules. Runs nothing of anybody's, so it can be done again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autograder import __version__
from autograder.facts import Facts
from autograder.lateness import Lateness
from autograder.records import Outcome, Report, Score
from autograder.run import Run
from autograder.scoring import score


def report_of(run: Run, facts: Facts, path: Path, name: str, late: Lateness | None = None) -> Report:
    """The report of a submission: what was found, and what that is worth now. `late`: what follows from its time.

    Raises:
        ConfigError: the facts, or a mark, are about an item that the rubric does not have.
    """
    own, functions = run.marks.marks_for(name), facts.functions
    if facts.failure or functions is None or functions.problem:
        nothing = score(run.rubric, [], marks=own.marks, broken_rule=own.broken_rule)
        blank = blank_report(run, facts, path, name, nothing)
        if facts.failure:
            return replace(blank, score=Score(nothing.items, None, nothing.maximum), failure=facts.failure)
        return replace(blank, problem=functions.problem if functions is not None else "")
    result = score(
        run.rubric,
        weighed(run, facts.outcomes),
        substitutes=functions.substitutes,
        excused=functions.excused,
        marks=own.marks,
        broken_rule=own.broken_rule,
        late=late,
    )
    return replace(
        blank_report(run, facts, path, name, result),
        notebook=functions.notebook,
        places=functions.places,
        versions={"autograder": __version__, **functions.versions},
        cells=functions.cells,
        remarks=functions.remarks,
        output=functions.output,
        seconds=facts.seconds,
        peak_memory_mb=functions.peak_memory_mb,
        execution=facts.notebook.execution if facts.notebook is not None else None,
        evidence=facts.notebook.evidence if facts.notebook is not None else None,
        accuracy=facts.accuracy.verdicts if facts.accuracy is not None else (),
        findings=facts.report.findings if facts.report is not None else None,
    )


def weighed(run: Run, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """The outcomes with the weights that the course gives to its checks now."""
    if run.rubric.course is None:
        return outcomes
    changed, found = run.rubric.course.checks, []
    for outcome in outcomes:
        change = changed.get((outcome.item, outcome.check))
        if change is not None and change.weight is not None:
            outcome = replace(outcome, weight=change.weight)
        if change is not None and change.required is not None:
            outcome = replace(outcome, required=change.required)
        found.append(outcome)
    return tuple(found)


def blank_report(run: Run, facts: Facts, path: Path, name: str, result: Score) -> Report:
    """A report with this score, and nothing yet of what was found."""
    rubric = run.rubric
    return Report(
        assignment=rubric.assignment.name,
        title=rubric.assignment.title,
        submission=name,
        source=str(path),
        notebook="",
        rubric=str(rubric.course or ""),
        bar=accuracy.bar if (accuracy := rubric.metrics.get("accuracy")) else None,
        score=result,
        tier=facts.tier,
        tier_number=facts.tier_number,
        seed=facts.seed,
        versions={"autograder": __version__},
        started=facts.started,
    )
