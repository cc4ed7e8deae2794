"""What the text of a class reaches, and what is found there."""

from __future__ import annotations

from textwrap import dedent

import pytest

from autograder.judge.banned import banned_names, hits, tampering
from autograder.judge.reach import parameters, reached, read, statements
from autograder.records import Cell

BANNED = banned_names("GRU", "gru", telling={"GRUCell", "gru_cell", "scaled_dot_product_attention"})
HEAD = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import GRUCell as Alias, Linear
"""


def found(*cells: str, name: str = "Mine", methods: tuple[str, ...] = ("forward",)) -> list[str]:
    """The lines that a person would be shown."""
    code = read([Cell(n, dedent(text)) for n, text in enumerate((HEAD, *cells), 1)])
    return [hit.spot.text for hit in hits(reached(code, name, methods), BANNED)]


def mine(body: str, head: str = "class Mine(nn.Module):") -> str:
    """A class whose forward does this."""
    return f"{head}\n    def forward(self, x, h):\n        {body}\n"


USES = [
    "return nn.GRUCell(3, 4)(x, h)",
    "return torch.gru_cell(x, h)",
    "return Alias(3, 4)(x, h)",
    "return torch.nn.modules.rnn.GRU(3, 4)(x)",
    "t = torch; return t.gru_cell(x, h)",
    "n = torch.nn\n        return n.GRU(3, 4)(x)",
    'return getattr(nn, "GRUCell")(3, 4)(x, h)',
    'return getattr(torch, "gru" + "_cell")(x, h)',
    'return vars(torch)["gru_cell"](x, h)',
    'return torch.__dict__["gru_cell"](x, h)',
    "return torch.ops.aten.gru_cell(x, h)",
    "return torch._VF.gru_cell(x, h)",
    "return torch._C._VariableFunctions.gru_cell(x, h)",
    'exec("y = torch.gru_cell(x, h)")',
    'return eval("torch.gru_cell(x, h)")',
    'return __import__("torch").gru_cell(x, h)',
    'import importlib; return importlib.import_module("torch").gru_cell(x, h)',
    'return torch.jit.CompilationUnit("def f(x): return x").f(x)',
    'return torch.jit.load("f.pt")(x)',
    "return nn.RNNCellBase.__subclasses__()[0](3, 4)(x, h)",
    "from torch import gru_cell as mix; return mix(x, h)",
    'import sys; return sys.modules["torch"].gru_cell(x, h)',
    'import operator; return operator.attrgetter("GRU")(nn)(3, 4)(x)',
    "import pickle; return pickle.loads(b'')(x)",
]


@pytest.mark.parametrize("use", USES)
def test_a_use_is_found(use: str) -> None:
    assert found(mine(use))


@pytest.mark.parametrize(
    "cells",
    [
        ("def helper(x, h):\n    return torch.gru_cell(x, h)", mine("return helper(x, h)")),
        (mine("return helper(x, h)"), "def helper(x, h):\n    return inner(x, h)", "inner = torch.gru_cell"),
        ("class Base(nn.Module):\n    def step(self, x, h):\n        return torch.gru_cell(x, h)",
         mine("return self.step(x, h)", "class Mine(Base):")),
        ("class Part(nn.Module):\n    def forward(self, x, h):\n        return torch.gru_cell(x, h)",
         "class Mine(nn.Module):\n    def __init__(self):\n        self.part = Part()\n    def forward(self, x, h):\n"
         "        return self.part(x, h)"),
        (mine("return self.step(x, h)"), "def late(self, x, h):\n    return torch.gru_cell(x, h)", "Mine.step = late"),
        (mine("return self.step(x, h)"), "setattr(Mine, 'step', lambda self, x, h: torch.gru_cell(x, h))"),
        (mine("return F.linear(x, h)"), "F.linear = torch.gru_cell"),
        ("class Mine(nn.GRU):\n    pass",),
        ("class Mine(nn.Module):\n    kind = nn.GRUCell\n    def forward(self, x):\n        return self.kind()(x)",),
        ("def hidden(function):\n    return torch.gru_cell\n", "class Mine(nn.Module):\n    @hidden\n    def forward(self, x, h):\n        pass"),  # noqa: E501
        ("class Mine(nn.Module):\n    def forward(self, x, h):\n        return torch.gru_cell(x, h)",
         "class Mine(Mine):\n    pass"),
        ("from torch.nn import *", mine("return GRUCell(3, 4)(x, h)")),
        ("if True:\n    step = torch.gru_cell\nelse:\n    step = None", mine("return step(x, h)")),
        ("class Mine(nn.Module):\n    def __init__(self):\n        self.rnn = nn.GRU(3, 4)\n"
         "    def forward(self, x, h):\n        return self.rnn(x)",),
        ("%%time\n" + mine("return torch.gru_cell(x, h)"),),
        ("x = (\n" + "class Broken:\n" + mine("return torch.gru_cell(x, h)"),),
        ("cell = nn.GRUCell(3, 4)", mine("global cell; cell = cell; return cell(x, h)")),
        ("cell = nn.GRUCell(3, 4)", mine("return [cell for x in cell(x, h)]")),
        ("cell = nn.GRUCell(3, 4)", mine("return [cell for cell in cell(x, h)]")),
        ("cell = nn.GRUCell(3, 4)", mine("return lambda x=cell, h=1: (x, h)")),
        ("cell = nn.GRUCell(3, 4)", mine("def inner(cell=cell): return cell\n        return inner(x)")),
        ("cell = nn.GRUCell(3, 4)", mine("def inner():\n            cell = x\n        return cell(x, h)")),
        ("shown = [cell := nn.GRUCell(3, 4) for _ in range(2)]", mine("return cell(x, h)")),
        (mine("run = eval; return run('torch.gru_cell(x, h)')"),),
        ("model = nn.Linear(3, 4)", mine("return model.eval('torch.gru_cell(x, h)')")),
        ("model = nn.Linear(3, 4)", mine("run = model.eval; return run('torch.gru_cell(x, h)')")),
    ],
)  # fmt: skip
def test_it_is_followed_to_where_it_stands(cells: tuple[str, ...]) -> None:
    assert found(*cells)


@pytest.mark.parametrize(
    "cells",
    [
        (mine('"""As nn.GRUCell does: torch.gru_cell."""\n        return x  # not nn.GRU'),),
        (mine("return x"), "reference = nn.GRU(3, 4)\nprint(reference(torch.zeros(2, 3))[0].shape)"),
        (mine("return x"), "class Other(nn.Module):\n    def forward(self, x):\n        return nn.GRU(3, 4)(x)"),
        (mine("return x"), "def compare():\n    return torch.gru_cell, Mine"),
        ("class Mine(nn.Module):\n    def forward(self, x, h):\n        return x\n    def compare(self):\n"
         "        return nn.GRU(3, 4)",),
        (mine("return self.gru(x)") + "    def gru(self, x):\n        return x\n",),
        ("class GRUCell(nn.Module):\n    pass", mine("return GRUCell()(x, h)")),
        ("def gru_cell(x, h):\n    return x", mine("return gru_cell(x, h)")),
        ("import layers", mine("return layers.GRUCell(3, 4)(x, h)")),
        (mine('return getattr(self, "w" + "r")(x)'),),
        (mine('return getattr(torch, "sigmoid")(x)'),),
        (mine('raise ValueError("GRU: use gru_cell")'),),
        ("class Mine(nn.Module):\n    def __init__(self):\n        self.left_over = nn.GRU(3, 4)\n"
         "    def forward(self, x, h):\n        return x",),
        ("class Mine(nn.Module):\n    def forward(self, x, h):\n        return torch.gru_cell(x, h)", mine("return x")),
        ("@torch.jit.script\ndef blend(x, h):\n    return x + h", mine("return blend(x, h)")),
        (mine("self.model.eval(); return re.compile('a')"),),
        ("class Mine:\n    def forward(self, x, eval=False, compile=None):\n        return compile(x) if eval else x",),
        (mine("return f(x)"), "model = Other().eval()\nf = lambda x: model(x)"),
        ("@torch.compile\ndef blend(x, h):\n    return x + h", mine("return blend(x, h)")),
        ("out, h = nn.GRU(3, 4)(torch.zeros(2, 3))", mine("out = x + h; return out")),
        ("h = nn.GRU(3, 4)", mine("return [h for h in x], {k: h for k, h in x}, (lambda h: h)(x)", "class Mine:")),
        ("cell = nn.GRUCell(3, 4)", mine("return sum(cell(x) for cell in self.cells)")),
        ("cell = nn.GRUCell(3, 4)", mine("for cell in self.cells: x = cell(x)")),
        ("cell = nn.GRUCell(3, 4)", mine("import own as cell; return cell(x)")),
        ("cell = nn.GRUCell(3, 4)", mine("def cell(x): return x\n        return cell(x)")),
        ("cell = nn.GRUCell(3, 4)", mine("def step(*cell, **h): return cell, h\n        return step(x)")),
        ("cell = nn.GRUCell(3, 4)", mine("with x as cell: return lambda y: cell(y)")),
        ("shown = [layer(ref) for layer in (ref := nn.GRU(3, 4), Other())]", mine("return layer(x)")),
        ("class GRU(nn.Module):\n    pass", "class Mine(GRU):\n    def forward(self, x, h):\n        return x"),
    ],
)  # fmt: skip
def test_a_mention_accuses_nobody(cells: tuple[str, ...]) -> None:
    assert found(*cells) == []


def test_the_line_is_shown() -> None:
    code = read([Cell(1, HEAD), Cell(7, "# my work\n" + mine("return torch.gru_cell(x, h)  # quick"))])
    (hit,) = hits(reached(code, "Mine", ("forward",)), BANNED)
    assert str(hit.spot) == "cell 7, line 4: return torch.gru_cell(x, h)  # quick"
    assert "torch.gru_cell" in hit.what


@pytest.mark.parametrize(
    "line",
    [
        "torch.overrides.TorchFunctionMode.__enter__ = print",
        "with torch._C.DisableTorchFunction(): pass",
        "from torch._C import _DisableTorchDispatch",
        "import sys; sys._getframe(1)",
        "from autograder.student import server",
        "import autograder.student.modules",
        'getattr(torch._C, "_disable_functorch")',
    ],
)
def test_looking_into_the_watching_process_is_told(line: str) -> None:
    assert len(tampering(read([Cell(1, "x = 1\n" + line)]))) == 1


def test_other_code_does_not_tamper() -> None:
    assert tampering(read([Cell(1, 'import sys, gc\ngc.collect()\nprint("autograder", sys.path)')])) == []


def test_parameters_of_the_last_class() -> None:
    code = read([Cell(1, "class A:\n    def f(self, x, y): pass"), Cell(2, "class A:\n    def f(self, y, x=1): pass")])
    assert parameters(code, "A", "f") == ("y", "x")
    assert parameters(code, "A", "g") == parameters(code, "B", "f") == ()


def test_broken_cells_are_read_where_they_can_be() -> None:
    names = [
        getattr(node, "name", "")
        for node in statements("%matplotlib inline\nif x\n    y\n@a\ndef f():\n    pass\ndef g(: pass")
    ]
    assert names == ["f"]


def test_deep_code_is_left_out() -> None:
    assert statements("x = " + "(" * 5000 + ")" * 5000) == []


def test_names_that_name_each_other_end() -> None:
    assert found("a = lambda: b()\nb = lambda: a()", mine("return a()")) == []
