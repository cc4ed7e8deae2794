"""A notebook's run and its trainings as every format tells them: by part of the rubric, as many as readers can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from autograder.evidence import (
    Answer,
    Breach,
    CellRun,
    ClassVerdict,
    Evidence,
    Execution,
    ReportFindings,
    Standing,
    Training,
)
from autograder.metrics import in_words
from autograder.records import Report

ROWS = 100  # of one part; the rubric allows 50 trials
ALL_ROWS = 400
SENTENCES = 100  # of one kind
LONGEST = 300  # of a text in a table, in characters
SYNTHETIC = "synthetic"  # Training.data and Execution.data of made-up data
STANDINGS: tuple[Standing, ...] = ("verified", "observed", "claimed")
MEANING: Mapping[Standing, str] = {
    "verified": "measured by the grader on labels that the notebook's code never saw",
    "observed": "seen while the grader ran the notebook",
    "claimed": "in the outputs stored in the file that was handed in",
}
SOURCES: Mapping[Standing, str] = {
    "verified": "measured by the grader", "observed": "in the grader's run", "claimed": "in the stored outputs",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One training. `number`: from 1 through the whole report; `settings`: what sets it apart within its part."""

    number: int
    training: Training
    settings: str


@dataclass(frozen=True)
class Section:
    """The trainings of one part of the rubric. `common`: settings that all of them share."""

    id: str  # "lab2.c"; empty for trainings that belong to none
    title: str
    common: str
    rows: tuple[Row, ...]
    left_out: int

    def of(self, standing: Standing) -> list[Row]:
        """The rows of one standing."""
        return [row for row in self.rows if row.training.standing == standing]


def sections(report: Report) -> list[Section]:
    """The trainings by part of the rubric, in its order; claims come last in each and in the numbering."""
    trainings = report.evidence.trainings if report.evidence else ()
    ranked = sorted(trainings, key=lambda training: STANDINGS.index(training.standing))
    owned = {section: [t for t in ranked if t.section == section] for section in _names(report, trainings)}
    kept = {section: own[:ROWS] for section, own in owned.items()}
    places = [(t.standing, section, n) for section, own in kept.items() for n, t in enumerate(own)]
    places.sort(key=lambda place: STANDINGS.index(place[0]))
    numbers = {(section, n): number for number, (_, section, n) in enumerate(places[:ALL_ROWS], 1)}
    found = []
    for section, own in kept.items():
        same = _shared(own)
        rows = tuple(
            Row(numbers[section, n], t, settings_text(t.settings, same))
            for n, t in enumerate(own)
            if (section, n) in numbers
        )
        title = _title(report, section) if section else "Outside the parts of the rubric"
        found.append(Section(section, title, settings_text(same), rows, len(owned[section]) - len(rows)))
    return found


def settings_text(settings: Mapping[str, object], without: Mapping[str, object] | None = None) -> str:
    """`LR=0.001, OPTIM=adam`; names in `without` are left out."""
    pairs = [f"{name}={_value(value)}" for name, value in settings.items() if name not in (without or {})]
    return cut(", ".join(pairs), 200)


def best_epoch(training: Training) -> tuple[int, float] | None:
    """The best validation accuracy, and the epoch (from 1) that reached it first."""
    reached = [(n, e.valid_acc) for n, e in enumerate(training.epochs, 1) if e.valid_acc is not None]
    return max(reached, key=lambda pair: pair[1], default=None)


def least_loss(training: Training) -> tuple[int, float] | None:
    """The least validation loss, and the epoch (from 1) that reached it first."""
    reached = [(n, e.valid_loss) for n, e in enumerate(training.epochs, 1) if e.valid_loss is not None]
    return min(reached, key=lambda pair: pair[1], default=None)


def tested(training: Training) -> float | None:
    """The test accuracy where it is one: a share."""
    accuracy = training.test_acc
    return accuracy if accuracy is not None and isfinite(accuracy) and 0 <= accuracy <= 1 else None


def percent(share: float | None) -> str:
    """87.0 %, or a dash for nothing."""
    if share is None:
        return "–"
    return f"{100 * float(f'{share:.3f}'):.1f} %" if abs(share) < 100 else f"{share:.1e}"  # as 0.976 rounds elsewhere


def figure(number: float | None) -> str:
    """A loss with three decimals, or a dash for nothing."""
    return "–" if number is None else f"{number:.3f}" if abs(number) < 1e5 else f"{number:.1e}"


def reading(value: float | None, metric: str) -> str:
    """A figure of a metric: accuracies in percent, others with three decimals."""
    return percent(value) if is_share(metric) else figure(value)


def is_share(metric: str) -> bool:
    """Whether a metric's figures lie between 0 and 1."""
    return metric.endswith("accuracy")


def thousands(number: int | None) -> str:
    """98,131, or a dash for nothing."""
    return "–" if number is None else f"{number:,}"


def seconds(number: float | None) -> str:
    """4.2 s, 3 min 20 s or 2 h 5 min, or a dash for nothing."""
    if number is None or not 0 <= number < 1e9:
        return "–"
    if number < 100:
        return f"{number:.1f} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes} min {rest} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def short(text: str) -> str:
    """A text cut to what fits a row of a table."""
    return cut(text, LONGEST)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def run_summary(run: Execution) -> str:
    """One sentence on how far the run came, where, and on what."""
    asked = [cell for cell in run.cells if cell.status != "skipped"]
    ran = sum(cell.status == "ran" for cell in asked)
    place = ", ".join(part for part in (f"on {source(run.data)}" if run.data else "", short(run.device)) if part)
    return (
        f"{ran} of {len(asked)} cells came to their end in a {run.mode} run {place}".strip()
        + f", {seconds(run.seconds)}."
    )


def smoke_note(run: Execution) -> str:
    """What a run on made-up data is good for; nothing of other runs."""
    if run.mode != "smoke":
        return ""
    return "A smoke run: little made-up data, so that every cell runs. Its accuracies mean nothing and cost nothing."


def source(data: str) -> str:
    """Where data comes from, in words."""
    return "made-up data" if data == SYNTHETIC else short(data)


def measured(verdict: ClassVerdict) -> str:
    """`test accuracy 85.9 %; the bar 84.0 %; fast recipe; on data.csv`: what is known of the grader's trainings."""
    figures = (
        (f"test {short(in_words(verdict.metric, verdict.name))}", verdict.test_acc),
        ("the bar", verdict.threshold or None),
        ("with each text's words shuffled", verdict.shuffled),
        ("with each text's first words alone", verdict.truncated),
    )
    told = [f"{name} {reading(value, verdict.metric)}" for name, value in figures if value is not None]
    told += [f"{short(verdict.recipe)} recipe"] if verdict.recipe else []
    told += [f"on {source(verdict.data)}"] if verdict.data else []
    told += [f"{seconds(verdict.seconds)} of processor time"] if verdict.seconds else []
    return "; ".join(told)


def trouble(cells: Sequence[CellRun]) -> list[CellRun]:
    """The cells that did not come to their end."""
    return [cell for cell in cells if cell.status in ("failed", "timed out", "not run")]


def breaches(evidence: Evidence) -> list[Breach]:
    """Broken rules, then hints gone past."""
    return sorted(evidence.breaches, key=lambda breach: breach.hint)


def count_by_standing(trainings: Sequence[Training]) -> str:
    """`23 in the grader's run (1 incomplete), 20 in the stored outputs`."""
    own = {standing: [t for t in trainings if t.standing == standing] for standing in STANDINGS}
    return ", ".join(f"{len(found)} {SOURCES[kind]}{_incomplete(found)}" for kind, found in own.items() if found)


def is_smoke(report: Report) -> bool:
    """Whether the notebook ran on a little made-up data, so that no figure of that run means anything."""
    return report.execution is not None and report.execution.mode == "smoke"


def count(trainings: Sequence[Training]) -> str:
    """`3`, or `3 (1 incomplete)`: what was begun is no training yet."""
    return f"{len(trainings)}{_incomplete(trainings)}"


def _incomplete(trainings: Sequence[Training]) -> str:
    begun = sum(not training.complete for training in trainings)
    return f" ({begun} incomplete)" if begun else ""


def extent(found: ReportFindings) -> str:
    """`1 page, 3,100 words, 14 figures`."""
    counts = ((found.pages, "page"), (found.words, "word"), (found.figures, "figure"))
    return ", ".join(f"{thousands(number)} {noun}{'' if number == 1 else 's'}" for number, noun in counts)


def answers(found: ReportFindings) -> tuple[Answer, ...]:
    """All of them, or none where none was found."""
    return found.answers if any(answer.said or answer.quote for answer in found.answers) else ()


def _names(report: Report, trainings: Sequence[Training]) -> list[str]:
    """Those that have trainings: known ones in the rubric's order, others after them, none at all last."""
    ids = [entry.item.id for entry in report.score.items]
    present = list(dict.fromkeys(t.section for t in trainings))

    def place(section: str) -> tuple[bool, int]:
        at = next((n for n, item in enumerate(ids) if item == section or item.startswith(f"{section}.")), len(ids))
        return not section, at

    return sorted(present, key=place)


def _title(report: Report, section: str) -> str:
    """The title without what follows its colon: the items of a part are called "Deeper: runs", "Deeper: answer"."""
    titles = [e.item.title for e in report.score.items if e.item.id == section or e.item.id.startswith(f"{section}.")]
    return titles[-1].partition(":")[0] if titles else ""


def _shared(trainings: Sequence[Training]) -> dict[str, object]:
    """Settings that are known to be the same in all of these trainings, as far as their settings are known."""
    known = [training.settings for training in trainings if training.settings]
    first = known[0] if known else {}
    missing = object()
    return {name: value for name, value in first.items() if all(s.get(name, missing) == value for s in known)}


def _value(value: object) -> str:
    return cut(" ".join(str(value).split()), 40)
