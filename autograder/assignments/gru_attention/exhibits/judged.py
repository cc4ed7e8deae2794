"""What is right and wrong about exhibits: one sentence for each finding."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from autograder.assignments.gru_attention.analyses.relations import RELATIONS, Relation, Runs
from autograder.assignments.gru_attention.exhibits.found import Curve, Exhibits, NormCurve, Run, RunTable, Text
from autograder.assignments.gru_attention.exhibits.texts import LONG, SHORT, sorted_out
from autograder.assignments.gru_attention.exhibits.words import SETTINGS

SAVED = ("RNN", "GRU")
EACH = 10  # texts of each length
SAME = 0.02  # share by which a table may differ from the curves: it may be rounded
ROUNDING = 0.006
STEPS = 35
LEAST_FORMULA = 8  # steps that a formula must fit
EXACT = 1e-6  # of a curve's largest value


# ---- the table -------------------------------------------------------------------------------------------------------
def the_table(exhibits: Exhibits) -> RunTable | None:
    """The fullest table of runs."""
    return exhibits.tables[0] if exhibits.tables else None


def missing_runs(table: RunTable) -> list[str]:
    """Experiments that are not there once."""
    rows = {replace(row, bold=False): row.number for row in table.rows}  # a run shown twice, the best one below, is one
    numbers = list(rows.values())
    found = []
    if lacking := [one for one in SETTINGS if numbers.count(one) == 0]:
        found.append(f"missing: {_listed(lacking)}")
    if double := [one for one in SETTINGS if numbers.count(one) > 1]:
        found.append(f"there more than once: {_listed(double)}")
    return found


def unknown_runs(table: RunTable) -> Iterator[str]:
    """Rows of no experiment."""
    if nameless := sum(row.number is None for row in table.rows):
        yield f"rows that are of no experiment: {nameless}"
    if unknown := [row.number for row in table.rows if row.number is not None and row.number not in SETTINGS]:
        yield f"the assignment has no experiment {_listed(unknown)}"


def wrong_settings(table: RunTable) -> Iterator[str]:
    """Rows that name another architecture or optimizer than the assignment sets."""
    for row in table.rows:
        setting = SETTINGS.get(row.number or 0)
        if setting is not None:
            for given, asked in ((row.architecture, setting.architecture), (row.optimizer, setting.optimizer)):
                if given and given != asked:
                    yield f"experiment {row.number} is said to use {given}, not {asked}"


def odd_figures(table: RunTable) -> Iterator[str]:
    """Figures that are no perplexities."""
    for row in table.rows:
        named = {"training": row.train, "validation": row.valid}
        named |= {"best validation": row.best} if table.has_best else {}
        for name, value in named.items():
            if value is None:
                yield f"the {name} perplexity of experiment {row.number or '?'} is missing or no number"
            elif value < 1:
                yield f"the {name} perplexity of experiment {row.number or '?'} is {value:g}, and none is below 1"


def worse_best(table: RunTable) -> Iterator[str]:
    """Best figures that are worse than those of the last epoch."""
    for row in table.rows:
        if row.best is not None and row.valid is not None and row.best > row.valid * (1 + 1e-4) + ROUNDING:
            yield f"experiment {row.number or '?'}: the best is {row.best:g}, the last epoch's {row.valid:g}"


def unsorted(table: RunTable) -> Iterator[str]:
    """What the order lacks: all runs of an architecture together, and in them all of an optimizer."""
    for what, keys in (
        ("architecture", [row.architecture for row in table.rows]),
        ("optimizer", [f"{row.architecture} {row.optimizer}" for row in table.rows]),
    ):
        groups = [key for before, key in pairwise(["", *keys]) if key != before]
        if len(set(groups)) < len(groups):
            yield f"the rows are not sorted by {what}"
            return


def not_bold(table: RunTable) -> Iterator[str]:
    """Architectures whose best run, and it alone, is not in bold; one run, where the best epochs are not told."""
    for architecture in dict.fromkeys(row.architecture for row in table.rows):
        rows = [row for row in table.rows if row.architecture == architecture]
        bold = list({row.number: row for row in rows if row.bold}.values())
        known = [row for row in rows if (_figure(row)) is not None]
        best = min((_figure(row) or 0.0 for row in known), default=None)
        if len(bold) != 1 or best is None or (table.has_best and _figure(bold[0]) != best):
            yield f"the best {architecture[:20] or 'run'}"


def _figure(row: Run) -> float | None:
    return row.best if row.best is not None else row.valid


def against_curves(table: RunTable, curves: dict[int, Curve]) -> Iterator[str]:
    """Figures that the curves contradict."""
    for row in table.rows:
        curve = curves.get(row.number or 0)
        if curve is None or any(value is None for value in curve.valid):
            continue
        valid = [value or 0.0 for value in curve.valid]
        if row.valid is not None and not _close(row.valid, valid[-1]) and not _close(row.valid, min(valid)):
            yield f"experiment {row.number}: {row.valid:g} in the table, {valid[-1]:g} at the end of the curve"
        elif table.has_best and row.best is not None and not _close(row.best, min(valid)):
            yield f"experiment {row.number}: the best is {row.best:g} in the table, {min(valid):g} in the curve"


def _close(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= SAME * abs(other)


def surprises(table: RunTable) -> Iterator[Relation]:
    """Relations between runs that other hand-ins show, and this one does not; a rerun may differ."""
    own = runs(table)
    for relation in RELATIONS:
        told = all(one in own for one in relation.experiments) and (table.has_best or not relation.best)
        if told and not relation.holds(own):
            yield relation


def runs(table: RunTable) -> Runs:
    """The perplexities of the experiments that have all three."""
    found: Runs = {}
    for row in table.rows:
        if row.number and row.train is not None and row.valid is not None and row.best is not None:
            found.setdefault(row.number, (row.train, row.valid, row.best))
    return found


def lifeless_table(table: RunTable) -> str:
    """Why its figures are none of trainings; empty for any that may be."""
    figures = [row.valid for row in table.rows if row.valid is not None and math.isfinite(row.valid)]
    if sum(value > 1 for value in figures) * 2 <= len(table.rows):
        return "most of its rows have no validation perplexity above 1"
    return "" if len(set(figures)) > 2 else f"all runs have {len(set(figures))} different perplexities"


# ---- curves ----------------------------------------------------------------------------------------------------------
def missing_curves(curves: dict[int, Curve]) -> list[int]:
    """Experiments without a curve."""
    return [one for one in SETTINGS if one not in curves]


def broken_curves(curves: dict[int, Curve]) -> Iterator[str]:
    """Curves with holes, or with what is no perplexity."""
    for one, curve in sorted(curves.items()):
        for name, values in (("training", curve.train), ("validation", curve.valid)):
            if any(value is None for value in values):
                yield f"experiment {one} lacks {sum(v is None for v in values)} of {len(values)} {name} perplexities"
            elif any(value is not None and value < 1 for value in values):
                yield f"experiment {one} has a {name} perplexity below 1"


def lifeless_curves(curves: dict[int, Curve]) -> str:
    """Why they are none of trainings; empty where they may be."""
    flat = [one for one, curve in sorted(curves.items()) if _flat(curve.train) and _flat(curve.valid)]
    if 2 * len(flat) > len(curves):
        return f"the same perplexity in every epoch, in experiment {_listed(flat)}"
    many = len({(curve.train, curve.valid) for curve in curves.values()})
    return f"{len(curves)} experiments have {many} different curves" if 2 * many <= len(curves) else ""


def _flat(values: Sequence[float | None]) -> bool:
    return len(set(values)) == 1


def without_time(curves: dict[int, Curve]) -> list[int]:
    """Experiments whose curve tells no time."""
    return [one for one, curve in sorted(curves.items()) if not curve.seconds]


def back_in_time(curves: dict[int, Curve]) -> Iterator[str]:
    """Curves whose time does not go on from epoch to epoch."""
    for one, curve in sorted(curves.items()):
        fall = next((n for n, (a, b) in enumerate(pairwise((0.0, *curve.seconds)), 1) if not b > a), 0)
        if fall:
            yield f"experiment {one}: no time passes in epoch {fall}"


# ---- gradient norms --------------------------------------------------------------------------------------------------
def best_curve(curves: Sequence[NormCurve], rescaled: bool) -> NormCurve:
    """The curve that fits best what is asked for: rescaled where that is asked, with its largest value at the end."""

    def fits(curve: NormCurve) -> tuple[bool, bool, bool, bool]:
        top = max(curve.values)
        said = curve.rescaled == rescaled
        return said, len(curve.values) in (STEPS, STEPS + 1), abs(top - 1) < 1e-3, curve.values[-1] == top

    return max(curves, key=fits)


def scale_fault(curve: NormCurve) -> str:
    """What is wrong with its scale, after (v - min) / (max - min) or v / max; empty if nothing is."""
    low, top = min(curve.values), max(curve.values)
    if not low >= -1e-6 or not top <= 1 + 1e-3:
        return f"it runs from {low:.3g} to {top:.3g}"
    return "" if top >= 1 - 1e-3 else f"its largest value is {top:.3g}, not 1"


def largest(curve: NormCurve) -> int:
    """The last step, from 1, at which the curve is largest."""
    top = max(curve.values)
    return max(step for step, value in enumerate(curve.values, 1) if value == top)


def formula(values: Sequence[float]) -> str:
    """Which formula the curve follows to all its digits; empty for what was measured, which never does.

    Rescaling changes nothing about that: differences from step to step are looked at.
    """
    top = max(map(abs, values))
    rises = [after - before for before, after in pairwise(values)]
    if len(values) < LEAST_FORMULA + 2 or top <= 0 or not all(map(math.isfinite, values)):
        return ""
    if all(abs(rise - rises[-1]) <= EXACT * top for rise in rises):
        return "a straight line"
    bends = [after - before for before, after in pairwise(rises)]
    if all(abs(bend - bends[-1]) <= EXACT * top for bend in bends):
        return "a parabola"
    steep = [rise for rise in rises if rise > 1e-3 * max(rises)]
    ratios = [after / before for before, after in pairwise(steep)]
    if len(steep) >= LEAST_FORMULA and max(ratios) - min(ratios) <= 100 * EXACT * max(ratios):
        return "a geometric series"
    return ""


def not_rescaled_from(curves: Sequence[NormCurve]) -> str:
    """What is wrong where a hand-in has norms as they are and rescaled, and these are not from those; else empty.

    Any way of rescaling moves and stretches the curve alone, so that both have the same shape.
    """
    raw = next((curve for curve in curves if not curve.rescaled), None)
    own = next((c for c in curves if raw and c.rescaled and len(c.values) == len(raw.values)), None)
    if raw is None or own is None or not all(map(math.isfinite, (*raw.values, *own.values))):
        return ""
    one, other = (_in_range(curve.values) for curve in (raw, own))
    off = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return f"rescaled norms differ by up to {off:.2g} from the norms beside them" if off > 0.02 else ""


def _in_range(values: Sequence[float]) -> list[float]:
    low, width = min(values), max(values) - min(values)
    return [(value - low) / width if width > 0 else 0.0 for value in values]


def normed(curve: NormCurve) -> list[float]:
    """The curve divided by its largest value."""
    top = max(curve.values)
    return [value / top if top > 0 else 0.0 for value in curve.values]


# ---- texts -----------------------------------------------------------------------------------------------------------
def wrong_counts(texts: dict[str, tuple[Text, ...]]) -> Iterator[str]:
    """Models and lengths with fewer texts than asked for."""
    for model in SAVED:
        for found, length in zip(sorted_out(texts.get(model, ())), (SHORT, LONG), strict=True):
            if len(found) < EACH:
                yield f"{model}, {length} words: {len(found)}"


def wrong_lengths(texts: dict[str, tuple[Text, ...]]) -> Iterator[str]:
    """Texts of another length. One word more in each of them all is the word that the model was given."""
    every = [(model, text) for model in SAVED for text in texts.get(model, ())]
    more = bool(every) and all(len(text.tokens) in (SHORT + 1, LONG + 1) for _, text in every)
    for model in SAVED:
        for found, length in zip(sorted_out(texts.get(model, ())), (SHORT, LONG), strict=True):
            off = [len(text.tokens) for text in found if len(text.tokens) != length + more]
            if off:
                yield f"{model}: {_listed(off)} instead of {length} words"


def prefixes(texts: Sequence[Text]) -> tuple[int, int, bool]:
    """How many of the short texts begin a long one; how many could; whether some other one was to: it has the same
    first word as a long text that it does not begin, as far as first words are told."""
    short, long = sorted_out(texts)
    begun = {text.tokens[: len(one.tokens)] for one in short for text in long}
    begins = [one.tokens in begun for one in short]
    told = [text.first for text in long if text.first]
    asked = any(one.first and one.first in told and not begin for one, begin in zip(short, begins, strict=True))
    could = min(len(short), len(long))
    return min(sum(begins), could), could, asked


def lifeless_texts(texts: Sequence[Text]) -> str:
    """Why one model's texts tell nothing of it; empty where they may."""
    words = {word for text in texts for word in text.tokens}
    if len(words) <= 2:
        return f"have {len(words)} different word{'s' if len(words) > 1 else ''} together"
    if not any(letter.isalpha() for word in words for letter in word) and not all(word.isdecimal() for word in words):
        return f"are not made of words: {' '.join(sorted(words)[:5])[:60]}"
    many = len({text.tokens for text in texts})
    return f"are the same whatever they start from: {many} different ones" if many <= 2 < len(texts) else ""


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"{shown} and {len(numbers) - 8} more" if len(numbers) > 8 else shown
