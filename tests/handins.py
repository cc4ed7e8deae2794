"""Hand-ins for the end-to-end tests, made from the reference notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from autograder.folder import BUILT_IN
from autograder.reports import results_json
from autograder.rubric import load_rubric
from reference.labrnn import NOTEBOOK

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "student_template" / "labrnn" / "LabRNN.ipynb"
REFERENCE = NOTEBOOK
FUNCTIONS = {i.id for i in load_rubric(BUILT_IN / "labrnn" / "rubric.toml").items if i.step == "functions"}
SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))
BROKEN_TOKENIZE = """
def tokenize(vocab, example):
    return [vocab.get(word, 1) + 1 for word in example.lower().split()]
"""
DIES = """
import os
def tokenize(vocab, example):
    os._exit(7)
"""
PRINTS = """
def tokenize(vocab, example):
    print("the student was here")
    raise ValueError("no idea")
"""


def with_last_cell(source: str, target: Path) -> Path:
    """The reference notebook with one more cell at its end."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "id": "last", "metadata": {}, "outputs": []}
    notebook["cells"].append(cell | {"source": source})
    target.write_text(json.dumps(notebook), encoding="utf-8")
    return target


def results_of(folder: Path) -> dict[str, Any]:
    """A valid results.json; the four formats are there."""
    assert {"results.json", "report.html", "report.md", "junit.xml"} <= {p.name for p in folder.iterdir()}
    content: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    return content


def points(content: dict[str, Any]) -> dict[str, float | None]:
    """Scores of the items that the functions step fills."""
    return {t["number"]: t.get("score") for t in content["tests"] if t["number"] in FUNCTIONS}


def verdicts(content: dict[str, Any]) -> list[Any]:
    """Every check with its verdict and its evidence, without the times."""
    rows = []
    for entry in content["extra_data"]["items"]:
        rows.append((entry["id"], entry["status"], entry["score"], entry["substitutes"]))
        rows += [{k: v for k, v in outcome.items() if k != "seconds"} for outcome in entry["outcomes"]]
    return rows
