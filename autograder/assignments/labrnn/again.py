"""When a notebook is run again because its trainings failed, and what counts then.

One mistake may end every training: a function or class that Lab 1 has charged, or a driver that raises after its last
epoch. It is charged once; the other parts are judged by a run with the reference's part in its place. What never
trained at all is no mistake but work not done, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.driver import DRIVER
from autograder.assignments.labrnn.prepare import GRADED, substitutes
from autograder.assignments.labrnn.reference import given_source, solution_source
from autograder.evidence import Evidence, Training
from autograder.student.proxy import Override

LOOP = "lab1.f.loop"
MODELS = ("LSTM", "GRU")
HELPERS = ("collate", "count_parameters", "get_accuracy", "train", "evaluate", "ConstantWithWarmup", "get_optimizer")
CONVERTED = "converted"
CONVERSIONS = {
    "pandas.Series": """
def converted(load):
    import pandas
    return lambda *args, **kwargs: tuple(pandas.Series(part) for part in load(*args, **kwargs))

""",
    "numpy.ndarray": """
def converted(load):
    import numpy
    return lambda *args, **kwargs: tuple(numpy.array(part, dtype=object) for part in load(*args, **kwargs))

""",
}
_WRAPPED = "__autograder_driver__"  # of evidence/in_kernel.py: reports the calls of what it decorates


def stand_ins(items: Collection[str], context: Context) -> tuple[Override, ...]:
    """The reference's parts for these items; its load_imdb returns what the notebook's IMDB reads."""
    found = {override.names: override for item in GRADED if item in items for override in substitutes(item)}
    kind = context.container
    if ("load_imdb",) in found and kind in CONVERSIONS:
        text = found["load_imdb",].source.replace("def load_imdb(", f"@{CONVERTED}\ndef load_imdb(")
        found["load_imdb",] = Override(("load_imdb",), CONVERSIONS[kind] + text)
    return tuple(found.values())


def second_chance(evidence: Evidence, context: Context, overrides: Collection[Override]) -> tuple[Override, ...]:
    """Where trainings failed, the reference's part for each that lost points in Lab 1; a class only if its own
    trainings failed, as far as is known. Where there is none, its driver for one that raised after it had begun to
    train. Each only once."""
    known = {name for override in overrides for name in override.names}
    failed = {t.kind for t in evidence.trainings if t.standing == "observed" and not t.complete}
    failed |= {""} if evidence.tried else set()
    items = [
        item
        for item, name in GRADED.items()
        if item in context.broken and name not in known and failed & ({name, ""} if name in MODELS else {*MODELS, ""})
    ]
    found = stand_ins(items, context)
    if not found and DRIVER not in known and any(t.broke_off for t in evidence.trainings):
        return (driver(),)
    return found


def driver() -> Override:
    """The reference's driver with helpers of its own; data, vocabulary and models remain the notebook's."""
    texts = [given_source(name) for name in HELPERS]
    text = solution_source(DRIVER).replace(f"def {DRIVER}(", f"@{_WRAPPED}\ndef {DRIVER}(")
    return Override((DRIVER,), "\n\n".join([*texts, text]))


def settle(
    before: Evidence, after: Evidence, overrides: Collection[Override], broken: Collection[str]
) -> Evidence | None:
    """What counts once the notebook has run again with `overrides`: None where that run showed no more than the first.

    A driver that works on a handful of reviews but failed in our run has lost no points yet. It does in the first part
    that it failed in, so that part's trainings stay those of the first run.
    """
    if _ended(after) <= _ended(before):
        return None
    names = " and ".join(name for override in overrides for name in override.names)
    remark = f"Trainings failed with the notebook's own {names}; it was run again with the reference's."
    kept: tuple[Training, ...] = ()
    if DRIVER in names and LOOP not in broken:
        part = next((t.section for t in before.trainings if t.broke_off and t.section), "")
        kept = before.of(part, standing="observed") if part else ()
        remark += f" {part} is judged by the first run." if part else ""
    others = [t for t in after.trainings if t.standing != "observed" or not kept or t.section != kept[0].section]
    cells = {t.cell for t in kept}
    failed = {cell: error for cell, error in before.failed.items() if cell in cells}
    return replace(
        after,
        trainings=(*kept, *others),
        breaches=tuple(dict.fromkeys((*before.breaches, *after.breaches))),
        remarks=(remark, *after.remarks),
        failed={**after.failed, **failed},
    )


def _ended(evidence: Evidence) -> int:
    return sum(t.standing == "observed" and t.complete for t in evidence.trainings)
