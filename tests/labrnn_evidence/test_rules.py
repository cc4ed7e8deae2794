"""Each rule has a notebook that breaks it and ones that look alike and don't."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.assignments.labrnn.evidence.asked import wanted
from autograder.assignments.labrnn.evidence.gather import gather
from autograder.evidence import Breach, Evidence
from fixtures.labrnn.reading import read_submission
from reference.labrnn import NOTEBOOK, given_source
from tests.labrnn_evidence.runs import cell, evidence, thresholds, training

LAB = {2: "Lab 1 (f)", 4: "Lab 2 (a)", 6: "Lab 2 (b)", 8: "Lab 2 (c)", 10: "Lab 2 (f)"}
INIT = given_source("init_weights")


def broken(found: Evidence) -> list[tuple[str, tuple[str, ...]]]:
    return [(b.rule, b.sections) for b in found.breaches if not b.hint]


def hints(found: Evidence) -> list[str]:
    return [b.rule for b in found.breaches if b.hint]


def of_code(source: str, number: int = 2) -> Evidence:
    return evidence(sources={number: source}, headings=LAB)


def test_the_reference_breaks_none() -> None:
    assert gather(read_submission(NOTEBOOK), None, thresholds()).breaches == ()


@pytest.mark.parametrize(
    ("number", "changes", "expected"),
    [
        (2, {}, []),
        (2, {"LR": 0.001}, [("hyperparams", ("lab1.f",))]),
        (2, {"HIDDEN_DIM": 64}, [("hyperparams", ("lab1.f",))]),
        (4, {"OPTIM": "adam", "LR": 0.001}, []),
        (4, {"OPTIM": "adam", "BATCH_SIZE": 32}, [("hyperparams", ("lab2.a",))]),
        (8, {"OPTIM": "adam", "N_LAYERS": 2, "BATCH_SIZE": 32, "DROPOUT_RATE": 0.2}, []),
        (8, {"N_LAYERS": 2, "SEED": 42}, [("seed", ("lab2.c",))]),
        (2, {"SEED": 12}, []),
        (8, {"N_LAYERS": 2, "N_EPOCHS": 10, "result": {}}, [("epochs", ("lab2.c",))]),
        (8, {"N_LAYERS": 2, "result": {"valid_loss": [0.5] * 6}}, [("epochs", ("lab2.c",))]),
        (2, {"N_EPOCHS": 3}, [("hyperparams", ("lab1.f",))]),
        (4, {"OPTIM": "adam", "optimizer": {"eps": 1e-8}}, [("optimizer", ("lab2.a",))]),
        (2, {"optimizer": {"momentum": 0}}, [("optimizer", ("lab1.f",))]),
        (2, {"optimizer": {"weight_decay": 0.1}}, [("optimizer", ("lab1.f",))]),
        (8, {"N_LAYERS": 2, "optimizer": {"momentum": 0}}, []),
        (4, {"OPTIM": "adamw", "optimizer": {"eps": 1e-8, "weight_decay": 0.01}}, []),
        (2, {"rates": {"1": 0.01}}, [("warmup", ("lab1.f",))]),
        (2, {"rates": {"1": 0.00005, "10": 0.00005}}, [("warmup", ("lab1.f",))]),  # stepped once an epoch
        (2, {"rates": {"1": 0.0, "10": 0.00045, "100": 0.00495, "200": 0.00995}}, []),  # off by one step
        (8, {"N_LAYERS": 2, "rates": {"1": 0.01}}, []),
    ],
)  # fmt: skip
def test_trainings(number: int, changes: dict[str, Any], expected: list[Any]) -> None:
    assert broken(evidence(cell(number, training(**changes)), headings=LAB)) == expected


def test_a_trial_beside_the_training_asked_for_is_a_hint() -> None:
    found = evidence(cell(2, training(1), training(2, LR=0.1), training(3, OPTIM="adam")), headings=LAB)
    assert broken(found) == [] and hints(found) == ["hyperparams"] * 2


def test_one_mistake_is_charged_once() -> None:
    trainings = [training(n, OPTIM=name, SEED=42) for n, name in enumerate(("adam", "rmsprop", "adagrad"))]
    found = evidence(cell(2, training(SEED=42)), cell(4, *trainings), headings=LAB)
    assert broken(found) == [("seed", ("lab1.f",))]
    assert found.breaches[0].where == "cell 2; cell 4"


def test_a_changed_class_is_charged_once() -> None:
    changed = given_source("HyperParams").replace("self.EMBEDDING_DIM = 1\n", "self.EMBEDDING_DIM = 32\n")
    found = evidence(
        cell(1), cell(2, training(EMBEDDING_DIM=32)), cell(4, training(EMBEDDING_DIM=32, OPTIM="adam")),
        headings=LAB, sources={1: changed},
    )  # fmt: skip
    assert broken(found) == [("hyperparams", ("lab1.f",))]
    [breach] = found.breaches
    line = 1 + changed.split("\n").index("        self.EMBEDDING_DIM = 32")
    assert (
        "EMBEDDING_DIM is 32" in breach.what
        and "gives 1" in breach.what
        and f"cell 1, line {line}: self.EMBEDDING_DIM = 32" == breach.where
    )


def test_a_changed_class_still_makes_the_runs_of_its_parts() -> None:
    small = training(HIDDEN_DIM=16)
    found = evidence(
        cell(2, small, training(2, HIDDEN_DIM=16, OPTIM="adam")), sources={1: "class HyperParams:\n    HIDDEN_DIM = 16"}
    )
    assert [t.section for t in found.trainings] == ["lab1.f", "lab2.a"]
    assert broken(found) == [("hyperparams", ("lab1.f",))]
    assert [any(w.made for w in wanted(part, found)) for part in ("lab1.f", "lab2.a", "lab2.d")] == [True, True, False]


def test_trials() -> None:
    sizes = [training(n, HIDDEN_DIM=100 + n, N_LAYERS=2) for n in range(1, 52)]
    assert broken(evidence(cell(10, *sizes[:50], sizes[0]), headings=LAB)) == []
    found = evidence(cell(10, *sizes), headings=LAB)
    assert broken(found) == [("trials", ("lab2.f",))] and "51" in found.breaches[0].what


def test_hints_cost_nothing() -> None:
    found = evidence(cell(8, training(N_LAYERS=5, HIDDEN_DIM=512, EMBEDDING_DIM=300)), headings=LAB)
    assert broken(found) == [] and hints(found) == ["layers", "hidden", "embedding"]


def test_other_editions_have_other_rules() -> None:
    found = evidence(cell(2, training(LR=0.1, SEED=1)), headings=LAB, edition="an edition without GRU")
    assert broken(found) == [] and len(hints(found)) == 2


# ---- the text of the code --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("s = ConstantWithWarmup(o, num_warmup_steps=0)", [("warmup", ("lab1.f",))]),
        ("s = m.ConstantWithWarmup(o, 100)", [("warmup", ("lab1.f",))]),
        ("s = ConstantWithWarmup(o, num_warmup_steps=200)", []),
        ("s = ConstantWithWarmup(o, num_warmup_steps=steps)", []),
        (INIT, []),
        (INIT.replace("xavier_normal_", "kaiming_normal_"), [("init_weights", ("lab1.f",))]),
        (INIT.replace("nn.init.zeros_(m.bias)", "m.bias.data.fill_(0)"), []),
        ("%matplotlib inline\ns = ConstantWithWarmup(o, 1)", [("warmup", ("lab1.f",))]),
        ("if True:\n    !pip install x\ns = ConstantWithWarmup(o, 1)", [("warmup", ("lab1.f",))]),
        ("def broken(:", []),
        ("x = " + "(" * 300, []),
        ("x = " + "-" * 100_000 + "1", []),
        (
            "class HyperParams:\n    LR: float = 0.5\n    SEED = 7",
            [("hyperparams", ("lab1.f",)), ("seed", ("lab1.f",))],
        ),
        ("class HyperParams:\n    LR = 1e-2\n    OPTIM = 'SGD'\n    N_LAYERS = 2 - 1", []),
    ],
)  # fmt: skip
def test_code(source: str, expected: list[Any]) -> None:
    assert broken(of_code(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("h.SEED = 42", ["seed"]),
        ("h.SEED = 5", []),
        ("SEED = 42", []),  # of the split, say: the student's own choice
        ("h.N_EPOCHS = 20", ["epochs"]),
        ("h.N_EPOCHS = 4", []),
    ],
)
def test_what_no_training_was_seen_to_use_is_a_hint(source: str, expected: list[str]) -> None:
    found = of_code(source)
    assert broken(found) == [] and hints(found) == expected
    assert evidence(cell(2, training()), headings=LAB, sources={2: source}).breaches == ()


def test_from_lab_2_c_on_all_but_the_seed_may_change() -> None:
    for source in ("s = ConstantWithWarmup(o, 100)", INIT.replace("xavier_normal_", "uniform_"),
                   "class HyperParams:\n    LR = 0.5"):  # fmt: skip
        assert broken(of_code(source, 8)) == []


HELPERS = [given_source(name) for name in ("collate", "init_weights", "count_parameters", "get_accuracy", "evaluate")]
REWRITTEN = "def count_parameters(model):\n    return sum([p.numel() for p in model.parameters() if p.requires_grad])\n"


def test_a_rewritten_helper_is_a_hint_and_a_restyled_one_is_nothing() -> None:
    restyled = 'def count_parameters(net):\n    "words"\n    print(net)\n    return sum(q.numel()\n'
    restyled += "        for q in net.parameters() if q.requires_grad)  # all of them\n"
    both: list[list[Breach]] = []
    for third in (restyled, REWRITTEN):
        found = of_code("\n".join([*HELPERS[:2], third, *HELPERS[3:]]))
        both.append(list(found.breaches))
    assert both[0] == []
    assert [(b.rule, b.hint) for b in both[1]] == [("template", True)] and "count_parameters" in both[1][0].what


def test_nothing_is_said_of_helpers_of_another_template() -> None:
    assert of_code(REWRITTEN).breaches == ()
