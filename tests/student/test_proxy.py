"""The judge's end of the wire: calls, handles, errors, and a process that dies and is started again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import CRASH, GARBAGE, TIMEOUT, FakeSandbox

from autograder.errors import (
    GraderError,
    MalformedAnswer,
    MissingName,
    SandboxError,
    StudentCrash,
    StudentError,
    StudentException,
    StudentTimeout,
)
from autograder.kit.extensions import fill_function, serve_csv
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student import proxy
from autograder.student.proxy import Extension, Object, Override, Student
from autograder.wire import frames
from autograder.wire.frames import Array
from autograder.wire.limits import Limits

LIMITS = Limits(call_seconds=7, load_seconds=9, submission_seconds=100, frame_mb=1, stdout_kb=1)
NOTEBOOK = """
import torch.nn as nn
def tokenize(vocab, text):
    return [vocab[w] for w in text.split()]
def boom():
    raise ValueError("bad value")
class Box:
    def __init__(self, value): self.value = value
    def __len__(self): return len(self.value)
    def __getitem__(self, k): return self.value[k]
    def grow(self, by): self.value = self.value + by
class Net(nn.Linear): pass
"""


def student_of(*cells: str, sandbox: Any = None, limits: Limits = LIMITS) -> Student:
    """A loaded student, ready for a check."""
    found = Student(sandbox or InProcess(), [Cell(n, source) for n, source in enumerate(cells, 1)], limits)
    found.load()
    found.begin_check()
    return found


@pytest.fixture
def student() -> Student:
    return student_of(NOTEBOOK)


def a_box(student: Student) -> Object:
    box: Object = student.call("Box", [1, 2, 3], keep=True)
    return box


# ---- calls -----------------------------------------------------------------------------------------------------------
def test_calls_and_their_trace(student: Student) -> None:
    assert student.call("tokenize", {"a": 2}, text="a a") == [2, 2]
    (call,) = student.calls
    assert (call.target, call.method, call.args, call.kwargs, call.result) == (
        "tokenize",
        "()",
        ({"a": 2},),
        {"text": "a a"},
        [2, 2],
    )
    student.begin_check()
    assert student.calls == []


def test_objects(student: Student) -> None:
    box = student.call("Box", [1, 2], keep=True)
    assert isinstance(box, Object)
    assert box.call("len()") == 2 and box.call("[]", 1) == 2
    box.call("grow", [7])
    assert box.get("value") == [1, 2, 7]
    box.set("value", "xyz")
    assert box.call("[]", 0) == "x"
    assert student.fields(box) == ["grow", "value"]
    nested = student.call("Box", [box, (box,)], keep=True)
    assert nested.call("[]", 0, keep=True).call("len()") == 3


def test_one_request_for_several_calls() -> None:
    sandbox = FakeSandbox()
    student = student_of(NOTEBOOK, sandbox=sandbox)
    box = student.call("Box", [7, 8], keep=True)
    box.notes["title"] = "box"
    before = len(sandbox.requests)
    answers = box.call_each([(1,), (0,), (5,), (0,)], method="[]")
    assert (next(answers), len(student.calls)) == (8, 2)
    assert next(answers) == 7
    with pytest.raises(StudentException) as caught:
        next(answers)
    assert caught.value.kind == "IndexError"
    assert [(c.target, c.args, c.result) for c in student.calls[1:]] == [
        ("box", (1,), 8),
        ("box", (0,), 7),
        ("box", (5,), None),
    ]
    assert len(sandbox.requests) == before + 1


def test_several_calls_of_which_one_ends_the_process() -> None:
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly={"poison": CRASH}))
    box = student.call("Box", {}, keep=True)
    with pytest.raises(StudentCrash):
        next(box.call_each([("fine",), ("poison",)], method="[]"))
    assert [c.args for c in student.calls[1:]] == [("fine",), ("poison",)]
    assert student.fatal is not None


def test_what_nobody_waits_for_goes_with_the_next_request() -> None:
    sandbox = FakeSandbox()
    student = student_of(NOTEBOOK, sandbox=sandbox)
    box = student.call("Box", 1, keep=True)
    before = len(sandbox.requests)
    box.set("value", 2)
    box.set("value", 3)
    assert len(sandbox.requests) == before
    assert (box.get("value"), len(sandbox.requests)) == (3, before + 1)
    assert (box.get_each(["value", "value"]), len(sandbox.requests)) == ([3, 3], before + 2)


def test_what_was_told_to_a_dead_process_is_forgotten() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    serve_csv(student, "a.csv", "")
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    with pytest.raises(StudentCrash):
        serve_csv(student, None, "")
    student.begin_check()
    student.call("tokenize", {}, "")
    assert all("before" not in request for request in sandbox.processes[1].requests)


def test_a_file_is_named_once(student: Student) -> None:
    first = student.write_file("a/c.csv", b"1\n")
    assert student.write_file("a/c.csv", b"2\n") == first
    student.inventory()
    assert Path(first).read_bytes() == b"2\n"


def test_echo_and_seed(student: Student) -> None:
    answer = student.call("tokenize", {"a": 2}, "a", echo=True)
    assert answer == {"value": [2], "args": [{"a": 2}, "a"]}
    draw = student_of("import random\ndef draw(): return random.random()\n")
    assert draw.call("draw", seed=3) == draw.call("draw", seed=3) != draw.call("draw", seed=4)


def test_models(student: Student) -> None:
    model, parameters = student.build_model("Net", [3, 2], {"bias": False}, seed=1)
    assert parameters == [["weight", [2, 3], True]]
    assert model.ask("set_mode", training=True) is True
    got = model.call("()", Array("tensor", np.ones((1, 3), np.float32)))
    assert got.data.shape == (1, 2)
    with pytest.raises(MissingName):
        student.build_model("GRU", [3], {})
    assert [c.target for c in student.calls] == ["Net", "Net", "GRU"]


def test_what_the_judge_needs_around_the_calls(
    student: Student, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert student.write_file("a/b.csv", b"1\n").endswith("a/b.csv")
    assert student.versions()["numpy"] == np.__version__
    assert student.inventory()["Box"]["kind"] == "class"
    linear = student.torch_module("Linear", 2, 1)
    student.call(fill_function(student, 2.0), linear, keep=True)
    assert linear.ask("state")["weight"].data.tolist() == [[2.0, 2.0]]
    assert student.calls[-1].target == "fill_with(2)"


COUNTER = """
COUNT = [0]
def add(server, by):
    COUNT[0] += by
    return [COUNT[0], server.lookup("tokenize").__name__]
OPERATIONS = {"add": add}
"""


def test_an_extension_is_a_module_of_its_own(student: Student) -> None:
    counter = Extension("counter", COUNTER)
    student.extend(counter)
    assert student.ask("counter.add", by=2) == [2, "tokenize"]
    student.extend(counter)  # is there: keeps what it knows
    assert student.ask("counter.add", by=3) == [5, "tokenize"]
    assert "COUNT" not in student.inventory()
    with pytest.raises(StudentException, match="NameError"):
        student_of("def f(): return COUNT\n").call("f")


def test_an_extension_comes_back_with_the_process() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    student.extend(Extension("counter", COUNTER))
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    student.begin_check()
    assert student.ask("counter.add", by=1) == [1, "tokenize"]
    other = student.successor()
    other.begin_check()
    assert other.ask("counter.add", by=4) == [4, "tokenize"]


def test_an_extension_asks_for_a_second_chance() -> None:
    student = student_of("def f():\n    global n\n    n = globals().get('n', 0) + 1\n    return 1 / (n - 1)\n")
    with pytest.raises(StudentException):
        student.call("f")
    again = student_of("def f():\n    global n\n    n = globals().get('n', 0) + 1\n    return 1 / (n - 1)\n")
    again.extend(Extension("again", "OPERATIONS = {}\ndef second_chance(): return True\n"))
    assert again.call("f") == 1.0


def test_an_extension_that_fails_is_told(student: Student) -> None:
    student.extend(Extension("broken", "OPERATIONS = {}\n1 / 0\n"))
    with pytest.raises(StudentException, match="ZeroDivisionError"):
        student.inventory()
    with pytest.raises(GraderError):
        a_box(student).ask("no_such_operation")


def test_csv_fallback(student: Student, tmp_path: Any) -> None:
    (tmp_path / "there.csv").write_text("review\nx\n")
    reader = student_of("import pandas as pd\ndef read(): return len(pd.read_csv('nowhere.csv'))\n")
    serve_csv(reader, str(tmp_path / "there.csv"), "")
    try:
        assert reader.call("read") == 1
    finally:
        serve_csv(reader, None, "")
    with pytest.raises(StudentException):
        reader.call("read")


def test_a_deferred_statement_is_fetched() -> None:
    student = student_of("def load(): return [4, 5]\ndef first(): return data[0]\ndata = load()\n")
    assert student.call("first") == 4


# ---- errors of the student's -----------------------------------------------------------------------------------------
def test_missing_name(student: Student) -> None:
    with pytest.raises(MissingName, match="the notebook does not define `build_vocab`"):
        student.call("build_vocab", [])
    assert student.fatal is None


def test_a_lookup_error_of_the_students_is_no_missing_name() -> None:
    student = student_of("def f(): raise LookupError('g')\n")
    with pytest.raises(StudentException, match="LookupError"):
        student.call("f")


def test_exceptions_have_a_place(student: Student) -> None:
    with pytest.raises(StudentException) as caught:
        student.call("boom")
    assert (caught.value.kind, caught.value.text, caught.value.where) == ("ValueError", "bad value", "cell 1, line 6")
    assert str(caught.value) == "raised ValueError: bad value (cell 1, line 6)"
    assert student.call("tokenize", {}, "") == []  # it lives on


def test_the_fault_of_the_judge_stays_its_own(student: Student) -> None:
    with pytest.raises(frames.WireError):
        student.call("tokenize", object())
    with pytest.raises(GraderError):
        student.call("Box", 1, keep=True).ask("call")


FORGERIES = [
    b"",
    b"\xc1\xc1",
    frames.pack(7),
    frames.pack([]),
    frames.pack({}),
    frames.pack({"ok": 1, "error": 2}),
    frames.pack({"no": 1}),
    frames.pack({"error": 1}),
    frames.pack({"error": {}}),
    frames.pack({"error": {"kind": 1, "text": "x", "where": ""}}),
    frames.pack({1: "ok"}),
]


@pytest.mark.parametrize("answer", FORGERIES, ids=repr)
def test_forged_answers(answer: bytes) -> None:
    sandbox = FakeSandbox(deadly={"poison": answer})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    with pytest.raises(MalformedAnswer) as caught:
        student.call("tokenize", {}, "poison")
    assert student.fatal is caught.value and sandbox.processes[0].closed


def test_forged_errors_are_cut() -> None:
    answer = frames.pack({"error": {"kind": "K" * 9999, "text": "T" * 9999, "where": "W" * 9999}})
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly={"poison": answer}))
    with pytest.raises(StudentException) as caught:
        student.call("tokenize", {}, "poison")
    assert len(str(caught.value)) < 4 * frames.MAX_TEXT


@pytest.mark.parametrize(
    ("op", "forged", "ask"),
    [
        ("call_each", 3, lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [], lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [{"ok": 1}], lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [{"ok": 1}] * 3, lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [{"ok": 1}, 7], lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [{"error": {}}, {"ok": 1}], lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("call_each", [{"error": {}}], lambda s: next(a_box(s).call_each([(1,), (2,)]))),
        ("get_each", [1], lambda s: a_box(s).get_each(["value", "value"])),
        ("'call'", 3, lambda s: s.call("Box", 1, keep=True)),
        ("build_model", [1], lambda s: s.build_model("Net", [], {})),
        ("build_model", [1, []], lambda s: s.build_model("Net", [], {})),
        ("torch_module", None, lambda s: s.torch_module("LSTM", 1, 1)),
        ("inventory", [1], lambda s: s.inventory()),
    ],
)
def test_answers_of_the_wrong_shape(op: str, forged: Any, ask: Any) -> None:
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly={op: frames.pack({"ok": forged})}))
    with pytest.raises(MalformedAnswer):
        ask(student)


def test_odd_entries_of_inventory_fields_and_versions_are_dropped() -> None:
    entries = {
        "a": 1,
        "b": {"kind": "class", "parameters": 3},
        "c": {"kind": 1},
        "d": {"kind": "class", "parameters": [1]},
        "f": {"kind": "class", "parameters": ["x", "z=__import__('os').system('x') or 5, y"]},
        "g": {"kind": "class", "parameters": ["x\n"]},
        "h()": {"kind": "class", "parameters": ["x"]},
        "e": {"kind": "class", "parameters": ["x", "*args", "**kwargs"]},
    }
    forged = {"inventory": frames.pack({"ok": entries}), "versions": frames.pack({"ok": 3})}
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly=forged))
    assert list(student.inventory()) == ["e"]
    assert student.versions() == {}


@pytest.mark.parametrize("answer", [None, 3, {"status": "fine"}, {"status": ["loaded"]}, {}])
def test_forged_reports_of_cells(answer: Any) -> None:
    sandbox = FakeSandbox(
        deadly={"load_cell": frames.pack({"ok": [answer]}), "LOAD_CELL": frames.pack({"ok": [answer]})}
    )
    student = student_of(NOTEBOOK, sandbox=sandbox)
    report = student.reports[1]
    assert report.status in ("partly", "failed") and "ended the process" in report.problems[0].error


def test_odd_problems_of_cells_are_dropped() -> None:
    problems = [1, {"line": "x"}, {"line": 3, "statement": "s" * 999, "error": "e" * 999}, {"line": True}]
    answer = {"ok": [{"status": "partly", "problems": problems}]}
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly={"load_cell": frames.pack(answer)}))
    (problem,) = student.reports[1].problems
    assert (problem.line, len(problem.statement), len(problem.error)) == (3, 120, 300)


# ---- a process that dies ---------------------------------------------------------------------------------------------
KINDS = [(TIMEOUT, StudentTimeout), (CRASH, StudentCrash), (GARBAGE, MalformedAnswer)]


@pytest.mark.parametrize(("fate", "kind"), KINDS)
def test_a_fatal_call_ends_the_check_and_the_next_check_starts_anew(fate: str, kind: type[StudentError]) -> None:
    sandbox = FakeSandbox(deadly={"poison": fate})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    box = student.call("Box", [1], keep=True)
    with pytest.raises(kind) as caught:
        student.call("tokenize", {}, "poison")
    assert sandbox.processes[0].closed == 1
    for further in (lambda: student.call("tokenize", {}, ""), lambda: box.call("len()"), student.inventory):
        with pytest.raises(kind) as again:
            further()
        assert again.value is caught.value  # nothing more is asked in this check
    assert len(sandbox.processes) == 1
    student.begin_check()
    assert student.fatal is None and len(sandbox.processes) == 2
    assert student.call("tokenize", {"a": 1}, "a") == [1]


def test_overrides_are_sent_again_after_a_restart() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    student.override(Override(("tokenize",), "def tokenize(vocab, text): return [42]"))
    assert student.call("tokenize", {}, "") == [42]
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    student.begin_check()
    assert student.call("tokenize", {}, "") == [42]
    assert [r["op"] for r in sandbox.processes[1].requests] == ["load_cells", "override", "call"]


def test_a_function_that_kills_twice_is_not_called_again() -> None:
    sandbox = FakeSandbox(deadly={"poison": TIMEOUT})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    for _ in range(2):
        with pytest.raises(StudentTimeout, match="fate"):
            student.call("tokenize", {}, "poison")
        student.begin_check()
    asked = len(sandbox.requests)
    with pytest.raises(StudentTimeout, match="tokenize was not called again: it has already ended the process 2 times"):
        student.call("tokenize", {}, "harmless")
    assert len(sandbox.requests) == asked
    assert student.call("Box", [1], keep=True).call("len()") == 1  # other functions are


def test_methods_are_counted_apart() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    for _ in range(2):
        box = student.call("Box", [1], keep=True)
        with pytest.raises(StudentCrash):
            box.call("grow", "poison")
        student.begin_check()
    box = student.call("Box", [1], keep=True)
    assert box.call("len()") == 1
    with pytest.raises(StudentTimeout, match=r"Box\.grow"):
        box.call("grow", [1])


def test_too_many_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "MAX_DEATHS_OF_ONE_FUNCTION", 1000)
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    for _ in range(proxy.MAX_RESTARTS + 5):
        with pytest.raises(StudentCrash):
            student.call("tokenize", {}, "poison")
        student.begin_check()
    assert len(sandbox.processes) == proxy.MAX_RESTARTS + 1
    with pytest.raises(StudentCrash, match="too often"):
        student.call("tokenize", {}, "harmless")


def test_use_is_added_up_over_all_processes() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    student.begin_check()
    student.close()
    student.close()
    assert student.used.cpu_seconds == 3.0 and student.used.peak_memory_mb == 200.0
    assert student.used.output == "printed by process 1\nprinted by process 2\n"
    assert all(process.closed == 1 for process in sandbox.processes)


def test_output_is_cut() -> None:
    sandbox = FakeSandbox()
    student = student_of(NOTEBOOK, sandbox=sandbox)
    sandbox.processes[0].output = "x" * 5000
    student.close()
    assert len(student.used.output) == 1024


# ---- cells that kill -------------------------------------------------------------------------------------------------
def test_a_deadly_cell_is_sent_again_with_its_definitions_only() -> None:
    sandbox = FakeSandbox(deadly={"endless": TIMEOUT})
    student = student_of("x = 1", "def f(): return 5\nwhile True: endless = 1", "def g(): return f()", sandbox=sandbox)
    loads = [[c["number"] for c in r["cells"]] for r in sandbox.requests]
    assert loads == [[1, 2, 3], [1], [2], [1], [2], [3]]
    assert [c["number"] for r in sandbox.requests for c in r["cells"] if c["definitions_only"]] == [2]
    assert student.call("g") == 5
    assert student.reports[2].status == "partly" and "fate" in student.reports[2].problems[0].error
    assert [student.reports[n].status for n in (1, 3)] == ["loaded", "loaded"]


def test_a_cell_that_kills_even_so_is_left_out() -> None:
    sandbox = FakeSandbox(deadly={"deadly": CRASH})
    student = student_of("x = 1", "'deadly DEADLY'\ndef f(): return 5", "def g(): return 6", sandbox=sandbox)
    assert len(sandbox.processes) == 4 and student.reports[2].status == "failed"
    assert student.call("g") == 6
    with pytest.raises(MissingName):
        student.call("f")
    sandbox.deadly["poison"] = CRASH
    with pytest.raises(StudentCrash):
        student.call("g", "poison")
    student.begin_check()
    assert [c["number"] for r in sandbox.processes[-1].requests for c in r["cells"]] == [1, 3]  # it is remembered


def test_several_deadly_cells() -> None:
    sandbox = FakeSandbox(deadly={"deadly": CRASH})
    student = student_of("'deadly'", "'deadly DEADLY'", "def f(): return 1", sandbox=sandbox)
    assert [student.reports[n].status for n in (1, 2, 3)] == ["partly", "failed", "loaded"]
    assert student.call("f") == 1


# ---- time ------------------------------------------------------------------------------------------------------------
def test_every_request_has_its_limit() -> None:
    sandbox = FakeSandbox()
    student = student_of(NOTEBOOK, sandbox=sandbox)
    student.call("tokenize", {}, "")
    student.override(Override(("f",), "def f(): pass"))
    assert sandbox.processes[0].timeouts == [9, 7, 9]


def test_no_request_outlasts_the_submissions_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = FakeSandbox()
    student = student_of(NOTEBOOK, sandbox=sandbox)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 96)
    student.call("tokenize", {}, "")
    assert 3 < sandbox.processes[0].timeouts[-1] <= 4
    monkeypatch.setattr(time, "monotonic", lambda: now + 101)
    with pytest.raises(StudentTimeout, match="100 s that one submission has"):
        student.call("tokenize", {}, "")
    student.begin_check()  # a restart cannot help, and says so in every later check
    with pytest.raises(StudentTimeout, match="100 s"):
        student.call("tokenize", {}, "")


def test_loading_past_the_deadline() -> None:
    sandbox = FakeSandbox(deadly={"deadly": TIMEOUT})
    student = Student(sandbox, [Cell(1, "'deadly'")], replace(LIMITS, submission_seconds=1e-9))
    with pytest.raises(StudentTimeout):
        student.load()
    assert sandbox.processes[0].closed


def test_a_override_after_a_restart_that_failed() -> None:
    """The submission's fault, never the grader's."""
    student = student_of(NOTEBOOK, sandbox=FakeSandbox(deadly={"poison": CRASH}))
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    student._deadline = time.monotonic() - 1
    student.begin_check()
    with pytest.raises(StudentTimeout):
        student.override(Override(("f",), "def f(): pass"))


# ---- the grader's own faults -----------------------------------------------------------------------------------------
def test_no_process_is_the_graders_fault() -> None:
    student = Student(FakeSandbox(spawn_fails=True), [], LIMITS)
    with pytest.raises(SandboxError):
        student.load()
    with pytest.raises(GraderError):
        student.call("f")


def test_a_restart_that_fails_is_the_graders_fault() -> None:
    sandbox = FakeSandbox(deadly={"poison": CRASH})
    student = student_of(NOTEBOOK, sandbox=sandbox)
    with pytest.raises(StudentCrash):
        student.call("tokenize", {}, "poison")
    sandbox.spawn_fails = True
    with pytest.raises(SandboxError):
        student.begin_check()


def test_large_answers_are_refused() -> None:
    student = student_of("def f(): return 'x' * (2 << 20)\n", sandbox=None)
    with pytest.raises(MalformedAnswer, match="1,048,576"):
        student.call("f")
