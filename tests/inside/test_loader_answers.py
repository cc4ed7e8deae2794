"""What the loader says about a notebook, and what the judge puts into it."""

from __future__ import annotations

import inspect
import io
import linecache
import pickle
import sys
from textwrap import dedent

import pytest

from autograder.inside.loader import Workspace


def load(*sources: str) -> Workspace:
    workspace = Workspace("submission")
    for number, source in enumerate(sources, 1):
        workspace.load_cell(number, dedent(source))
    return workspace


# ---- inventory -----------------------------------------------------------------------------------------------------
# Kinds, places and parameters of everything that the notebook sets; imports are not its work.
def test_inventory() -> None:
    workspace = load(
        "import os\nfrom math import pi\nSEED = 5\n",
        """
        class GRU:
            def __init__(self, vocab_size, n_layers=1, *args, pad=0, **kwargs): pass
        def tokenize(vocab: dict, example: str) -> list: return []
        build = lambda x_train, min_freq=5: {}
        Net = GRU
        """,
    )
    assert workspace.inventory() == {
        "SEED": {"kind": "value", "cell": 1, "line": 3, "parameters": []},
        "GRU": {
            "kind": "class",
            "cell": 2,
            "line": 2,
            "parameters": ["vocab_size", "n_layers", "*args", "pad", "**kwargs"],
        },
        "tokenize": {"kind": "function", "cell": 2, "line": 4, "parameters": ["vocab", "example"]},
        "build": {"kind": "function", "cell": 2, "line": 5, "parameters": ["x_train", "min_freq"]},
        "Net": {
            "kind": "class",
            "cell": 2,
            "line": 6,
            "parameters": ["vocab_size", "n_layers", "*args", "pad", "**kwargs"],
        },
    }


# Partials, cached and decorated functions are functions; what has no readable signature has no parameters.
def test_inventory_of_odd_callables() -> None:
    workspace = load("""
        import functools
        collate = functools.partial(lambda batch, pad_index: batch, pad_index=0)
        @functools.lru_cache
        def slow(n): return n
        class Liar:
            __signature__ = 3
            def __init__(self, a): pass
        class Plain: pass
        class Hostile(type):
            @property
            def __init__(cls): raise SystemExit
        """)
    found = workspace.inventory()
    assert (found["collate"]["kind"], found["collate"]["parameters"]) == ("function", ["batch", "pad_index"])
    assert (found["slow"]["kind"], found["slow"]["parameters"]) == ("function", ["n"])
    assert found["Liar"]["parameters"] == ["a"]
    assert found["Plain"]["kind"] == "class"


# What stands in the text but failed to load is lost, with its cell; other names are not invented.
def test_inventory_of_lost_names() -> None:
    workspace = load("X = 1\n", "class GRU(Missing):\n    pass\nclass LSTM:\n    pass\n", "def f(:\n    pass\n")
    found = workspace.inventory()
    why = {"cause": "NameError: name 'Missing' is not defined", "cause_where": "cell 2, line 1"}
    assert found["GRU"] == {"kind": "lost", "cell": 2, "line": 1, "parameters": []} | why
    assert found["f"]["kind"] == "lost"
    assert found["LSTM"]["kind"] == "class"


# A definition that loads later is lost no more.
def test_found_again() -> None:
    workspace = load("def f(:\n    pass\n", "def f(a): pass\n")
    assert workspace.inventory()["f"] == {"kind": "function", "cell": 2, "line": 1, "parameters": ["a"]}


# ---- where ---------------------------------------------------------------------------------------------------------
# The innermost place in the notebook, even when the exception comes from a library below it.
def test_where() -> None:
    workspace = load("X = 1\n", "def f():\n    return g()\n", "import json\n\ndef g():\n    return json.loads('{')\n")
    with pytest.raises(ValueError, match="Expecting") as caught:
        workspace.namespace["f"]()
    assert workspace.where(caught.value) == "cell 3, line 4"
    assert workspace.where(KeyError("x")) == ""


# ---- override --------------------------------------------------------------------------------------------------------
# The judge's substitute replaces a name for the notebook's own functions too.
def test_override_replaces_a_name() -> None:
    workspace = load(
        "def tokenize(vocab, text): raise ValueError\ndef item(text): return tokenize({'a': 2}, text)\n",
        "def clean(text): return text + '!'\n",
    )
    workspace.override(
        dedent("""
            import re
            def clean(text): return re.sub('[^a-z ]', '', text)
            def tokenize(vocab, text): return [vocab.get(w, 1) for w in clean(text).split()]
            """),
        ["tokenize"],
    )
    assert workspace.namespace["item"]("a? b") == [2, 1]
    assert workspace.namespace["clean"]("a") == "a!"  # the substitute's helpers stay its own


# Its text can't be read back.
def test_overridden_source_is_not_kept() -> None:
    workspace = load("X = 1\n")
    workspace.override("def secret(): return 42\n", ["secret"])
    with pytest.raises(OSError, match="source"):
        inspect.getsource(workspace.namespace["secret"])
    assert not any("return 42" in "".join(entry[2]) for entry in linecache.cache.values() if len(entry) == 4)


# A substitute that fails is the grader's fault and is heard of.
def test_override_raises() -> None:
    workspace = load("X = 1\n")
    with pytest.raises(KeyError):
        workspace.override("a = 1", ["b"])
    with pytest.raises(ZeroDivisionError):
        workspace.override("a = 1 / 0", ["a"])


# ---- whole models --------------------------------------------------------------------------------------------------
# Seen: torch.save(model) of a whole model; pickle finds the class in the module of the notebook.
def test_whole_model_can_be_saved_and_loaded() -> None:
    import torch

    workspace = load("""
        import torch.nn as nn
        class LSTM(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 3)
            def forward(self, x): return self.fc(x)
        """)
    model = workspace.namespace["LSTM"]()
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    again = torch.load(buffer, weights_only=False)
    assert torch.equal(again.fc.weight, model.fc.weight)
    assert pickle.loads(pickle.dumps(workspace.namespace["LSTM"])) is workspace.namespace["LSTM"]
    assert sys.modules["submission"].__dict__ is workspace.namespace
