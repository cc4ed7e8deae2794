"""lab2.*.bar: which class's verdict a part goes by, and what a part without any training is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.edition import Edition
from autograder.evidence import Attempt, ClassVerdict, Evidence, Point, Training
from autograder.folder import BUILT_IN
from autograder.judge.plugin import Bench, Judge
from autograder.judge.rehearsal import Nowhere
from autograder.judge.session import with_checks
from autograder.records import Outcome
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

SIZES = {"N_LAYERS": 1, "HIDDEN_DIM": 100, "EMBEDDING_DIM": 1, "OPTIM": "adam", "BIDIRECTIONAL": False}
GOOD = {
    "LSTM": ClassVerdict("LSTM", "verified", "LSTM is fine.", 0.87, 0.84, "fast"),
    "GRU": ClassVerdict("GRU", "verified", "GRU is fine.", 0.88, 0.84, "fast"),
}
CURVE = (Point(1.0, 0.55), Point(2.0, 0.612))
ATTEMPT = Attempt(1, CURVE, 0.612, None, 1.0, "given up")
POOR = ClassVerdict("LSTM", "below", "LSTM reached 0.612.", None, 0.84, "fast", "synthetic", (ATTEMPT,))
COLLAPSED = ClassVerdict("LSTM", "below", "It collapsed.", 0.5, 0.84, "published")
PARTS = tuple(f"lab2.{letter}" for letter in "abcdefg")


@dataclass(frozen=True)
class Scene:
    """What is known when the check of a part runs, and what it then says."""

    part: str
    expected: str
    accuracy: dict[str, ClassVerdict] = field(default_factory=lambda: GOOD)
    evidence: Evidence | None = None
    edition: Edition = field(default_factory=Edition)
    broken: tuple[str, ...] = ()


def run(section: str, standing: Any = "observed", complete: bool = True, **settings: Any) -> Training:
    """One training as the evidence has it."""
    known = SIZES | settings
    return Training(standing, 30, section, "LSTM", known, num_params=5, complete=complete, test_acc=0.9)


def seen(*trainings: Training, cut: tuple[int, ...] = ()) -> Evidence:
    return Evidence(trainings, cut=cut)


def bad(verdict: Any) -> dict[str, ClassVerdict]:
    return {name: ClassVerdict(name, verdict, "No.", None, 0.84, "fast") for name in ("LSTM", "GRU")}


def unmarked(*trainings: Training) -> Evidence:
    return replace(seen(*trainings), marked=False)


TWO_LAYERS = run("lab2.c", N_LAYERS=2)
OWN_BASE = [run("lab2.f", EMBEDDING_DIM=32, **more) for more in ({}, {"N_LAYERS": 2}, {"HIDDEN_DIM": 200})]
SCENES = [
    *(Scene(part, "passed") for part in PARTS),  # nothing is known of the notebook's run: the class alone counts
    *(Scene(part, "skipped", {}) for part in PARTS),
    *(Scene(part, "failed" if part[-1] in "acde" else "passed", GOOD | {"LSTM": POOR}) for part in PARTS),
    *(Scene(part, "failed", bad(v)) for part in PARTS for v in ("below", "structure", "broken", "absent")),
    Scene("lab2.b", "skipped", {"LSTM": GOOD["LSTM"]}),
    Scene("lab2.f", "passed", {"LSTM": GOOD["LSTM"]}),
    Scene("lab2.b", "skipped", edition=Edition(gru=False)),
    Scene("lab2.g", "skipped", edition=Edition(bidirectional=False)),
    Scene("lab2.a", "pending", {"LSTM": COLLAPSED}),  # of the notebook's own settings: for a person
    Scene("lab2.a", "pending", {"LSTM": replace(GOOD["LSTM"], doubt="order earns nothing")}),
    Scene("lab2.f", "passed", GOOD | {"LSTM": replace(GOOD["LSTM"], doubt="order earns nothing")}),
    # what was not done earns nothing
    Scene("lab2.a", "passed", evidence=seen(run("lab2.a"), TWO_LAYERS)),
    Scene("lab2.c", "passed", evidence=seen(run("lab2.a"), TWO_LAYERS)),
    Scene("lab2.d", "failed", evidence=seen(run("lab2.a"), TWO_LAYERS)),
    Scene("lab2.a", "failed", evidence=seen()),
    # whether or not anything marks the parts: one training earns no part that was never begun
    *(Scene(f"lab2.{p}", "passed" if p == "c" else "failed", evidence=unmarked(TWO_LAYERS)) for p in "acdef"),
    *(Scene(f"lab2.{p}", "passed" if p == "a" else "failed", evidence=unmarked(run("lab2.a"))) for p in "acdefg"),
    *(Scene(f"lab2.{p}", "failed", evidence=unmarked(run("lab1.f", OPTIM="sgd"))) for p in "abcdefg"),
    Scene("lab2.f", "failed", evidence=seen(run("lab2.f", N_LAYERS=2, HIDDEN_DIM=200))),
    Scene("lab2.f", "passed", evidence=seen(*(run("lab2.f", N_LAYERS=2, HIDDEN_DIM=h) for h in (200, 300)))),
    Scene("lab2.f", "passed", evidence=seen(run("lab2.f", N_LAYERS=2, HIDDEN_DIM=200), run("lab2.f", N_LAYERS=2))),
    Scene("lab2.g", "passed", evidence=seen(run("lab2.g", BIDIRECTIONAL=True))),
    Scene("lab2.g", "failed", evidence=seen(run("lab2.g"))),
    Scene("lab2.b", "failed", evidence=seen(run("lab2.a"))),
    Scene("lab2.b", "passed", evidence=seen(replace(run("lab2.b"), kind="GRU"))),
    # one heading for several parts, a wrong one, or a base of the student's own: what the trainings are decides
    *(
        Scene(
            f"lab2.{p}",
            "passed",
            evidence=seen(
                run("lab2.a"), run("lab2.a", N_LAYERS=2), run("lab2.a", HIDDEN_DIM=200), run("lab2.a", EMBEDDING_DIM=64)
            ),
        )
        for p in "acde"
    ),
    *(Scene(f"lab2.{p}", "passed", evidence=unmarked(*OWN_BASE)) for p in "cde"),
    # a broken cell is a try at what its marks or its settings name, and a person looks; at nothing else
    Scene("lab2.d", "pending", evidence=replace(seen(run("lab2.a")), tried={40: ("lab2.d",)})),
    Scene("lab2.d", "failed", evidence=replace(seen(run("lab2.a")), tried={40: ()})),
    Scene("lab2.d", "failed", evidence=replace(seen(run("lab2.a")), tried={40: ("lab2.c",)})),
    *(Scene(part, "failed", evidence=replace(seen(), tried={40: ()})) for part in PARTS),
    Scene("lab2.a", "failed", evidence=seen(run("lab2.a", "claimed"))),  # made-up output
    # but what lab2.*.runs charges is not charged again
    Scene("lab2.c", "passed", evidence=seen(run("lab2.c", complete=False, N_LAYERS=2))),
    Scene("lab2.d", "passed", evidence=seen(replace(run("lab2.d"), settings={}))),  # nothing could be read of it
    Scene("lab2.d", "failed", evidence=seen(replace(run(""), settings={}))),
    Scene("lab2.d", "passed", evidence=seen(run("lab2.a", HIDDEN_DIM=200))),
    Scene("lab2.a", "skipped", bad("structure"), seen(run("lab2.a")), broken=("lab1.e.forward",)),
    Scene("lab2.b", "skipped", bad("below"), broken=("lab1.g.forward",)),
    Scene("lab2.a", "failed", bad("below"), broken=("lab1.e.init", "lab1.g.forward")),
    Scene("lab2.d", "failed", bad("absent"), seen(TWO_LAYERS), broken=("lab1.e.init", "lab1.e.forward")),
    Scene("lab2.a", "passed", broken=("lab1.e.forward",)),
    # and what we had no time for, or another edition does not ask for, is not held against anybody
    Scene("lab2.c", "pending", evidence=seen(run("lab2.c", "claimed", N_LAYERS=2), cut=(30,))),
    Scene("lab2.c", "pending", evidence=seen(run("lab1.f")), edition=Edition(gru=False)),
    Scene("lab2.c", "failed", evidence=seen(), edition=Edition(gru=False)),
]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[Outcome]]:
    """The check's outcome in every scene, by one judge."""
    found: list[Outcome] = []

    def body(judge: Judge) -> None:
        for scene in SCENES:
            context = Context(scene.edition, accuracy=scene.accuracy, evidence=scene.evidence)
            context.broken.update(scene.broken)
            found.extend(judge.run(Bench(Student(Nowhere(), (), Limits()), context, b"tests"), [f"{scene.part}.bar"]))

    with_checks(BUILT_IN / "labrnn" / "checks", body)
    yield found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def test_every_scene_has_its_outcome(outcomes: list[Outcome]) -> None:
    assert [(o.item, o.status) for o in outcomes] == [(f"{s.part}.bar", s.expected) for s in SCENES]


def test_a_failure_gives_the_figures(outcomes: list[Outcome]) -> None:
    failed = [o for o, s in zip(outcomes, SCENES, strict=True) if s.expected == "failed"]
    assert failed[0].message == "LSTM reached 0.612." and failed[0].counterexample is not None
    assert (failed[0].counterexample.got, failed[0].counterexample.expected) == ("0.612 in validation", "at least 0.84")
    assert "begins no training of this part's kind" in failed[-1].message
