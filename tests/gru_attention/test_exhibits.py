"""Tables, curves, norms and texts: read in every layout, judged by their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hands import RUBRIC, SUITE, loaded, submission

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.exhibits.gather import found_in, gather
from autograder.evidence import ReportFindings
from autograder.judge.plugin import Bench, Judge
from autograder.judge.session import with_checks
from autograder.marks import proposed_marks
from autograder.marks.data import PROPOSER
from autograder.records import Outcome, Submission
from autograder.scoring import score
from autograder.submission import read_submission
from fixtures.gru_attention.experiments.cases import ITEMS, KINDS, Case, hand_in

CASES = {f"{kind}/{name}": case for kind, make in KINDS.items() for name, case in make().items()}


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def written(folder: Path, case: Case) -> Submission:
    """The hand-in on disk, and read."""
    place = folder / "hand_in"
    for name, data in hand_in(case.files).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name, target in case.links.items():
        (place / name).symlink_to(target)
    asked = RUBRIC.assignment
    place = place / "a.zip" if "a.zip" in case.files else place
    return read_submission(place, expected=asked.notebook, also=asked.also, names=asked.defines)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Outcome]]]:
    """By case, the outcomes of all its checks; only hostile ones are read in a fork, for the time it takes."""
    contexts = {}
    for name, case in CASES.items():
        handed_in = written(tmp_path_factory.mktemp("case"), case)
        read = gather if name.startswith("hostile") else found_in
        contexts[name] = Context(submission=handed_in, exhibits=read(handed_in))
    found: dict[str, list[Outcome]] = {}
    nobody = loaded(submission("pass"))  # these checks ask no student process

    def body(judge: Judge) -> None:
        for name, context in contexts.items():
            found[name] = judge.run(Bench(nobody, context, b"tests"), list(ITEMS))

    with_checks(SUITE, body)
    yield found


def verdict(outcomes: list[Outcome], item: str) -> str:
    entry = next(entry for entry in score(RUBRIC, outcomes).items if entry.item.id == item)
    if entry.status != "graded":
        return entry.status
    return "full" if entry.score == entry.item.points else "zero" if entry.score == 0 else "less"


@pytest.mark.parametrize("name", CASES)
def test_case(results: dict[str, list[Outcome]], name: str) -> None:
    case, outcomes = CASES[name], results[name]
    told = [(o.item, o.check, o.status, o.message) for o in outcomes if o.status != "passed"]
    assert {item: verdict(outcomes, item) for item in case.verdicts} == case.verdicts, told
    if name.startswith(("variants", "faults")):
        failed = {(o.item, o.check) for o in outcomes if o.status == "failed" and o.weight}
        assert failed == {(item, check) for item, checks in case.fails.items() for check in checks}, told
    assert not [o for o in outcomes if o.status == "error"], told
    if name.startswith(("variants", "faults")):  # proposals wait for a person, whatever they are
        assert verdict(outcomes, "p3.table") == verdict(outcomes, "p3.runs") == "pending"
        assert name.endswith(("alone", "training")) or {"p3.runs", "p3.table"} <= {
            o.item for o in outcomes if o.status == "passed"
        }, told


def test_a_script_alone_leaves_all_to_a_person(results: dict[str, list[Outcome]], tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_bytes(hand_in({})["solution.py"])
    asked = RUBRIC.assignment
    alone = read_submission(tmp_path / "solution.py", expected=asked.notebook, names=asked.defines)
    assert gather(alone) == found_in(alone)


def test_what_the_checks_say_is_proposed_and_counts_nowhere(results: dict[str, list[Outcome]]) -> None:
    for name, wanted in (("variants/documented", 3.0), ("faults/row_missing", 2.0)):
        found = score(RUBRIC, results[name])
        table = next(entry for entry in found.items if entry.item.id == "p3.table")
        assert table.proposed == wanted and table.score is None and found.total == 5.0  # the texts alone
        marks = proposed_marks("jane", ReportFindings(""), RUBRIC, [table])
        assert f'points = {wanted:g}\ncomment = ""\nby = "{PROPOSER}"\nconfirmed = false' in marks
    assert "missing: 13" in marks
