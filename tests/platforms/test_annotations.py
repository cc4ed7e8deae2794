"""Annotations on GitHub: at the line that is meant, and never a command of the student's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from handins import REFERENCE, ROOT

from autograder.platforms.annotations import SUMMARY_BYTES, Annotation, add_summary, annotate, main, names_of
from autograder.platforms.places import Places, cell_lines, read_places

HOSTILE = "a\n::error::forged\r\n::set-output name=score::100\n##[error]x %0A ,line=9::y"


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands that a runner would hear in a log, by GitHub's description of them."""
    heard, stopped = [], ""
    for line in re.split(r"\r\n|\r|\n", log):
        found = re.match(r"\s*::([^ :]+)(?: (.*?))?::(.*)$", line)
        if found is None:
            continue
        name, words, value = found[1], found[2] or "", found[3]
        if stopped:
            stopped = "" if name == stopped else stopped
            continue
        if name == "stop-commands":
            stopped = value
            continue
        table = dict(word.split("=", 1) for word in words.split(",") if word)
        decoded = {key: _decoded(text.replace("%3A", ":").replace("%2C", ",")) for key, text in table.items()}
        heard.append((name, decoded, _decoded(value)))
    return heard


def _decoded(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_hostile_text_is_one_command_and_comes_through_whole() -> None:
    ((name, words, message),) = commands(str(Annotation(HOSTILE, HOSTILE, "my, odd:file%.py", 3)))
    assert name == "error" and message == HOSTILE
    assert words == {"file": "my, odd:file%.py", "line": "3", "title": HOSTILE}


def test_the_tests_own_reader_hears_what_is_not_escaped() -> None:
    assert [name for name, _, _ in commands(f"text {HOSTILE}")] == ["error", "set-output"]
    assert commands(f"::stop-commands::word\n{HOSTILE}\n::word::\n::error::mine") == [("error", {}, "mine")]


# ---- lines -----------------------------------------------------------------------------------------------------------
def test_every_source_line_of_a_notebook_is_found() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    book, lines, found = json.loads(text), text.split("\n"), cell_lines(text)
    assert len(found) == len(book["cells"]) > 50
    for cell, own in zip(book["cells"], found, strict=True):
        source = cell["source"]
        assert [json.loads(lines[n - 1].strip().rstrip(",")) for n in own] == source


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("whole", [True, False])
def test_odd_forms_of_notebooks(indent: int | None, whole: bool) -> None:
    """One text for a source, keys in any order, outputs and metadata that look like sources."""
    lines = ["def f():\n", '    return "source"']
    cell = {"metadata": {"source": ["x"]}, "source": "".join(lines) if whole else lines, "outputs": [{"text": lines}]}
    text = json.dumps({"metadata": {"cells": [{"source": ["no"]}]}, "cells": [cell, cell]}, indent=indent)
    found = Places(text.split("\n"), cell_lines(text))
    assert [len(own) for own in found.cells] == ([1, 1] if whole else [2, 2])
    line = found.lines[found.of_cell(2, 2) - 1]
    assert 'return \\"source\\"' in line and (indent is None or '"text"' not in line)


@pytest.mark.parametrize("text", ["", "[", '{"cells": [', '"' * 99, "{" * 5000, '{"cells": {"source": 3}}', "}]}]"])
def test_what_is_no_notebook_has_no_lines(text: str) -> None:
    assert not [line for cell in cell_lines(text) for line in cell]


def test_definitions_are_found_in_notebooks_and_scripts(tmp_path: Path) -> None:
    script = tmp_path / "solution.py"
    script.write_text("class A:\n    def g(self): ...\nclass B:\n    def f(self): ...\ndef g(): ...\n")
    for places in (read_places(script), read_places(REFERENCE)):
        assert places.of_name("missing") == 1
    found = read_places(script)
    assert found.of_name("A", ("f", "g")) == 2 and found.of_name("B", ("g", "f")) == 4 and found.of_name("A") == 1
    found = read_places(REFERENCE)
    assert "def __getitem__" in found.lines[found.of_name("IMDB", ("__getitem__",)) - 1]
    assert found.of_cell(10_000) == 1 and read_places(tmp_path / "none.ipynb") == Places()


def test_cells_of_scripts_are_found(tmp_path: Path) -> None:
    script = tmp_path / "solution.py"
    script.write_text("\n\ndef f():\n    return 1\n")
    assert read_places(script).of_cell(1, 4) == 4
    script.write_text("# a comment\n# %%\nx = 1\n\n# %% [markdown]\n# Text\n\n# %%\n\nx = 1\ny = 2\n")
    found = read_places(script)
    assert found.of_cell(1) == 3 and found.of_cell(2) == 1 and found.of_cell(3, 2) == 11
    script.write_text("# %%\nx = 1\n# %%\nx = 1\n# %%\nx = 1\n")
    assert [read_places(script).of_cell(number) for number in (1, 2, 3)] == [2, 4, 6]


# ---- from results ----------------------------------------------------------------------------------------------------
def results(**extra: Any) -> dict[str, Any]:
    def item(name: str, title: str, score: float | None, *outcomes: tuple[str, str]) -> dict[str, Any]:
        own = [{"status": status, "weight": 1.0, "required": False, "message": message} for status, message in outcomes]
        return {"id": name, "title": title, "points": 5.0, "score": score, "outcomes": own}

    items = [
        item("lab1.a", "load_imdb", 5.0, ("passed", "")),
        item("lab1.d", "IMDB.__getitem__", 2.5, ("failed", HOSTILE), ("failed", "in cell 9, line 2")),
        item("lab1.b", "build_vocab", 0.0, ("failed", "raised KeyError: 'x' (cell 9 (In [4], under “Part”), line 2)")),
    ]
    cells = [{"number": 3, "problems": [{"line": 1, "statement": "x", "error": HOSTILE}]}]
    base = {"notebook": "LabRNN.ipynb", "items": items, "cells": cells, "failure": "", "problem": ""}
    return {"tests": [{"number": i["id"], "output": HOSTILE} for i in items], "extra_data": base | extra}


def test_an_item_that_lost_points_is_shown_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(ROOT))
    found = annotate(results(), REFERENCE, names_of("labrnn"))
    heard = commands("\n".join(map(str, found)))
    assert len(heard) == 3 and {words["file"] for _, words, _ in heard} == {"reference/labrnn/LabRNN.ipynb"}
    places = read_places(REFERENCE)
    assert [int(words["line"]) for _, words, _ in heard] == [
        places.of_cell(3, 1),
        places.of_name("IMDB", ("__getitem__",)),
        places.of_cell(9, 2),
    ]
    assert heard[1][1]["title"] == "lab1.d IMDB.__getitem__: 2.5 of 5 points" and heard[1][2] == HOSTILE


def test_what_can_t_be_graded_is_one_annotation() -> None:
    (refused,) = annotate(results(problem="It is empty."), REFERENCE, {})
    assert refused.line == 1 and refused.file.endswith("LabRNN.ipynb") and refused.message == "It is empty."
    (failed,) = annotate(results(failure="It broke."), REFERENCE, {})
    assert not failed.file and str(failed) == "::error title=The grader failed::It broke."


def test_the_summary_is_the_report_as_long_as_github_takes_it(tmp_path: Path) -> None:
    report, target = tmp_path / "report.md", tmp_path / "summary"
    target.write_text("before\n")
    report.write_text("short")
    add_summary(report, target)
    assert target.read_text() == "before\nshort\n"
    report.write_text("ä" * 79 + "\n" + "line ü\n" * 200_000)
    add_summary(report, target)
    data = target.read_bytes()
    assert len(data) < SUMMARY_BYTES + 200 and data.decode().endswith("of the results.\n\n")


def test_without_results_it_says_so(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["annotations", str(tmp_path), str(REFERENCE)])
    assert main() == 3
    assert commands(capsys.readouterr().out)[0][1]["title"] == "There are no results"
