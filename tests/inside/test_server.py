"""The student's end of the wire: what a request does, and what comes back when the student's code fails."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from autograder.inside import server as server_module
from autograder.inside.server import Server
from autograder.wire import frames
from autograder.wire.frames import Array, Handle, Opaque

ROOT = Path(__file__).parents[2]
NOTEBOOK = """
import random
import numpy as np
import torch
import torch.nn as nn
LIMIT = 3
calls = []
def tokenize(vocab, text):
    calls.append(text)
    return [vocab[w] for w in text.split()]
def draw():
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]
def grow(items, extra=1):
    items.append(extra)
    return len(items)
class Box:
    size = 4
    def __init__(self, value): self.value = value
    def __len__(self): return self.size
    def __getitem__(self, k): return self.value[k]
    def twice(self): return self.value * 2
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, 2)
        self.rate = 0.5
        self.drop = nn.Dropout(0.5)
    def forward(self, x): return self.layer(self.drop(x))
"""


class Client:
    """A server and the shortest way to ask it."""

    def __init__(self, *cells: str) -> None:
        self.server = Server("submission")
        for number, cell in enumerate(cells, 1):
            self.ask("load_cells", cells=[{"number": number, "source": dedent(cell)}])

    def answer(self, op: str, **arguments: Any) -> dict[str, Any]:
        reply: dict[str, Any] = frames.unpack(self.server.handle(frames.pack({"op": op} | arguments)))
        return reply

    def ask(self, op: str, **arguments: Any) -> Any:
        reply = self.answer(op, **arguments)
        assert "ok" in reply, reply
        return reply["ok"]

    def call(self, target: str | Handle, *args: Any, **options: Any) -> Any:
        return self.ask("call", target=target, args=list(args), **options)

    def error(self, target: str | Handle, *args: Any, **options: Any) -> dict[str, str]:
        error: dict[str, str] = self.answer("call", target=target, args=list(args), **options)["error"]
        return error


@pytest.fixture
def client() -> Client:
    return Client(NOTEBOOK)


# ---- calls -----------------------------------------------------------------------------------------------------------
def test_call(client: Client) -> None:
    assert client.call("tokenize", {"a": 2, "b": 3}, "b a") == [3, 2]
    assert client.call("grow", [1, 2], kwargs={"extra": 5}) == 3


def test_keep_and_methods(client: Client) -> None:
    box = client.call("Box", [1, 2], keep=True)
    assert type(box) is Handle and box.type_name.endswith("Box")
    assert client.call(box, method="twice") == [1, 2, 1, 2]
    assert client.call(box, 1, method="[]") == 2
    assert client.call(box, method="len()") == 4
    other = client.call("Box", [3], keep=True)
    assert other.number != box.number
    assert client.call(box, method="twice") == [1, 2, 1, 2]


def test_handles_as_arguments(client: Client) -> None:
    inner = client.call("Box", "ab", keep=True)
    outer = client.call("Box", [inner, "x"], keep=True)
    again = client.call(outer, 0, method="[]", keep=True)
    assert client.call(again, method="twice") == "abab"


def test_echo_shows_what_a_call_did_to_its_arguments(client: Client) -> None:
    answer = client.call("grow", [1], 7, echo=True)
    assert answer == {"value": 2, "args": [[1, 7], 7]}


def test_seed(client: Client) -> None:
    first = client.call("draw", seed=5)
    assert client.call("draw", seed=5) == first
    assert client.call("draw", seed=6) != first
    assert client.call("draw") != first
    assert all(0 <= number <= 1 for number in first)


def test_attributes(client: Client) -> None:
    box = client.call("Box", 5, keep=True)
    client.ask("set", target=box, name="value", value={"a"})
    assert client.ask("get", target=box, name="value") == {"a"}
    assert client.ask("fields", target=box) == ["size", "twice", "value"]


def test_attributes_together(client: Client) -> None:
    box = client.call("Box", 5, keep=True)
    assert client.ask("get_each", target=box, names=["value", "value"]) == [5, 5]
    assert client.answer("get_each", target=box, names=["value", "nothing"])["error"]["kind"] == "AttributeError"


def test_several_calls_end_with_the_first_error(client: Client) -> None:
    box = client.call("Box", [7, 8], keep=True)
    calls = [{"target": box, "method": "[]", "args": [k]} for k in (1, 0, 5, 0)]
    first, second, third = client.ask("call_each", calls=calls)
    assert (first, second) == ({"ok": 8}, {"ok": 7})
    assert third["error"]["kind"] == "IndexError"


def test_what_was_told_is_done_first(client: Client) -> None:
    box = client.call("Box", 5, keep=True)
    told = {"op": "set", "target": box, "name": "value", "value": 6}
    assert client.ask("get", target=box, name="value", before=[told]) == 6
    failing = told | {"target": Handle(999, "Box")}
    assert client.answer("set", target=box, name="value", value=7, before=[failing])["error"]["kind"] == "KeyError"
    assert client.ask("get", target=box, name="value") == 6


def test_calls_without_gradients(client: Client) -> None:
    client.ask("override", source="import torch\ndef records(): return torch.is_grad_enabled()", names=["records"])
    assert client.call("records") is True
    assert client.call("records", grad=False) is False
    assert client.call("records") is True


def test_files_lie_where_the_process_began(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    server = Server("other")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Path(server.write_file("a.csv", b"1")) == tmp_path / "a.csv"


def test_write_file(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = client.ask("write_file", name="grading/reviews.csv", data=b"a,b\n")
    assert Path(path).is_absolute() and Path(path).read_bytes() == b"a,b\n" and Path(path).is_relative_to(tmp_path)


def test_arguments_are_parsed_as_without_any(client: Client) -> None:
    before = sys.argv
    source = """
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument('--epochs', type=int, default=3)
options = parser.parse_args()
def epochs():
    return [options.epochs, parser.parse_args().epochs, sys.argv[1:]]
sys.argv = [sys.argv[0], '--epochs', '4']
"""
    reports = client.ask("load_cells", cells=[{"number": 1, "source": source}])
    assert reports[0]["problems"] == []
    assert client.call("epochs") == [3, 4, ["--epochs", "4"]]
    assert sys.argv is before


def test_versions_are_texts(client: Client) -> None:
    versions = client.ask("versions")
    assert {"python", "torch", "numpy", "pandas", "scikit-learn"} == versions.keys()
    assert {type(v) for v in versions.values()} == {str}


def test_inventory_and_override(client: Client) -> None:
    assert client.ask("inventory")["tokenize"]["parameters"] == ["vocab", "text"]
    client.ask("override", source="def tokenize(vocab, text): return [LIMIT]", names=["tokenize"])
    assert client.call("tokenize", {}, "x") == [3]


# ---- modules ---------------------------------------------------------------------------------------------------------
def test_build_model(client: Client) -> None:
    handle, parameters = client.ask("build_model", target="Net", args=[3], kwargs={}, seed=1)
    assert parameters == [["layer.weight", [2, 3], True], ["layer.bias", [2], True]]
    ones = Array("tensor", np.ones((1, 3), np.float32))
    first = client.call(handle, ones).data
    assert (client.call(handle, ones).data == first).all()  # in eval mode
    again, _ = client.ask("build_model", target="Net", args=[3], kwargs={}, seed=1)
    assert (client.call(again, ones).data == first).all()


def test_operations_on_modules(client: Client) -> None:
    net = client.call("Net", 2, keep=True)
    kinds = {path: (bases[0], settings) for path, _, bases, settings in client.ask("submodules", target=net)}
    assert kinds["layer"][0] == "Linear" and kinds["layer"][1]["in_features"] == 2
    assert kinds[""][0] == "Module" and kinds["drop"][1]["p"] == 0.5
    weight = np.array([[1, 2], [3, 4]], np.float32)
    client.ask(
        "load_state", target=net, values={"layer.weight": Array("tensor", weight), "stranger": Array("tensor", weight)}
    )
    state = client.ask("state", target=net)
    assert state["layer.weight"].data.tolist() == weight.tolist() and state["layer.bias"].kind == "parameter"
    assert client.ask("set_mode", target=net, training=False) is False
    x = Array("tensor", np.array([[1, 10]], np.float32))
    direction = Array("tensor", np.array([[1, 0]], np.float32))
    gradients = client.ask("gradients", target=net, args=[x], direction=direction)
    assert gradients["layer.weight"].data.tolist() == [[1, 10], [0, 0]] and gradients["layer.bias"].data.tolist() == [
        1,
        0,
    ]
    double = client.ask("gradients", target=net, args=[x], direction=direction, calls=2)
    assert double["layer.weight"].data.tolist() == [[2, 20], [0, 0]]


def test_torch_modules_and_extensions(client: Client) -> None:
    linear = client.ask("torch_module", kind="Linear", args=[2, 1], kwargs={})
    client.ask("extend", name="fill", source=(ROOT / "autograder/kit/inside/fill.py").read_text(encoding="utf-8"))
    fill = client.ask("fill.filling", value=0.125)
    client.call(fill, linear, keep=True)
    assert {float(v) for a in client.ask("state", target=linear).values() for v in a.data.flat} == {0.125}


# ---- what a call turns out to need -----------------------------------------------------------------------------------
def test_a_missing_global_is_made_from_a_deferred_statement() -> None:
    client = Client(
        "def load(): return ['a', 'b']\ndef size(): return len(words) + len(more)\nwords = load()\n",
        "more = load() + words\n",
    )
    assert "words" not in client.server.workspace.namespace
    assert client.call("size") == 6
    assert client.call("size") == 6


def test_a_model_that_reads_a_deferred_global() -> None:
    client = Client(
        NOTEBOOK, "def width(): return 3\nW = width()\nclass Wide(Net):\n    def __init__(self): super().__init__(W)\n"
    )
    _, parameters = client.ask("build_model", target="Wide", args=[], kwargs={}, seed=0)
    assert parameters[0][1] == [2, 3]


def test_a_deferred_name_can_be_called_itself() -> None:
    client = Client(
        "import functools\ndef add(a, b): return a + b\ndef make(n): return functools.partial(add, n)\nadd_two = make(2)\n"  # noqa: E501
    )
    assert client.call("add_two", 3) == 5


def test_a_name_that_nobody_binds_stays_an_error(client: Client) -> None:
    client.ask(
        "load_cells", cells=[{"number": 2, "source": "def f():\n    return nowhere\ndef g():\n    x = y\n    y = 1\n"}]
    )
    assert client.error("f") == {
        "kind": "NameError",
        "text": "name 'nowhere' is not defined",
        "where": "cell 2, line 2",
    }
    assert client.error("g")["kind"] == "UnboundLocalError"


def test_the_call_is_not_repeated_without_need(client: Client) -> None:
    client.call("tokenize", {"a": 1}, "a")
    client.error("tokenize", {"a": 1}, "b")
    client.ask("load_cells", cells=[{"number": 2, "source": "def count(): return calls"}])
    assert client.call("count") == ["a", "b"]


# ---- errors ----------------------------------------------------------------------------------------------------------
def test_missing_names(client: Client) -> None:
    assert client.error("build_vocab") == {"kind": "LookupError", "text": "build_vocab", "where": ""}


def test_exceptions_say_where(client: Client) -> None:
    error = client.error("tokenize", {"a": 2}, "a c")
    assert error == {"kind": "KeyError", "text": "'c'", "where": "cell 1, line 10"}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import sys; sys.exit()", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("return f()", "RecursionError"),
        ("return 10**5000", "MalformedAnswer"),
    ],
)
def test_everything_that_can_be_raised(source: str, kind: str) -> None:
    client = Client(f"def f(): {source}\n")
    assert client.error("f")["kind"] == kind
    assert client.error("f")["kind"] == kind  # and it goes on answering


def test_hostile_exceptions() -> None:
    client = Client("""
        class Odd(Exception):
            def __str__(self): raise SystemExit
        class Liar(Exception):
            def __str__(self): return type("S", (str,), {"__str__": lambda s: 1 / 0})("x" * 5000)
        class No(BaseException):
            __traceback__ = property(lambda self: 1 / 0)
        def f(): raise Odd("x")
        def g(): raise Liar("x")
        def h(): raise No("plain")
        """)
    assert client.error("f")["text"] == "<str() raised SystemExit>"
    assert len(client.error("g")["text"]) <= frames.MAX_TEXT
    assert client.error("h")["text"] == "plain"


def test_answers_that_cannot_travel() -> None:
    client = Client("def f(): return [object(), 10**2000]\ndef g(): return 1\n")
    assert client.error("f")["kind"] == "MalformedAnswer"
    assert client.call("g") == 1


def test_objects_are_described_never_run() -> None:
    client = Client(
        "class A:\n    def __repr__(self): return 'shown ' * 1000\n    def __reduce__(self): return print, (1,)\ndef f(): return A()\n"  # noqa: E501
    )
    got = client.call("f")
    assert type(got) is Opaque and len(got.text) == frames.MAX_TEXT


@pytest.mark.parametrize(
    "frame",
    [b"", b"\xc1", frames.pack({"op": "nothing"}), frames.pack({}), frames.pack([1]), frames.pack({"op": "call"})],
)
def test_bad_requests_are_answered(client: Client, frame: bytes) -> None:
    assert "error" in frames.unpack(client.server.handle(frame))


def test_handles_that_never_were(client: Client) -> None:
    assert client.error(Handle(99, "x"))["kind"] == "KeyError"


# ---- the loop --------------------------------------------------------------------------------------------------------
def test_serve_answers_until_the_judge_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(server_module, "Server", lambda **options: Server("submission", **options))
    monkeypatch.setattr(server_module.os, "_exit", ended.append)
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as stream:
        thread = threading.Thread(target=server_module.serve, args=(theirs,), daemon=True)
        thread.start()
        for number in (1, 2):
            frame = frames.pack({"op": "load_cells", "cells": [{"number": number, "source": f"x = {number}"}]})
            ours.sendall(frames.prefix(frame)[:3])
            ours.sendall(frames.prefix(frame)[3:])
            size = struct.unpack("<I", stream.read(4))[0]
            assert frames.unpack(stream.read(size))["ok"][0]["number"] == number
        ours.shutdown(socket.SHUT_WR)
        thread.join(10)
        assert not thread.is_alive() and ended == [0]


# ---- what calls find and leave ---------------------------------------------------------------------------------------
# What fails without gradients is tried with them; the random numbers are the same.
def test_gradients_where_they_are_needed() -> None:
    client = Client(
        "import torch\n"
        "def f(x):\n"
        "    y = torch.randn(2, requires_grad=True)\n"
        "    z = (y * y).sum()\n"
        "    x.append(1)\n"
        "    return float(torch.autograd.grad(z, y)[0].sum()), len(x), torch.is_grad_enabled()\n"
    )
    first = client.call("f", [], seed=3, grad=False)
    assert first == client.call("f", [], seed=3) and first[1:] == (1, True)


# Each request finds the process as it was, whatever the last one left.
def test_settings_do_not_leak() -> None:
    client = Client(
        "import torch, os\n"
        "torch.set_default_dtype(torch.float64)\n"
        "def f():\n"
        "    seen = str(torch.zeros(1).dtype), torch.is_grad_enabled()\n"
        "    torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False); os.chdir('/')\n"
        "    return seen\n"
    )
    assert client.call("f") == client.call("f") == ("torch.float32", True)
    assert client.ask("call_each", calls=[{"target": "f"}] * 2) == [{"ok": ("torch.float32", True)}] * 2


# A cleaned copy of one file is not what the next call reads; where the folder is not ours, files stay.
@pytest.mark.parametrize("own", [True, False])
def test_files_of_a_call(own: bool) -> None:
    client = Client("import os\ndef f(x):\n    open(x, 'w').close()\n    return sorted(os.listdir('.'))\n")
    client.server.own_folder = own
    client.ask("write_file", name="given.csv", data=b"")
    assert client.call("f", "a.csv", tidy=True) == ["a.csv", "given.csv"]
    assert ("a.csv" in client.call("f", "b.csv")) is not own
