"""p3.runs and p3.table: what the hand-in's files and notebook show of the 15 runs.

All of it is claimed by the hand-in. The checks propose points and a person decides; what only stands in the report, and in
no file, is left to that person. That runs differ from others' is a remark: chance has a part in it.
"""

from __future__ import annotations

import pytest

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.exhibits import judged
from autograder.assignments.gru_attention.exhibits.found import Curve, RunTable
from autograder.assignments.gru_attention.exhibits.gather import exhibits_of
from autograder.judge.expect import NotJudged, expect
from autograder.judge.marks import item

RUNS, TABLE = "p3.runs", "p3.table"
MOST_SHOWN = 6


@pytest.fixture
def curves(context: Context) -> dict[int, Curve]:
    """The learning curves, by experiment; skips where there are none."""
    found = exhibits_of(context).curves
    if not found:
        pytest.skip("no file of the hand-in holds learning curves")
    return found


@pytest.fixture
def table(context: Context) -> RunTable:
    """The table of runs; skips where there is none."""
    found = judged.the_table(exhibits_of(context))
    if found is None:
        pytest.skip("no file of the hand-in holds a table of the runs")
    return found


def expect_none(faults: list[str], message: str) -> None:
    """Fail where there is a fault, and show the first few."""
    expect(not faults, f"{message}: {'; '.join(faults[:MOST_SHOWN])}", got=f"{len(faults)} found", expected="none")


# ---- curves ----------------------------------------------------------------------------------------------------------
@item(RUNS, weight=3)
def test_all_curves(curves: dict[int, Curve]) -> None:
    """There are learning curves of all 15 experiments."""
    missing = judged.missing_curves(curves)
    told = ", ".join(map(str, missing))
    expect(not missing, f"no curve of experiment {told}", got=f"{15 - len(missing)} experiments", expected="15")


@item(RUNS, weight=2)
def test_curves_are_whole(curves: dict[int, Curve]) -> None:
    """Each curve has a training and a validation perplexity for every epoch, and none is below 1."""
    expect_none(list(judged.broken_curves(curves)), "not every epoch has its figures")


@item(RUNS, weight=0, required=True)
def test_curves_live(curves: dict[int, Curve]) -> None:
    """Living curves: perplexities change from epoch to epoch, and each experiment has its own."""
    fault = judged.lifeless_curves(curves)
    expect(not fault, f"no curves of trainings: {fault}", got=fault)


@item(RUNS)
def test_curves_over_time(curves: dict[int, Curve]) -> None:
    """Each curve tells the wall-clock time too, so that perplexity can be drawn against it."""
    missing = [str(one) for one in judged.without_time(curves)]
    expect_none(missing, "no times for experiment")


@item(RUNS)
def test_time_goes_on(curves: dict[int, Curve]) -> None:
    """Time adds up: every epoch ends later than the one before it."""
    if len(judged.without_time(curves)) == len(curves):
        raise NotJudged("no curve tells a time")
    expect_none(list(judged.back_in_time(curves)), "time does not go on")


# ---- the table -------------------------------------------------------------------------------------------------------
@item(TABLE, weight=3)
def test_all_rows(table: RunTable) -> None:
    """The table has one row for each of the 15 experiments."""
    expect_none(judged.missing_runs(table), "not every experiment stands there once")


@item(TABLE, weight=0, required=True)
def test_table_lives(table: RunTable) -> None:
    """A living table: most of its figures are perplexities, and not all runs have the same."""
    fault = judged.lifeless_table(table)
    expect(not fault, f"no table of trainings: {fault}", got=fault)


@item(TABLE)
def test_settings_as_given(table: RunTable) -> None:
    """Every experiment has the architecture and the optimizer that the assignment sets for it."""
    expect_none(list(judged.wrong_settings(table)), "another setting than was given")


@item(TABLE, weight=2)
def test_figures_are_perplexities(table: RunTable) -> None:
    """Every row has training and validation perplexities, and none is below 1."""
    expect_none(list(judged.odd_figures(table)), "figures that are no perplexities")


@item(TABLE)
def test_best_is_best(table: RunTable) -> None:
    """The best validation perplexity of a run is at most that of its last epoch."""
    if not table.has_best:
        raise NotJudged("the table has no column for the best epoch")
    expect_none(list(judged.worse_best(table)), "a best figure is worse than the last one")


@item(TABLE)
def test_sorted(table: RunTable) -> None:
    """The table is sorted by architecture, then by optimizer."""
    if not table.presented:
        pytest.skip("the table that was found is one for programs")
    expect_none(list(judged.unsorted(table)), "in another order")


@item(TABLE)
def test_best_in_bold(table: RunTable) -> None:
    """The best run of each architecture, and it alone, is in bold."""
    if not table.presented:
        pytest.skip("the table that was found is one for programs")
    expect_none(list(judged.not_bold(table)), "not in bold, or not alone")


@item(TABLE)
def test_table_agrees_with_curves(table: RunTable, context: Context) -> None:
    """The table says what the learning curves show."""
    found = exhibits_of(context).curves
    if not found:
        pytest.skip("no file of the hand-in holds learning curves")
    expect_none(list(judged.against_curves(table, found)), "the table and the curves differ")


@item(TABLE, weight=0)
def test_as_others_found(table: RunTable) -> None:
    """The runs relate to each other as they do elsewhere: where they do not, the report should say why."""
    expect_none([relation.sentence for relation in judged.surprises(table)], "worth a look")


@item(TABLE, weight=0)
def test_files_could_be_read(context: Context) -> None:
    """All files with results are in forms that can be read: CSV, Markdown, JSON, text, plain arrays."""
    found = exhibits_of(context)
    if judged.the_table(found) is None:  # then there is nothing to judge, and a remark alone makes no item
        pytest.skip("no file of the hand-in holds a table of the runs")
    expect_none(list(found.remarks), "not read")
