"""Which statements run while a cell is loaded, and which wait."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from autograder.inside.loader import Workspace, prepare

prepare()


def load(*sources: str, definitions_only: bool = False) -> tuple[Workspace, list[dict[str, Any]]]:
    workspace = Workspace("submission")
    return workspace, [workspace.load_cell(n, dedent(s), definitions_only) for n, s in enumerate(sources, 1)]


IMPORTS = """
    import os, re, sys, time, string
    import numpy as np
    import pandas as pd
    import torch
    import torch.nn as nn
    import nltk
    import matplotlib.pyplot as plt
    from functools import partial
    from nltk.corpus import stopwords
    from torch.utils.data import DataLoader, Dataset
    """


# Cheap assignments run at once.
@pytest.mark.parametrize(
    "statement",
    [
        "v = 5",
        "v: int = 5",
        "v = w = [1, 2]",
        "v, w = 1, 2",
        "v = 3 * 4 + len('abc')",
        "v = {k: i for i, k in enumerate('abc')}",
        "v = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "v = re.compile(r'[^a-z]')",
        "v = set(stopwords.words('english'))",
        "v = nn.CrossEntropyLoss()",
        "v = partial(max, 1)",
        "v = lambda x: x + 1",
        "v = np.random.default_rng(3)",
        "v = string.punctuation",
        "v = str.maketrans('', '', string.punctuation)",
        "v = os.environ.get('HOME')",
        "v = os.path.join('a', 'b')",
        "v = nltk.RegexpTokenizer(r'\\w+')",
        "v = nltk.stem.PorterStemmer()",
        "v = torch.zeros(3)",
        "v = time.time()",
        "v = 1; v += 1",
        "if torch.cuda.is_available():\n    v = 'cuda'\nelse:\n    v = 'cpu'",
        "try:\n    import seaborn as v\nexcept ImportError:\n    v = None",
        "try:\n    import google.colab\n    v = True\nexcept:\n    v = False",
        "with torch.no_grad():\n    v = torch.ones(2)",
        "for v in range(3):\n    pass",
        "v = 0\nwhile v < 3:\n    v += 1",
    ],
)
def test_cheap_statements_run(statement: str) -> None:
    workspace, reports = load(IMPORTS, statement)
    assert reports[1] == {"number": 2, "status": "loaded", "problems": []}
    assert "v" in workspace.namespace


# Experiments, data and side effects wait, silently.
@pytest.mark.parametrize(
    "statement",
    [
        "v = pd.read_csv('IMDBDataset.csv')",
        "v = open('x.txt').read()",
        "v = np.load('x.npy')",
        "v = torch.load('model.pt')",
        "with open('x.txt') as f:\n    v = f.read()",
        "v = helper(3)",
        "v = [helper(i) for i in range(3)]",
        "v = list(map(helper, [1, 2]))",
        "v = Net(3)",
        "v = Net(3).cuda()",
        "v = Reader()",
        "v = DataLoader([1, 2])",
        "v = input('?')",
        "v = torch.ones(2).cuda()",
        "v = os.listdir('.')",
        "v = waiting + 1",
        "v = f'{waiting}'",
        "v, w = helper(1), 2",
        "v = plt.figure()",
        "v = time.sleep(9)",
        "v = 'google.colab' in str(get_ipython())",
        "while True:\n    v = 1",
        "for v in waiting:\n    print(v)",
        "if waiting:\n    v = 1",
        "if __name__ == '__main__':\n    v = 1",
        "for e in range(5):\n    v = helper(e)",
    ],
)
def test_experiments_wait(statement: str) -> None:
    definitions = """
        def helper(x): raise AssertionError("ran")
        class Net(nn.Module): pass
        class Reader:
            def __init__(self): self.data = open('data.txt').read()
        waiting = helper(1)
        """
    workspace, reports = load(IMPORTS, definitions, statement)
    assert reports[2] == {"number": 3, "status": "loaded", "problems": []}
    assert "v" not in workspace.namespace
    found = workspace.inventory()["v"]
    assert (found["kind"], found["cell"]) == ("value", 3)


# Bare experiments neither run nor wait.
def test_bare_expressions_do_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, reports = load(
        IMPORTS,
        """
        print(undefined)
        time.sleep(60)
        torch.save({}, 'x.pt')
        open('y.txt', 'w').write('z')
        plt.show()
        input()
        nn.Linear(2, 2).cuda()
        del os
        assert False
        df.head()
        raise SystemExit
        'a docstring'
        """,
    )
    assert reports[1] == {"number": 2, "status": "loaded", "problems": []}
    assert list(tmp_path.iterdir()) == []


# Trainings save where a statement made a folder; one for another machine is nobody's problem.
def test_folders_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, reports = load(
        IMPORTS,
        """
        from pathlib import Path
        os.makedirs('saved_model')
        if not os.path.exists('resources'):
            os.mkdir('resources')
        Path('runs').joinpath('first').mkdir(parents=True, exist_ok=True)
        os.makedirs('/proc/nowhere/lab')
        os.makedirs(input())
        """,
    )
    assert reports[1] == {"number": 2, "status": "loaded", "problems": []}
    assert {one.name for one in tmp_path.iterdir()} == {"saved_model", "resources", "runs"}


# Bare calls that later definitions rely on do run.
def test_meaningful_calls_run() -> None:
    workspace, reports = load(
        IMPORTS,
        """
        STOP_WORDS = set(stopwords.words('english'))
        STOP_WORDS.update(['br', 'movie'])
        words = []
        words.append('a')
        for extra in ('film', 'one'):
            STOP_WORDS.add(extra)
        table = {}
        table['k'] = 1
        ok = nltk.download('stopwords')
        nltk.download('punkt', quiet=True)
        nltk.download(['punkt', 'wordnet'])
        np.random.seed(5)
        torch.manual_seed(5)
        first = torch.rand(1).item()
        """,
    )
    assert reports[1]["problems"] == []
    space = workspace.namespace
    assert {"br", "movie", "film", "one", "the"} <= space["STOP_WORDS"]
    assert (space["words"], space["table"], space["ok"]) == (["a"], {"k": 1}, True)
    import torch

    torch.manual_seed(5)
    assert torch.rand(1).item() == space["first"]


# Seen: the forward method is written in its own cell and hung into the class.
def test_method_hung_into_a_class() -> None:
    workspace, _ = load("class LSTM:\n    pass\n", "def f(self): return 7\nLSTM.forward = f\nNet = LSTM\n")
    assert workspace.namespace["Net"]().forward() == 7


# HyperParams is built eagerly: functions read it as a global.
def test_hyper_params_exist() -> None:
    workspace, reports = load(
        IMPORTS,
        """
        class HyperParams:
            def __init__(self):
                self.STOP_WORDS = set(stopwords.words('english'))
                self.STOP_WORDS.remove('not')
                self.SEED = 5
        hparams = HyperParams()
        hparams.OPTIM = 'adam'
        """,
    )
    assert reports[1]["problems"] == []
    assert workspace.namespace["hparams"].OPTIM == "adam"
    assert "the" in workspace.namespace["hparams"].STOP_WORDS


# One failing statement costs itself only, in its cell and beyond.
def test_statement_by_statement() -> None:
    workspace, reports = load("X = 1\nY = 1 / 0\nZ = 3\n", "W = 4\n")
    assert reports[0] == {
        "number": 1,
        "status": "partly",
        "problems": [{"line": 2, "statement": "Y = 1 / 0", "error": "ZeroDivisionError: division by zero"}],
    }
    assert {"X", "Z", "W"} <= workspace.namespace.keys()
    assert workspace.inventory()["Y"]["kind"] == "lost"


# Imports count alias by alias; a missing package is a problem, not a stop.
def test_imports_alias_by_alias() -> None:
    workspace, [report] = load("""
        import os, torchtext, math as m
        from collections import Counter, NoSuchThing, OrderedDict
        from torchtext.data import a, b
        """)
    assert {"os", "m", "Counter", "OrderedDict"} <= workspace.namespace.keys()
    errors = [(problem["line"], problem["error"].split(" (")[0]) for problem in report["problems"]]
    assert errors == [
        (2, "ModuleNotFoundError: No module named 'torchtext'"),
        (3, "ImportError: cannot import name 'NoSuchThing' from 'collections'"),
        (4, "ModuleNotFoundError: No module named 'torchtext'"),
    ]


# Colab's Drive is not here: the import is a remark, mounting does nothing.
def test_drive_mount_does_nothing() -> None:
    workspace, [report] = load("""
        from google.colab import drive, files
        drive.mount('/content/drive')
        def fetch():
            drive.mount('/content/drive', force_remount=True)
            return 1
        """)
    assert report["status"] == "partly"
    assert workspace.namespace["fetch"]() == 1


# Definitions inside blocks count, whatever happens to the block.
def test_definitions_inside_blocks() -> None:
    workspace, reports = load("""
        if True:
            def in_if(): return 1
        try:
            def in_try(): return 2
            data = open('missing.txt')
        except FileNotFoundError:
            def in_except(): return 3
        while True:
            def in_while(): return 4
        for i in open('missing.txt'):
            with open('other') as f:
                def in_with(): return 5
        if __name__ == "__main__":
            import base64
            def main(): return 6
            result = main()
        else:
            def not_taken(): return 7
        """)
    assert reports[0]["problems"] == []
    names = {"in_if", "in_try", "in_except", "in_while", "in_with", "main", "base64"}
    assert names <= workspace.namespace.keys()
    assert "result" not in workspace.namespace
    assert "not_taken" not in workspace.namespace


# The last of several definitions wins; a failing one does not count.
def test_last_definition_wins() -> None:
    workspace, _ = load(
        "def f(): return 1\nclass A: v = 1\n",
        "def f(): return 2\n",
        "class A(Missing): v = 2\n",
    )
    assert workspace.namespace["f"]() == 2
    assert workspace.namespace["A"].v == 1
    assert workspace.inventory()["A"]["cell"] == 1


# A class may stand above its base when the cells were run in another order.
def test_definitions_out_of_order() -> None:
    workspace, _ = load("class B(A):\n    pass\n", "class A:\n    v = 1\n")
    assert workspace.namespace["B"].v == 1
    assert workspace.inventory()["B"]["kind"] == "class"


# Annotations with a name from a missing package don't cost the function.
def test_unknown_annotations() -> None:
    workspace, [report] = load("""
        def f(vocab: Vocab, n: int = 3) -> torchtext.Vocab: return n
        class A:
            def m(self, v: Vocab): return 4
        """)
    assert report["status"] == "partly"
    assert workspace.namespace["f"](None) == 3
    assert workspace.namespace["A"]().m(None) == 4


# Defaults that wait are fetched; defaults that don't exist become None.
def test_defaults_of_definitions() -> None:
    workspace, _ = load("""
        def make(): return 8
        size = make()
        def f(n=size, device=undefined, k=2): return n, device, k
        class A:
            data = open('missing.csv')
            rate = 3
            def m(self): return self.rate
        """)
    assert workspace.namespace["f"]() == (None, None, 2)
    assert workspace.resolve("size")
    assert workspace.namespace["A"]().m() == 3


# With definitions_only nothing runs but imports, definitions and literal constants.
def test_definitions_only() -> None:
    workspace, _ = load(
        "import math\nX = 1\nY = [1, -2.5, {'a': None}]\nZ = len('abc')\nif Z: W = 1\ndef f(): pass\nY.append(3)\n",
        definitions_only=True,
    )
    assert {"math", "X", "f"} <= workspace.namespace.keys()
    assert workspace.namespace["Y"] == [1, -2.5, {"a": None}]
    assert not {"Z", "W"} & workspace.namespace.keys()
    assert workspace.resolve("W")


# A statement that takes too long waits instead; the next ones run.
def test_soft_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.inside.running.EAGER_SECONDS", 0.2)
    started = time.monotonic()
    workspace = Workspace("submission")
    report = workspace.load_cell(1, "v = sum(i for i in range(10**12))\nw = 1\n")
    assert time.monotonic() - started < 3
    assert report["problems"] == []
    assert "v" not in workspace.namespace
    assert workspace.namespace["w"] == 1


# Paths and environment variables set by a notebook are its own business inside the sandbox.
def test_path_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("NOTEBOOK", "0")
    load("import os, sys\nsys.path.append('/content')\nos.environ['NOTEBOOK'] = '1'\n")
    assert sys.path[-1] == "/content"
    assert os.environ["NOTEBOOK"] == "1"
