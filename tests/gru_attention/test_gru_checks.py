"""The checks let the reference pass, and each notices a small fault. The large corpus is in `make validate`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults import FAULTS
from hands import AUTOMATIC, SUITE, after_reference, judged, reference, submission

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome

Results = dict[object, list[Outcome]]


@pytest.fixture(scope="module")
def results() -> Iterator[Results]:
    """The reference's outcomes, and each faulty hand-in's on its own item, from one run of pytest."""
    found: Results = {}
    failure: list[BaseException] = []

    def body(judge: Judge) -> None:
        try:
            found["reference"] = judged(judge, reference(), list(AUTOMATIC))
            for key, text in FAULTS.items():
                found[key] = judged(judge, after_reference(text), [key[0]])
            one = [c.source for c in reference().cells if "class MultiHeadedAttention" not in c.source]
            found["only GRU"] = judged(judge, submission(*one), list(AUTOMATIC))
            found["broken"] = judged(judge, submission("class GRU(1 / 0): pass"), ["gru.init"])
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, body)
    if failure:
        raise failure[0]
    yield found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def test_the_reference_passes_every_check(results: Results) -> None:
    assert [(o.item, o.check, o.message) for o in results["reference"] if o.status != "passed"] == []


def test_every_check_has_a_fault(results: Results) -> None:
    assert {(o.item, o.check) for o in results["reference"]} == set(FAULTS)


@pytest.mark.parametrize("key", FAULTS, ids="-".join)
def test_a_fault_is_noticed(key: tuple[str, str], results: Results) -> None:
    outcomes = {o.check: o for o in results[key]}
    assert outcomes[key[1]].status == "failed"
    assert outcomes[key[1]].message
    assert {o.status for o in results[key]} <= {"passed", "failed", "skipped", "unjudged"}


def test_what_is_required_of_each_item(results: Results) -> None:
    """An answer of the right form, a proof of life, and arithmetic of one's own."""
    required = {(o.item, o.check) for o in results["reference"] if o.required}
    own = {("gru.forward", "own_recurrence"), ("attention.forward", "own_attention")}
    remarks = {("gru.forward", "other_lengths")}
    lives = {(o.item, o.check) for o in results["reference"] if o.weight == 0} - remarks
    assert own | lives < required
    assert sorted(item for item, _ in lives) == sorted(AUTOMATIC)
    assert sorted(item for item, _ in required - own - lives) == sorted(AUTOMATIC)


def test_one_class_is_graded_for_what_it_is(results: Results) -> None:
    status = {(o.item, o.status) for o in results["only GRU"]}
    assert status == {
        ("gru.init", "passed"),
        ("gru.forward", "passed"),
        ("gru.generate", "passed"),
        ("attention.forward", "failed"),
    }
    missing = {o.message for o in results["only GRU"] if o.status == "failed"}
    assert missing == {"the notebook does not define `MultiHeadedAttention`"}


def test_a_class_that_failed_to_load_is_explained(results: Results) -> None:
    [message] = {o.message for o in results["broken"]}
    assert message.startswith("`GRU` stands in cell 1, line 1, which failed to load: ZeroDivisionError")


def test_sentences_are_sentences(results: Results) -> None:
    for outcome in results["reference"]:
        assert outcome.sentence.endswith(".") or outcome.sentence.endswith(")."), outcome.check
        assert len(outcome.sentence) < 240, outcome.check
