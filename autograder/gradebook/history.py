"""What has become of a class's points over time, as sentences: one student's history, two runs compared, a key's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from autograder.facts import Facts, Unit
from autograder.gradebook import tables
from autograder.gradebook.keys import Key
from autograder.gradebook.snapshot import ItemRow, Scored, Snapshot, facts_by
from autograder.gradebook.store import Gradebook
from autograder.records import Outcome

SAYS: Mapping[str, str] = {
    "submission": "the hand-in itself",
    "form": "the form in which facts are kept",
    "harness": "this program",
    "assignment": "the assignment's own code or its reference",
    "environment": "the installed packages",
    "secret": "the secret",
    "settings": "the rubric's limits, settings or steps",
    "checks": "the checks",
    "counting": "which checks count at all",
    "asked": "whether the functions are graded",
    "answers": "the key of the report's questions",
    "mode": "what notebooks run on",
    "limits": "the limits of the notebook's run",
    "data": "the data",
    "recipe": "the recipe of trainings",
    "metrics": "the bars",
    "steps": "the steps",
    "functions": "the checks of functions",
    "notebook": "what the notebook's run depends on",
    "accuracy": "what the trainings depend on",
}


def why(
    name: str, keys: Mapping[Unit, Key], before: Mapping[Unit, Mapping[str, str]], known: Mapping[Unit, int]
) -> Iterator[str]:
    """For each unit, whether it is known, and what of its key has changed since it was graded last."""
    for unit, key in keys.items():
        if unit in known:
            yield f"{name}: {unit} is known (grading {known[unit]})."
        elif unit not in before:
            yield f"{name}: {unit} was never graded and would be run."
        else:
            parts = [SAYS.get(part, part) for part in key.changed(before[unit])]
            changed = " and ".join(parts) or "what the functions' verdicts are"
            yield f"{name}: {unit} would be run again, since this changed: {changed}."


def show(book: Gradebook, assignment: str, name: str) -> Iterator[str]:
    """Every scoring of a submission, with its run, the items that changed, and who marked what."""
    with book.reading() as session:
        own = (tables.Scoring.assignment == assignment, tables.Scoring.name == name)
        rows = session.scalars(select(tables.Scoring).where(*own).order_by(tables.Scoring.id)).all()
        items: dict[int, dict[str, tables.ItemScore]] = {}
        wanted = [row.id for row in rows]
        for entry in session.scalars(select(tables.ItemScore).where(tables.ItemScore.scoring_id.in_(wanted))):
            items.setdefault(entry.scoring_id, {})[entry.item] = entry
        runs = {run.id: run for run in session.scalars(select(tables.Run).where(tables.Run.assignment == assignment))}
        used = {number for row in rows for number in row.gradings}
        keys_ = select(tables.Grading.id, tables.Grading.digest).where(tables.Grading.id.in_(used))
        digests = {row.id: row.digest for row in session.execute(keys_)}
        last: dict[str, tables.ItemScore] = {}
        for row in rows:
            run = runs[row.run_id]
            held = " (held: published points would fall)" if row.held else ""
            yield f"run {row.run_id}, {row.at:%Y-%m-%d %H:%M} UTC by {run.by}: {_total(row)}{held}"
            keys = ", ".join(digests[number] for number in row.gradings)
            yield f"  from gradings {', '.join(map(str, row.gradings)) or 'none'}{f' (keys {keys})' if keys else ''}"
            for item, now in sorted(items.get(row.id, {}).items(), key=lambda pair: in_order(pair[0])):
                if item not in last or (last[item].score, last[item].status) != (now.score, now.status):
                    yield f"  {item}: {_change(last.get(item), now)} of {now.points:g}{_marker(now)}"
            last = items.get(row.id, {})


def diff(book: Gradebook, before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Whose total changed between two moments, at which item, by which check, with both counterexamples."""
    for name in sorted({*before.scorings, *after.scorings}):
        old, new = before.scorings.get(name), after.scorings.get(name)
        if old is None or new is None:
            yield f"{name}: {'new' if old is None else 'gone'}"
        elif (old.row.total, _scores(old)) != (new.row.total, _scores(new)):
            yield f"{name}: {_total(old.row)} -> {_total(new.row)}"
            yield from _changes(old, new, facts_by(book, old.row.gradings), facts_by(book, new.row.gradings))
            yield from _lines("no longer", old.row, new.row)
            yield from _lines("now", new.row, old.row)


def changes(
    book: Gradebook, old: Scored | None, scores: Mapping[str, float], facts: Facts, name: str, item: str
) -> Iterator[str]:
    """What would become of a hand-in's points: `scores` by item. `item`: which are told, or their beginning."""
    before = {} if old is None else old.scores
    was = Facts() if old is None else facts_by(book, old.row.gradings)
    fresh = True
    for own in sorted({*before, *scores}, key=in_order):
        if own.startswith(item) and before.get(own) != scores.get(own):
            if fresh:
                yield f"{name}:"
            fresh = False
            yield f"  {own}: {_number(before.get(own))} -> {_number(scores.get(own))}"
            yield from _checks(_of(was, own), _of(facts, own))


def in_order(item: str) -> list[tuple[int, str]]:
    """Return what an item is sorted by: numbers in its id as numbers, so that tf.2 comes before tf.10."""
    return [(int(part), "") if part.isdecimal() and part.isascii() else (0, part) for part in re.split(r"(\d+)", item)]


def _number(points: float | None) -> str:
    return "no points" if points is None else f"{points:g}"


def _changes(old: Scored, new: Scored, was: Facts, now: Facts) -> Iterator[str]:
    for item in sorted({*old.items, *new.items}, key=in_order):
        a, b = old.items.get(item), new.items.get(item)
        if a is not None and b is not None and (a.score, a.status) == (b.score, b.status):
            continue
        yield f"  {item}: {_points(a)} -> {_points(b)}"
        yield from _checks(_of(was, item), _of(now, item))


def _lines(word: str, row: tables.Scoring, other: tables.Scoring) -> Iterator[str]:
    """The deductions of one scoring that the other lacks."""
    for told in row.deductions:
        if told not in other.deductions:
            yield f"  {word} {told['points']:g} off: {told['sentence']}"


def _checks(was: Mapping[str, Outcome], now: Mapping[str, Outcome]) -> Iterator[str]:
    for check in {**was, **now}:
        a, b = was.get(check), now.get(check)
        if (a and a.status) == (b and b.status):
            continue
        yield f"    {check}: {a.status if a else 'absent'} -> {b.status if b else 'absent'}"
        for word, outcome in (("before", a), ("after", b)):
            if outcome is not None and outcome.counterexample is not None:
                told = outcome.counterexample
                yield f"      {word}: {told.call} gave {told.got}; expected {told.expected}"


def _of(facts: Facts, item: str) -> dict[str, Outcome]:
    return {outcome.check: outcome for outcome in facts.outcomes if outcome.item == item}


def _scores(scored: Scored) -> dict[str, tuple[float | None, str]]:
    return {item: (own.score, own.status) for item, own in scored.items.items()}


def _total(row: tables.Scoring) -> str:
    if row.total is None:
        return row.problem or "no total"
    return f"{row.total:g} of {row.maximum:g}{f' ({row.problem})' if row.problem else ''}"


def _points(own: tables.ItemScore | ItemRow | None) -> str:
    if own is None:
        return "nothing"
    return own.status if own.score is None else f"{own.score:g}"


def _change(before: tables.ItemScore | None, now: tables.ItemScore) -> str:
    return _points(now) if before is None else f"{_points(before)} -> {_points(now)}"


def _marker(own: tables.ItemScore) -> str:
    return f", marked by {own.by}" if own.by else ""
