"""Hidden inputs reach no process that serves public checks; what is built on broken items is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.assignment import Prepared
from autograder.judge.plugin import Bench, Judge
from autograder.judge.session import with_checks
from autograder.judging import Judging
from autograder.records import Cell, Item, Outcome, Visibility
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Override, Student
from autograder.wire import frames
from autograder.wire.limits import Limits

SUITE = Path(__file__).parent / "judge" / "sample_checks"
ITEMS = (Item("s.a", "a", 5, "automatic"), Item("s.b", "b", 5, "automatic", needs=("s.a",)))
GOOD = "def double(x): return 2 * x"
TELLS_ALL = """
seen = []
def double(x):
    seen.append(x)
    raise ValueError(f"seen: {seen}")
"""
PRINTS_ALL = """
seen = []
def double(x):
    seen.append(x)
    print("seen:", seen)
    return 2 * x
"""
WRONG_BELOW_ZERO = "def double(x): return 2 * x if 0 <= x < 37 else 0"


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


class Recorder(InProcess):
    """A sandbox that keeps what each of its processes was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[list[Any]] = []

    def spawn(self) -> Any:
        process = super().spawn()
        sent: list[Any] = []
        self.sent.append(sent)
        ask = process.request

        def request(frame: bytes, timeout: float, max_reply: int) -> bytes:
            sent.append(frames.unpack(frame))
            return ask(frame, timeout, max_reply)

        process.request = request  # type: ignore[method-assign]
        return process


@dataclass
class Judged:
    outcomes: dict[str, Outcome]
    substitutes: dict[str, tuple[str, ...]]
    broken: set[str]
    sandbox: Recorder
    served: list[tuple[Student, Visibility]]
    student: Student


def judged(source: str, items: Sequence[Item] = ITEMS) -> Judged:
    context, sandbox, found = SimpleNamespace(broken=set()), Recorder(), []
    student = Student(sandbox, [Cell(1, source)], Limits())
    served: list[tuple[Student, Visibility]] = []
    assignment: Any = SimpleNamespace(substitutes=lambda item: (Override(("double",), GOOD),))

    def body(judge: Judge) -> None:
        run = judge.run

        def watched(bench: Bench, chosen: Sequence[str], visibility: Visibility) -> list[Outcome]:
            served.append((bench.student, visibility))
            return run(bench, chosen, visibility)

        judge.run = watched  # type: ignore[assignment,method-assign]
        student.load()
        found.append(Judging(assignment, judge, b"one", student, Prepared(context)).run(items))

    with_checks(SUITE, body)
    student.close()
    outcomes, substitutes = found[0]
    return Judged({o.check: o for o in outcomes}, substitutes, context.broken, sandbox, served, student)


def told(outcome: Outcome) -> str:
    return f"{outcome.message} {outcome.counterexample}"


@pytest.mark.parametrize("source", [GOOD, TELLS_ALL, WRONG_BELOW_ZERO])
def test_no_process_serves_both_kinds(source: str) -> None:
    found = judged(source)
    for student in {student for student, _ in found.served}:
        assert len({visibility for one, visibility in found.served if one is student}) == 1
    kinds = [visibility for _, visibility in found.served]
    assert "hidden" in kinds


@pytest.mark.parametrize("items", [ITEMS, ITEMS[::-1]])
def test_a_public_message_tells_no_hidden_input(items: Sequence[Item]) -> None:
    plain = [Item(item.id, item.title, item.points, item.marking) for item in items]  # none is judged again
    found = judged(TELLS_ALL, plain)
    assert "seen: [-1]" in told(found.outcomes["hidden"])  # it was sent, and nothing before it
    for name in ("doubles", "smallest"):
        assert "seen: " in told(found.outcomes[name]) and "-1" not in told(found.outcomes[name])


def test_nothing_that_was_sent_meets_a_hidden_input(capsys: pytest.CaptureFixture[str]) -> None:
    found = judged(PRINTS_ALL)
    assert {o.status for o in found.outcomes.values()} == {"passed"}
    assert [line for line in capsys.readouterr().out.splitlines() if "-1" in line] == ["seen: [-1]"]
    with_hidden = [frames for frames in found.sandbox.sent if any(frame.get("args") == [-1] for frame in frames)]
    assert len(with_hidden) == 1 and found.sandbox.sent[-1] is with_hidden[0]
    assert [frame["args"] for frame in with_hidden[0] if frame["op"] == "call"] == [[-1]]


def test_no_second_process_without_hidden_checks() -> None:
    assert len(judged(GOOD, ITEMS[1:]).sandbox.sent) == 1


def test_what_only_a_hidden_check_breaks_excuses_what_is_built_on_it() -> None:
    found = judged(WRONG_BELOW_ZERO)
    assert found.outcomes["hidden"].status == "failed" and found.broken == {"s.a"}
    assert found.outcomes["smallest"].status == "passed" and found.substitutes == {"s.b": ("double",)}


def test_outcomes_stand_in_the_suites_order() -> None:
    assert list(judged(GOOD).outcomes) == ["doubles", "hidden", "smallest"]
