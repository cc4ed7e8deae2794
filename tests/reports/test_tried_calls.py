"""What a report tells people to paste is a call of what was asked for, and nothing that came from a student."""

from __future__ import annotations

import pytest
from reading import html_of

from autograder.reports.allowed import only_calls
from autograder.reports.harmless import each_text
from tests.reports_of_all_kinds import faults

EVIL = "__import__('os').system('x')"
RENDERED = (
    "tokenize({'a': 2}, 'a b')",
    "x = IMDB([])\nx[0]",
    "x = F()\nx(1)\n# … 2 more calls\nx(2)",
    "f(1)\nf([2])  # shortened: a list of 9",
    "f(pd.Series([1], index=[4]), np.array(['a'], dtype=object), np.int64(3), nan, -1.5, b'x')",
    "f(torch.randn((2, 3)).to(torch.float64), np.random.rand(*(2,)) < 0.5, np.random.randn(*(2,)).astype(np.float32))",
    "build_vocab(['a'], hparams=(vars(h := HyperParams()).update({'MAX_LENGTH': 3}) or h))",
    "import pandas as pd\npd.DataFrame({'review': ['no{}'.format(i) for i in range(4)], 'sentiment': ['a', 'b'] * 2})"
    ".to_csv('reviews.csv', index=False)\nload_imdb('reviews.csv')",
    "lstm = LSTM(13, weight_init_fn=lambda module: [p.data.fill_(0.5) for p in module.parameters(recurse=False)])\n"
    "lstm(torch.tensor([[1, 2]]), torch.arange(4).reshape((2, 2)))",
    "f((' a' * 3).rstrip(), ' '.join(f'w{i}' for i in range(3)), ['a ' + 'b ' * 9], tuple([1] * 9), set(), ...)",
    "dataset = IMDB(['a'])\nlen(dataset)",
    "LSTM.forward([1], k='v')",
    f"f({EVIL!r}, 'eval(1)')",
)
OTHERS = (
    f"IMDB([1], z={EVIL} or 5, max_length=2)",
    f"{EVIL}",
    f"f({EVIL})",
    f"f(1)[{EVIL}]",
    f"f(f'{{{EVIL}}}')",
    f"f([{EVIL} for i in range(3)])",
    "eval('1')",
    "f(eval('1'))",
    "f(h := eval)",
    "f(key=exec)",
    "len = eval",
    "f(os.system('x'))",
    "os.system('x')",
    "f(system('x'))",
    "f(a)(system('x'))",
    "f(system())",
    "f(Popen('x'))",
    "f((lambda: 1)())",
    "f(np.load('x'), torch.load('x'))",
    "np.load('x')",
    "np('x')",
    "f(pd.Series([1]).to_pickle('x'))",
    "f(().__class__)",
    "f(**{'a b': 1})",
    "import os\nf(1)",
    "import numpy as f\nf(1)",
    "from os import system as f\nf(1)",
    "while True: f()",
    "f(1); del x",
    "@f\ndef g(): pass",
    "f(await x)",
    "f('\\d')",
    "f(",
    "f(" * 5000,
    "[" * 9000,
    "f(1)" + " " * 30_000,
    "f('\0')",
)


@pytest.mark.parametrize("call", RENDERED)
def test_what_the_renderer_writes_can_be_tried(call: str) -> None:
    assert only_calls(call)


@pytest.mark.parametrize("call", OTHERS, ids=lambda call: call[:40])
def test_nothing_else_can_be_tried(call: str) -> None:
    assert not only_calls(call)


def test_a_call_of_anything_else_stands_as_plain_text() -> None:
    report = faults()
    calls = {o.counterexample.call for e in report.score.items for o in e.outcomes if o.counterexample} - {""}
    forged = html_of(each_text(report, lambda text: OTHERS[0] if text in calls else text))
    assert html_of(report).count("<b>Try it</b>") == forged.count("<figcaption>The call</figcaption>") == 5
    assert "Try it</b>" not in forged and "The call</figcaption>" not in html_of(report)
