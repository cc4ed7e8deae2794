"""A file of checks is a table: properties by item become checks that the judge collects and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.judge.plugin import Bench, Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome
from tests.kit import modules as m

WHOLE = m.SEPARATE.replace(".flatten(2))", ".flatten(2)).long()")
CONFTEST = "from autograder.kit.fixtures import lab\n"
CHECKS = """
from autograder.kit import properties as p, roles
from autograder.kit.suite import checks
from tests.kit.modules import ATTENTION

ROLE = roles.changed(roles.without(roles.LANGUAGE_MODEL, "order_counts"), causal={"weight": 4, "visibility": "hidden"})
globals().update(checks({"one": (ATTENTION, ROLE), "two.b": (ATTENTION, [p.causal(sentence="Mind the future.")])}))
"""


@pytest.mark.usefixtures("judge_settings")
def test_from_a_table_to_outcomes(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_attn_by_table.py").write_text(CHECKS)
    right, wrong, other_type = list[Outcome](), list[Outcome](), list[Outcome]()

    def body(judge: Judge) -> None:
        for source, found in (
            (m.SEPARATE, right),
            (m.SEPARATE.replace(".triu(1)", ".triu(2)"), wrong),
            (WHOLE, other_type),
        ):
            lab = m.lab_of(m.ATTENTION, source)
            found += judge.run(Bench(lab.student, lab.context, b"secret"))

    with_checks(tmp_path, body)
    assert {outcome.status for outcome in right} == {"passed"} and len(right) == 14
    by_name = {(outcome.item, outcome.check): outcome for outcome in right}
    own, other = by_name["one", "causal"], by_name["two.b", "causal"]
    assert (own.weight, own.visibility, other.weight, other.visibility) == (4, "hidden", 2, "public")
    assert other.sentence == "Mind the future." and own.sentence.startswith("No step sees the future")
    assert by_name["one", "alive"].required
    failed = [(outcome.item, outcome.check) for outcome in wrong if outcome.status != "passed"]
    assert failed == [("one", "causal"), ("two.b", "causal")]
    assert wrong[0].status == "passed" and all(o.counterexample for o in wrong if o.status == "failed")
    causes = {outcome.check: outcome.cause for outcome in other_type if outcome.status == "failed"}
    assert causes["any_size"] == causes["alive"] == causes["causal"] == "type"
