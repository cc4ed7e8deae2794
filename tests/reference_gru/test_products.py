"""The notebooks, scripts, the module and the source texts that are made from gru_attention's one source."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.template import HOME as ROOT
from autograder.template import drifted
from reference import gru_attention, labrnn
from reference.gru_attention import module

TEMPLATE = ROOT / "student_template" / "gru_attention"
FILES = [gru_attention.SCRIPT, gru_attention.NOTEBOOK, TEMPLATE / "solution.py", TEMPLATE / "solution.ipynb"]
BLANK, SOLVED = FILES[2:], FILES[:2]
CLASSES = {"GIVEN": ["RNNCell", "RNN"], "SOLVED": ["GRUCell", "GRU", "MultiHeadedAttention"]}


def execute(text: str, names: dict) -> None:
    exec(compile(text, "text", "exec", dont_inherit=True), names)


def loaded(path: Path) -> dict:
    """The names that the file defines when it is run."""
    names = {"__name__": path.stem}
    if path.suffix == ".py":
        parts = [path.read_text()]
    else:
        parts = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for part in parts:
        execute(part, names)
    return names


def test_products_are_what_the_source_makes():
    assert drifted("gru_attention") == [], "run: python -m autograder.template gru_attention"


def test_kinds():
    assert {kind: list(getattr(module, kind)) for kind in CLASSES} == CLASSES


@pytest.mark.parametrize("path", FILES, ids=str)
def test_names_signatures_and_docstrings_are_the_same_everywhere(path):
    names = loaded(path)
    for name in [*CLASSES["GIVEN"], *CLASSES["SOLVED"]]:
        ours, theirs = getattr(module, name), names[name]
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert inspect.getdoc(ours) == inspect.getdoc(theirs)
        for method, function in vars(ours).items():
            if inspect.isfunction(function):
                assert inspect.signature(function) == inspect.signature(getattr(theirs, method))
                assert function.__doc__ == getattr(theirs, method).__doc__


@pytest.mark.parametrize("path", BLANK, ids=str)
def test_the_blank_refuses_every_graded_part(path):
    names = loaded(path)
    GRU, attention = names["GRU"], names["MultiHeadedAttention"]
    calls = [
        lambda: GRU(4, 5, 7, 3, 11, 2, 0.5),
        lambda: GRU.init_weights_uniform(None),
        lambda: GRU.init_hidden(None),
        lambda: GRU.forward(None, None, None),
        lambda: GRU.generate(None, None, None, None),
        lambda: names["RNN"](4, 5, 7, 3, 11, 2, 0.5),
        lambda: names["GRUCell"](4, 5),
        lambda: names["GRUCell"].forward(None, None, None),
        lambda: attention(2, 8),
        lambda: attention.attention(None, None, None, None),
        lambda: attention.forward(None, None, None, None),
    ]
    for call in calls:
        with pytest.raises(NotImplementedError, match="Problem [12]: "):
            call()


@pytest.mark.parametrize("path", BLANK, ids=str)
def test_the_blank_holds_nothing_of_the_solution(path):
    solution, inside = set(), False
    for line in (ROOT / "reference" / "gru_attention" / "source.py").read_text().splitlines():
        text = line.strip()
        if text in ("### BEGIN SOLUTION", "### BLANK", "### END SOLUTION"):
            inside = text == "### BEGIN SOLUTION"
        elif inside and len(text) > 20:
            solution.add(text)
    assert len(solution) > 30
    assert not [text for text in solution if text in path.read_text()]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_are_plain(path):
    text = path.read_text()
    assert "### BEGIN" not in text and "### END" not in text and "### BLANK" not in text
    if path.suffix == ".py":
        ast.parse(text)
    else:
        nbformat.validate(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", SOLVED, ids=str)
def test_the_solved_files_work(path):
    names = loaded(path)
    torch = names["torch"]
    for name in ("GRU", "RNN"):
        model = names[name](4, 5, 7, 3, 11, 2, 0.5)
        logits, hidden = model(torch.zeros(7, 3, dtype=torch.long), model.init_hidden())
        assert logits.shape == (7, 3, 11)
        assert model.generate(torch.zeros(3, dtype=torch.long), hidden, 2).shape == (2, 3)
    x = torch.zeros(2, 3, 8)
    assert names["MultiHeadedAttention"](2, 8)(x, x, x).shape == x.shape


def test_source_texts_work_together():
    names: dict = {}
    for kind, source in (("SOLVED", gru_attention.solution_source), ("GIVEN", gru_attention.given_source)):
        for name in CLASSES[kind]:
            execute(source(name), names)
            assert inspect.signature(names[name]) == inspect.signature(getattr(module, name))
    assert names["GRU"](4, 5, 7, 3, 11, 2, 0.5).init_hidden().shape == (2, 3, 5)
    with pytest.raises(KeyError):
        gru_attention.given_source("GRU")
    with pytest.raises(KeyError):
        gru_attention.solution_source("RNN")


def test_needs():
    assert gru_attention.needs("GRU") == ("GRUCell",)
    assert set(gru_attention.needs("RNN")) == {"RNNCell", "GRU"}
    assert gru_attention.needs("MultiHeadedAttention") == ()
    assert "GRU" in labrnn.needs("train_and_test_model_with_hparams")  # the two assignments' texts don't mix


def test_importing_is_light():
    code = "import json, sys; import reference.gru_attention; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)
    assert not set(json.loads(printed)) & {"torch", "numpy", "jupytext"}
