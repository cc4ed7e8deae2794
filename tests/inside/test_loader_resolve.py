"""Names that are missed: running the waiting statements that set them."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import dedent

import pytest

from autograder.inside.loader import Workspace


def load(*sources: str) -> Workspace:
    workspace = Workspace("submission")
    for number, source in enumerate(sources, 1):
        workspace.load_cell(number, dedent(source))
    return workspace


# A function that reads a global set by an experiment: the server retries after resolve.
def test_global_set_by_an_experiment() -> None:
    workspace = load("""
        def build(words): return {w: i for i, w in enumerate(words)}
        vocab = build(['a', 'b'])
        def size(): return len(vocab)
        """)
    with pytest.raises(NameError) as caught:
        workspace.namespace["size"]()
    assert caught.value.name == "vocab"
    assert workspace.resolve("vocab")
    assert workspace.namespace["size"]() == 2


# What the waiting statement needs is fetched first, also through other cells and functions.
def test_chains_of_needs() -> None:
    workspace = load(
        "def make(n): return list(range(n))\n",
        "data = make(3)\nx, y = data[:2], data[2:]\n",
        "def total(): return sum(x) + factor\nresult = total()\n",
        "factor = make(11)[-1]\n",
    )
    assert workspace.resolve("result")
    assert workspace.namespace["result"] == 11


# The latest binding counts; one that builds on itself runs the earlier one first.
def test_latest_binding_and_rebinding() -> None:
    workspace = load("""
        def make(n): return [n]
        data = make(1)
        data = data + make(2)
        data[0] = 5
        data.append(7)
        """)
    assert workspace.resolve("data")
    assert workspace.namespace["data"] == [5, 2, 7]


# When the latest binding fails, an earlier one serves.
def test_earlier_binding_serves() -> None:
    workspace = load("def make(n): return n\n", "df = make(1)\n", "df = open('missing.csv').read()\n")
    assert workspace.resolve("df")
    assert workspace.namespace["df"] == 1


# A statement that failed for want of a later cell's name is tried again.
def test_cells_run_in_another_order() -> None:
    workspace = load("size = len(vocab)\n", "vocab = [1, 2, 3]\n")
    assert "size" not in workspace.namespace
    assert workspace.resolve("size")
    assert workspace.namespace["size"] == 3


# Every statement runs once.
def test_runs_once() -> None:
    workspace = load("calls = []\ndef make():\n    calls.append(1)\n    return 1, 2\na, b = make()\n")
    assert workspace.resolve("a")
    assert workspace.resolve("b")
    assert workspace.namespace["calls"] == [1]


# Unknown names, names of failing statements and circles end with no.
def test_hopeless_names() -> None:
    workspace = load("""
        def f(x): return x
        p = f(q)
        q = f(p)
        boom = f(1 / 0)
        leave = f(exit())
        """)
    assert [workspace.resolve(name) for name in ("nothing", "p", "q", "boom", "leave")] == [False] * 5


# A long chain ends at the depth limit instead of the recursion limit.
def test_depth_limit() -> None:
    chain = "\n".join(f"v{i} = f(v{i - 1})" for i in range(1, 300))
    workspace = load(f"def f(x): return x\nv0 = f(0)\n{chain}\n")
    assert not workspace.resolve("v299")
    assert workspace.resolve("v5")


# What takes too long is given up.
def test_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.inside.deferred.RESOLVE_SECONDS", 0.3)
    workspace = load("def spin():\n    while True:\n        try: pass\n        except Exception: pass\nx = spin()\n")
    started = time.monotonic()
    assert not workspace.resolve("x")
    assert time.monotonic() - started < 3


# A top-level `while True` never runs, whatever it would set.
def test_endless_loop_never_runs() -> None:
    workspace = load("while True:\n    x = 1\n")
    assert not workspace.resolve("x")


# A training loop does not run because somebody reads the model.
def test_reading_the_model_does_not_train_it() -> None:
    workspace = load("""
        def make(): return []
        model = make()
        for epoch in range(3):
            model.append(make())
        """)
    assert workspace.resolve("model")
    assert workspace.namespace["model"] == []


# A name that a training loop sets too comes from the plain statement.
def test_plain_statements_before_loops() -> None:
    workspace = load("""
        def make(n): return n
        model = make(1)
        for size in (2, 3):
            model = make(size)
        for only in (4, 5):
            looped = make(only)
        """)
    assert workspace.resolve("model")
    assert workspace.namespace["model"] == 1
    assert workspace.resolve("looped")
    assert workspace.namespace["looped"] == 5


# An eager value stands, even when a later experiment would set the name again.
def test_eager_value_stands() -> None:
    workspace = load("calls = []\ndef search(): calls.append(1)\nrate = 0.1\nrate = search()\n")
    assert workspace.resolve("rate")
    assert workspace.namespace["rate"] == 0.1
    assert workspace.namespace["calls"] == []


# A loop that only fills a waiting container does.
def test_filling_loop_belongs_to_the_container() -> None:
    workspace = load("""
        def make(): return {'a': 0}
        table = make()
        for i, w in enumerate('bc'):
            table[w] = i
        """)
    assert workspace.resolve("table")
    assert workspace.namespace["table"] == {"a": 0, "b": 0, "c": 1}


# From a main guard only the wanted statement runs.
def test_main_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workspace = load("""
        def f(x): return x
        if __name__ == "__main__":
            rate = f(3)
            open('trained.txt', 'w').write('!')
        """)
    assert workspace.resolve("rate")
    assert list(tmp_path.iterdir()) == []


# 2021 and 2025 editions: data and vocabulary are made between the definitions, and read as globals later.
def test_data_loaded_in_between(tmp_path: Path) -> None:
    csv = tmp_path / "reviews.csv"
    csv.write_text("review,sentiment\ngood film,positive\nbad film,negative\n")
    workspace = load(
        f"import pandas as pd\nPATH = {str(csv)!r}\n",
        "df = pd.read_csv(PATH)\nx_train, y_train = df['review'].tolist(), df['sentiment'].tolist()\ndf.head()\n",
        "def build_vocab(texts):\n    return {w: i for i, w in enumerate(sorted(set(' '.join(texts).split())))}\n",
        "vocab = build_vocab(x_train)\nINPUT_DIM = len(vocab)\n",
        "def tokenize(text):\n    return [vocab[w] for w in text.split()]\n",
    )
    assert "df" not in workspace.namespace
    assert workspace.resolve("vocab")
    assert workspace.namespace["tokenize"]("bad film") == [0, 1]
    assert workspace.resolve("INPUT_DIM")
