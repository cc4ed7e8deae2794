"""The notebooks, the module and the source texts that are made from LabRNN's one source."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import matplotlib
import nbformat
import nltk
import pytest

from autograder.template import HOME as ROOT
from autograder.template import drifted
from reference import labrnn
from reference.labrnn import module

BLANK = ROOT / "student_template" / "labrnn" / "LabRNN.ipynb"
SOURCE = ROOT / "reference" / "labrnn" / "source.py"
GIVEN = [
    "HyperParams",
    "collate",
    "init_weights",
    "count_parameters",
    "get_accuracy",
    "train",
    "evaluate",
    "ConstantWithWarmup",
    "predict_sentiment",
    "get_optimizer",
]
SOLVED = ["load_imdb", "build_vocab", "tokenize", "IMDB", "LSTM", "GRU", "train_and_test_model_with_hparams"]
SIZES = (9, 2, 3, 2, 1, 0.0, 0, False)


def cells(path: Path, kind: str = "code") -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def execute(text: str, names: dict, filename: str = "text") -> None:
    exec(compile(text, filename, "exec", dont_inherit=True), names)


def loaded(path: Path) -> dict:
    """Execute every cell that isn't an experiment; nothing is downloaded."""
    names = {"__name__": "notebook"}
    for cell in cells(path):
        if "experiment" not in cell.metadata.get("tags", []):
            execute(cell.source, names, cell.id)
    return names


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    monkeypatch.setattr(nltk, "download", lambda *what, **how: True)


def test_products_are_what_the_source_makes():
    assert drifted("labrnn") == [], "run: python -m autograder.template labrnn"


@pytest.mark.parametrize("path", [labrnn.NOTEBOOK, BLANK])
def test_notebooks_are_plain_and_have_no_output(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None
        ast.parse(cell.source)
    text = path.read_text()
    assert "### BEGIN" not in text and "### END" not in text and "### BLANK" not in text


def test_both_notebooks_have_the_same_cells():
    solved, blank = (nbformat.read(path, as_version=4).cells for path in (labrnn.NOTEBOOK, BLANK))
    assert [(cell.id, cell.cell_type, cell.metadata) for cell in solved] == [
        (cell.id, cell.cell_type, cell.metadata) for cell in blank
    ]


def test_the_blank_notebook_holds_nothing_of_the_solution():
    solution, inside = set(), False
    for line in SOURCE.read_text().splitlines():
        text = line.removeprefix("# ").strip()
        if text in ("### BEGIN SOLUTION", "### BLANK", "### END SOLUTION"):
            inside = text == "### BEGIN SOLUTION"
        elif inside and len(text) > 20:
            solution.add(text)
    blank = {line.strip() for cell in cells(BLANK) + cells(BLANK, "markdown") for line in cell.source.split("\n")}
    assert len(solution) > 80
    assert not solution & blank


def test_the_blank_notebook_loads_and_every_graded_part_refuses(tmp_path):
    names = loaded(BLANK)
    hparams = names["HyperParams"]()
    calls = [
        lambda: names["load_imdb"](str(tmp_path / "none.csv")),
        lambda: names["build_vocab"](["a film"], 1, hparams),
        lambda: names["tokenize"]({"<pad>": 0, "<unk>": 1}, "film"),
        lambda: names["IMDB"](["film"], ["positive"], {"<pad>": 0, "<unk>": 1})[0],
        lambda: names["LSTM"](*SIZES),
        lambda: names["GRU"](*SIZES),
        lambda: names["LSTM"].forward(None, None, None),
        lambda: names["GRU"].forward(None, None, None),
        lambda: names["train_and_test_model_with_hparams"](hparams),
    ]
    for call in calls:
        with pytest.raises(NotImplementedError, match="Lab 1"):
            call()


def test_the_blank_driver_refuses_even_with_everything_else_right(workplace):
    workplace()
    names = loaded(BLANK)
    for name in SOLVED[:-1]:
        execute(labrnn.solution_source(name), names)
    with pytest.raises(NotImplementedError, match="epoch loop"):
        names["train_and_test_model_with_hparams"](names["HyperParams"]())


@pytest.mark.parametrize("name", GIVEN + SOLVED)
def test_names_signatures_and_docstrings_are_the_same_everywhere(name):
    blank, solved = loaded(BLANK)[name], loaded(labrnn.NOTEBOOK)[name]
    expected = getattr(module, name)
    assert inspect.getdoc(expected)
    for definition in (blank, solved):
        assert inspect.signature(definition) == inspect.signature(expected)
        assert inspect.getdoc(definition) == inspect.getdoc(expected)


def test_kinds():
    assert list(module.GIVEN) == GIVEN
    assert list(module.SOLVED) == SOLVED


@pytest.mark.parametrize("name", GIVEN + SOLVED)
def test_each_source_text_stands_alone(name):
    source = labrnn.given_source if name in GIVEN else labrnn.solution_source
    names: dict = {}
    execute(source(name), names)
    assert inspect.signature(names[name]) == inspect.signature(getattr(module, name))
    with pytest.raises(KeyError):
        (labrnn.solution_source if name in GIVEN else labrnn.given_source)(name)


def test_source_texts_work_together():
    names: dict = {}
    wanted = [*SOLVED]
    while wanted:
        name = wanted.pop()
        if name not in names:
            execute((labrnn.given_source if name in GIVEN else labrnn.solution_source)(name), names)
            wanted += labrnn.needs(name)
    assert set(GIVEN) - set(names) == {"predict_sentiment"}
    vocab = names["build_vocab"](["fine film"], 1)
    batch = names["collate"]([names["IMDB"](["fine film"], ["positive"], vocab)[0]], 0)
    assert names["GRU"](*SIZES)(batch["ids"], batch["length"]).shape == (1, 2)


def test_needs():
    assert labrnn.needs("LSTM") == ("init_weights",)
    assert labrnn.needs("IMDB") == ("tokenize",)
    assert labrnn.needs("collate") == ()


def test_importing_is_light():
    """Neither import loads a slow package; the texts don't even need torch."""
    code = "import json, sys; import {}; print(json.dumps(sorted(sys.modules)))"

    def modules_after(what: str) -> set[str]:
        printed = subprocess.check_output([sys.executable, "-c", code.format(what)], cwd=ROOT)
        return set(json.loads(printed))

    assert not modules_after("reference.labrnn.module") & {"pandas", "sklearn", "nltk", "matplotlib"}
    assert not modules_after("reference.labrnn") & {"torch", "numpy", "jupytext"}


@pytest.mark.slow
def test_the_solved_notebook_runs_from_top_to_bottom(workplace):
    """All experiments on tiny data: at most 5 epochs a run, at most 50 runs in Lab 2 (f)."""
    matplotlib.use("Agg", force=True)
    workplace(200)
    names = {"__name__": "notebook"}
    runs_after = {}
    for cell in cells(labrnn.NOTEBOOK):
        execute(cell.source, names, cell.id)
        runs_after[cell.id] = len(names.get("RESULTS", {}))
    new = [after - before for before, after in zip([0, *runs_after.values()], runs_after.values(), strict=False)]
    assert [count for count in new if count] == [1, 1, 3, 3, 2, 2, 2, 8, 1]
    for result in names["RESULTS"].values():
        assert len(result["valid_loss"]) <= 5
        assert 0 <= result["test_acc"] <= 1
