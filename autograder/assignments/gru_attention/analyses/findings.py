"""What is wrong, or surprising, in the table of the 15 runs on the Penn Treebank: one sentence each.

A remark is for the person who marks the table; none of them costs points by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from autograder.assignments.gru_attention.analyses.relations import UNTRAINED
from autograder.assignments.gru_attention.exhibits import judged
from autograder.assignments.gru_attention.exhibits.found import RunTable


def remarks(table: RunTable) -> list[str]:
    """All sentences about the table; none for a flawless one."""
    found = chain(
        (f"experiments {fault}" for fault in judged.missing_runs(table)),
        judged.unknown_runs(table),
        () if table.has_best else ("the best validation perplexity has no column beside that of the last epoch",),
        judged.wrong_settings(table),
        judged.odd_figures(table),
        judged.worse_best(table),
        (f"{fault} should be in bold, alone among its architecture" for fault in _not_bold(table)),
        judged.unsorted(table) if table.presented else (),
    )
    sentences = [f"{fault[:1].upper()}{fault[1:]}." for fault in found]
    return sentences + [relation.sentence for relation in judged.surprises(table)]


def _not_bold(table: RunTable) -> Iterator[str]:
    return judged.not_bold(table) if table.presented else iter(())


def compare(table: RunTable, expected: RunTable, tolerance: float = 0.1) -> list[str]:
    """A sentence for each best perplexity further than this share from the expected one; two diverged runs agree."""
    found = []
    ours = judged.runs(table)
    for number, (_, _, theirs) in judged.runs(expected).items():
        (_, _, best) = ours.get(number, (theirs,) * 3)
        if min(best, theirs) <= UNTRAINED and not abs(best - theirs) <= tolerance * theirs:
            found.append(f"Experiment {number} has a best perplexity of {best:,.2f}; {theirs:,.2f} was expected.")
    return found
