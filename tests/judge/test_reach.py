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
    "from pickle import loads; return loads(b'ctorch.nn\\nGRU\\n.')(3, 4)(x)",
    "return [torch.nn][0].GRU(3, 4)(x)",
    "return (lambda module: module.GRU(3, 4))(nn)(x)",
    "return (n := torch.nn).GRU(3, 4)(x)",
    "n: object = torch.nn\n        return n.GRU(3, 4)(x)",
    "n, _ = torch.nn, 0\n        return n.GRU(3, 4)(x)",
    "for n in (nn,):\n            return n.GRU(3, 4)(x)",
    "self.n = nn\n        return self.n.GRU(3, 4)(x)",
    "self.n = nn\n        return getattr(self.n, 'GRU')(3, 4)(x)",
    "match nn:\n            case n:\n                return n.GRU(3, 4)(x)",
    "with nn as n:\n            return n.GRU(3, 4)(x)",
    "a, b = 1, 2\n        c = b = a = nn\n        return c.GRU(3, 4)(x)",
    "return object.__getattribute__(nn, 'GRU')(3, 4)(x)",
    "return nn.__getattribute__('GRU')(3, 4)(x)",
    "return self.forward.__func__.__globals__['torch'].gru_cell(x, h)",
    "return getattr(self.forward, '__glo' + 'bals__')['torch'].gru_cell(x, h)",
    "key = '__globals__'\n        return getattr(self.forward, key)['torch'].gru_cell(x, h)",
    "import sys; return sys.modules.get('torch').gru_cell(x, h)",
    "from sys import modules; return modules['torch'].gru_cell(x, h)",
    "import inspect; return inspect.getmodule(nn.Linear).GRU(3, 4)(x)",
    "import threading; threading.Thread(target=self.step).start()",
    "from concurrent.futures import ThreadPoolExecutor; return ThreadPoolExecutor().submit(self.step)",
    "import torch.nn.modules.rnn as parts; return parts.GRU(3, 4)(x)",
    "from torch.nn.modules import rnn; return rnn.GRU(3, 4)(x)",
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
        ("C = B.GRU", "B = A", "A = torch.nn", mine("return C(3, 4)(x)")),
        ("def unused():\n    from math import pi as nn", mine("return nn.GRU(3, 4)(x)")),
        ("from torch.nn import GRU as G\ndef unused():\n    from torch import Tensor as G", mine("return G(3, 4)(x)")),
        ("eval = eval", mine("return eval('torch.gru_cell')(x, h)")),
        ("run = eval", "def eval(x): return run(x)", mine("return eval('torch.gru_cell')(x, h)")),
        ("class Box:\n    n = torch.nn", mine("return Box.n.GRU(3, 4)(x)")),
        ("def build(m):\n    return m.GRU(3, 4)", mine("return build(nn)(x)")),
        ("from torch.nn import *", mine("return modules.rnn.GRU(3, 4)(x)")),
        ("from torch.nn import *\nReady = GRU", "class GRU(Module):\n    pass", mine("return Ready(3, 4)(x)")),
        ("from torch.nn import GRU\nMine = GRU", mine("return x") and "class Mine(Mine):\n    pass"),
        ("x = (\n" + "class Broken:\n" + mine("return torch.gru_cell(x, h)"),),
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
        (mine("model = x; model.eval(); return model"),),
        (mine("return [getattr(self, f'gate_{n}')(x) for n in range(3)]"),),
        (mine("return getattr(x, 'w' + h)"),),
        (mine("return nn.utils.rnn.pad_sequence([x])"),),
        (mine("n = torch.nn\n        return n.Linear(3, 4)(x) if hasattr(torch, 'cat') else x"),),
        (mine("act = F.relu; return self.apply(nn.init.xavier_uniform_) or act(x)"),),
        ("@torch.compile\ndef blend(x, h):\n    return x + h", mine("return blend(x, h)")),
        ("from torch.nn import GRUCell as Other", mine("super(Mine, self).forward(x)")),
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
        "import autograder.inside.modules",
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


@pytest.mark.parametrize("name", ["Mine", "GRUCell"])
def test_a_class_may_name_itself_after_what_is_imported(name: str) -> None:
    body = f"class {name}(nn.Module):\n    def forward(self, x):\n        return super({name}, self).forward(x)"
    assert found(f"from torch.nn import GRUCell as {name}", body, name=name) == []


def test_chains_of_any_length_are_followed() -> None:
    names = "\n".join(f"x{n} = x{n + 1}" for n in range(3000))
    assert found(names + "\nx3000 = torch.gru_cell", mine("return x0(x, h)"))
    again = "step = step\n" * 3000
    assert found("step = torch.gru_cell\n" + again, mine("return step(x, h)"))
    methods = "".join(f"    def m{n}(self): return self.m{n + 1}()\n" for n in range(3000))
    assert found(mine("return self.m0()") + methods + "    def m3000(self): return torch.gru_cell()\n")


HARD = ["x" + ".a" * 300, "'e" + "\u0301" * 50 + "'"]


@pytest.mark.parametrize("hard", HARD, ids=["dots", "accents"])
def test_what_is_too_hard_to_read_is_told(hard: str) -> None:
    assert found(mine(f"{hard}; return torch.gru_cell(x, h)"))
    assert found(mine("return step(x, h)"), f"def step(x, h):\n    {hard}\n    return torch.gru_cell(x, h)")
    assert found(mine("return step(x, h)"), f"step = {hard} and torch.gru_cell")
    assert found(f"# {hard}\nprint({hard})", mine("return x")) == []
    assert found(mine("return step(x, h)") + f"# {hard}\n", "step = torch.gru_cell")


def test_a_class_that_nobody_wrote_is_told() -> None:
    assert found("globals()['Mine'] = nn.GRU")
    assert found("from layers import Mine") == found("from layers import *") == []


def test_lines_of_the_shell_hide_nothing() -> None:
    assert found(mine("y = !ls\n        z = %pwd\n        return torch.gru_cell(x, h)"))


def test_names_that_grow_end() -> None:
    assert found("a = torch\n" + "a = a.b\nb = a.a\na = b\n" * 50, mine("return a")) != [""]


def test_names_that_name_each_other_end() -> None:
    assert found("a = lambda: b()\nb = lambda: a()", mine("return a()")) == []


@pytest.mark.parametrize(
    "cell",
    [
        "    x = (",
        ")\n",
        "",
        "\n\n",
        "# a\n  b c",
        "  def GRU(:",
        "\t)",
        "}\n]\n",
        "@\n",
        "@a\n@b",
        "@a\n  x",
        "   ",
        "%%bash\n  ls",
    ],
)
def test_a_cell_without_a_beginning(cell: str) -> None:
    """Nothing in it starts at the left margin, or nothing at all."""
    assert read([Cell(1, cell)]).lines[1] == cell.split("\n")
