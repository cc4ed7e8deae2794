"""The sections of report.md about a whole notebook: the page's facts as text and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.evidence import ClassVerdict, Evidence, Execution, ReportFindings
from autograder.records import Report
from autograder.reports import trainings
from autograder.reports.markdown_text import escape, prose
from autograder.reports.trainings import SENTENCES, Row, Section, figure, percent, seconds, short, whole


def parts(report: Report) -> list[str]:
    """Blocks of Markdown, none where there is nothing to tell. Expects a view."""
    blocks: list[str] = []
    if report.accuracy:
        blocks += ["## Accuracy, measured by the judge", *(block for v in report.accuracy for block in _verdict(v))]
    if report.execution:
        blocks += ["## The notebook's run", *_run(report.execution)]
    if report.evidence:
        blocks += ["## Trainings", *_evidence(report.evidence)]
        blocks += [block for section in trainings.sections(report) for block in _section(section)]
    if report.findings:
        blocks += ["## The report", *_findings(report.findings)]
    return [block for block in blocks if block]


def _verdict(verdict: ClassVerdict) -> list[str]:
    facts = (
        ("test accuracy", verdict.test_acc), ("the bar", verdict.threshold or None),
        ("words shuffled", verdict.shuffled), ("first words only", verdict.truncated),
    )  # fmt: skip
    told = [f"{name} {percent(share)}" for name, share in facts if share is not None]
    told += [f"{escape(short(verdict.recipe))} recipe"] if verdict.recipe else []
    told += [f"on {escape(trainings.source(verdict.data))}"] if verdict.data else []
    told += [f"{seconds(verdict.seconds)} of processor time"] if verdict.seconds else []
    rows = [
        (str(a.seed), percent(a.valid_acc), percent(a.test_acc), seconds(a.seconds), escape(short(a.ended)))
        for a in verdict.attempts[:20]
    ]
    table = _table(("seed", "validation", "test", "time", "ended"), rows)
    return [
        f"**{escape(short(verdict.name))}: {verdict.verdict}.** {prose(short(verdict.reason))}",
        "; ".join(told),
        table,
    ]


def _run(run: Execution) -> list[str]:
    broken = trainings.trouble(run.cells)
    rows = [
        (str(c.number), escape(short(c.heading)), c.status, seconds(c.seconds), escape(short(c.error)))
        for c in broken[:SENTENCES]
    ]
    more = f"{len(broken) - SENTENCES} more cells did not come to their end." if len(broken) > SENTENCES else ""
    table = _table(("cell", "under the heading", "", "time", "error"), rows)
    summary = " ".join(filter(None, (escape(trainings.run_summary(run)), trainings.smoke_note(run))))
    return [summary, prose(short(run.problem)), _list(run.remarks), table, more]


def _evidence(evidence: Evidence) -> list[str]:
    found = trainings.breaches(evidence)
    rows = [
        (
            f"{escape(short(b.rule))}{' (hint)' if b.hint else ''}",
            escape(short(b.where)),
            prose(short(b.what)),
            prose(short(b.consequence)),
        )
        for b in found[:SENTENCES]
    ]
    more = f"{len(found) - SENTENCES} more." if len(found) > SENTENCES else ""
    doubts = ["Figures that contradict each other:", _list(evidence.contradictions)] if evidence.contradictions else []
    count = trainings.count_by_standing(evidence.trainings) or "No training was found"
    return [f"{count}.", _table(("rule", "where", "what", "consequence"), rows), more, *doubts, _list(evidence.remarks)]


def _section(section: Section) -> list[str]:
    title = " ".join(text for text in (escape(short(section.id)), escape(section.title)) if text)
    common = f"Same in all: {escape(section.common)}" if section.common else ""
    more = f"{section.left_out} more trainings are not shown." if section.left_out else ""
    head = ("no.", "class", "settings", "parameters", "epochs", "best validation", "least loss", "test", "loss", "time")
    rows = [_training(row) for row in section.rows]
    return [f"### {title}", common, _table((*head, "standing", "problem"), rows), more]


def _training(row: Row) -> Sequence[str]:
    training = row.training
    best, least = trainings.best_epoch(training), trainings.least_loss(training)
    problem = "" if training.complete and not training.error else training.error or "not complete"
    return (
        str(row.number),
        escape(short(training.kind)),
        escape(row.settings),
        whole(training.num_params),
        str(len(training.epochs)),
        f"{percent(best[1])} (epoch {best[0]})" if best else "–",
        figure(least[1]) if least else "–",
        percent(training.test_acc),
        figure(training.test_loss),
        seconds(training.seconds),
        training.standing,
        escape(short(problem)),
    )


def _findings(found: ReportFindings) -> list[str]:
    if found.problem:
        what = prose(short(found.problem))
    elif not found.name:
        what = "No report was found."
    else:
        what = f"{escape(short(found.name))}: {trainings.extent(found)}."
    rows = [
        (
            escape(short(a.item)),
            escape(short(a.said)) or "not found",
            escape(short(a.quote)),
        )
        for a in trainings.answers(found)[:SENTENCES]
    ]
    return [
        what,
        _list(found.remarks),
        _table(("item", "answer", "reason as found"), rows),
        "So they were read; a person marks them." if rows else "",
    ]


def _list(texts: Sequence[str]) -> str:
    more = [f"- {len(texts) - SENTENCES} more."] if len(texts) > SENTENCES else []
    return "\n".join([*(f"- {prose(short(text))}" for text in texts[:SENTENCES]), *more])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; nothing without rows."""
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]) if lines else ""
