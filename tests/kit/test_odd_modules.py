"""Odd and hostile modules: whatever they answer, a property fails, waits or passes; the grader itself never fails."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, NeedsPerson, NotJudged
from autograder.kit import properties, roles
from autograder.kit import properties as p
from autograder.kit.properties import Property, examples
from tests.kit import modules as m

EVERY = [
    one
    for name in properties.__all__
    if isinstance(one := getattr(properties, name), Property) and one.judge.__module__ != examples.__name__
]
OF_ATTENTION = [one for one in EVERY if one not in (p.state_splits, p.ignores_padding)]
START = "class Attn(nn.Module):\n    def __init__(self, d_model, num_heads, p):\n        super().__init__()\n        "
ODD = {
    "not defined": "x = 1",
    "not a module": "class Attn:\n    def __init__(self, *args): pass\n    def __call__(self, x): return x",
    "a function": "def Attn(*args): return lambda x: x",
    "a number": "Attn = 5",
    "no forward": f"{START}pass",
    "no init": "class Attn(nn.Module):\n    def __init__(self, *args): self.w = nn.Linear(2, 2)",
    "no parameters": f"{START}pass\n    def forward(self, x): return x.cumsum(1)",
    "weights that are no parameters": f"{START}self.w = torch.randn(d_model, d_model)\n    def forward(self, x): return x @ self.w",
    "an empty parameter": f"{START}self.w = nn.Parameter(torch.zeros(0))\n    def forward(self, x): return x",
    "a parameter of no axis": f"{START}self.w = nn.Parameter(torch.tensor(2.0))\n    def forward(self, x): return x * self.w",
    "a parameter of five axes": f"{START}self.w = nn.Parameter(torch.ones(1, 1, 1, 1, 4))\n    def forward(self, x): return x * self.w.sum()",
    "a parameter of three axes, empty": f"{START}self.w = nn.Parameter(torch.zeros(0, 8, 8))\n    def forward(self, x): return x",
    "complex numbers": f"{START}self.w = nn.Parameter(torch.ones(4, dtype=torch.complex64))\n    def forward(self, x): return x * self.w.real.sum()",
    "numbers of half precision": f"{START}self.w = nn.Linear(d_model, d_model).half()\n    def forward(self, x): return self.w(x.half())",
    "whole numbers come back": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(x).long()",
    "nothing comes back": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): self.w(x)",
    "a tuple comes back": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(x), x",
    "a list of numbers comes back": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(x).tolist()",
    "a dict comes back": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return dict(x=self.w(x))",
    "no number": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(x) * math.nan",
    "another rank each time": f"{START}self.w = nn.Linear(d_model, d_model); self.n = 0\n"
    "    def forward(self, x):\n        self.n += 1\n        return self.w(x)[(None,) * (self.n % 3)]",
    "another size each time": "import random\n" + START.replace("d_model, num", "d, num")
    + "self.w = nn.Linear(d, d)\n        for n in range(random.randint(1, 5)): self.register_parameter(f'b{n}', "
    "nn.Parameter(torch.ones(n)))\n    def forward(self, x): return self.w(x)",
    "fixed sizes": f"{START}self.w = nn.Linear(8, 8)\n    def forward(self, x): return self.w(x[:3, :5])",
    "mean over everything": f"{START}self.w = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(x).mean().expand_as(x)",
    "frozen": f"{START}self.w = nn.Linear(d_model, d_model).requires_grad_(False)\n    def forward(self, x): return self.w(x)",
    "without gradients": f"{START}self.w = nn.Linear(d_model, d_model)\n    @torch.no_grad()\n    def forward(self, x): return self.w(x)",
    "lazy": f"{START}self.w = nn.LazyLinear(d_model)\n    def forward(self, x): return self.w(x)",
    "tied weights": f"{START}self.w = self.v = nn.Linear(d_model, d_model)\n    def forward(self, x): return self.w(self.v(x))",
    "endless weights": f"{START}self.w = nn.ParameterList(nn.Parameter(torch.ones(8, 8)) for _ in range(40))\n"
    "    def forward(self, x): return x @ sum(self.w)",
}  # fmt: skip


@pytest.mark.parametrize("source", ODD.values(), ids=ODD)
def test_the_grader_never_fails(source: str) -> None:
    passed = []
    for one in OF_ATTENTION:
        try:
            one.judge(m.lab_of(m.ATTENTION, source), "Attn", np.random.default_rng(2))
            passed.append(one)
        except (Mismatch, StudentError, NeedsPerson, NotJudged):
            pass
    assert p.equals_equations not in passed and p.parameter_count not in passed


NOTHING = ("not defined", "a number", "no forward", "no parameters", "an empty parameter", "weights that are no parameters",
           "nothing comes back", "no number", "a parameter of three axes, empty")  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_dead_earns_nothing(name: str) -> None:
    required = [one for one in roles.LAYER if one.required]
    for one in required:
        try:
            one.judge(m.lab_of(m.ATTENTION, ODD[name]), "Attn", np.random.default_rng(2))
        except (Mismatch, StudentError):
            return
    raise AssertionError(f"{', '.join(one.name for one in required)} pass")
