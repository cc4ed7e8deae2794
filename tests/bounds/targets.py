"""What in the judge's process meets bytes that a student wrote, each as a function of one hostile text.

A new function is a line in TARGETS, at the end.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgpack

from autograder.assignments.gru_attention.exhibits.gather import Collection
from autograder.assignments.labrnn.evidence.gather import gather
from autograder.assignments.labrnn.evidence.sections import read_marks
from autograder.assignments.labrnn.evidence.settings import NAMES
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.class_report import render as render_class
from autograder.errors import SubmissionError
from autograder.evidence import Answer, CellRun, Evidence, Execution, ReportFindings, Training
from autograder.folder import BUILT_IN
from autograder.grades import Class, Grade, Person
from autograder.judge.banned import banned_names, hits, tampering
from autograder.judge.reach import reached
from autograder.judge.reach import read as read_code
from autograder.judge.render import show
from autograder.kit.characters.printed import other_average
from autograder.kit.observer.events import read_events
from autograder.kit.observer.logs import read_logs
from autograder.marks import proposed_marks
from autograder.notebook.book import arrange
from autograder.notebook.collect import CellOutput
from autograder.notebook.messages import Progress
from autograder.notebook.progress import describe
from autograder.platforms.places import cell_lines, script_lines
from autograder.records import (
    Cell,
    CellReport,
    Counterexample,
    Item,
    ItemScore,
    Outcome,
    Problem,
    Report,
    Score,
    Submission,
)
from autograder.report_pdf.findings import findings
from autograder.report_pdf.key import load_key
from autograder.report_pdf.read import Pdf, _text
from autograder.reports import html, junit, markdown, results_json, terminal
from autograder.reports.cells import CellName, in_words
from autograder.reports.snippets import can_be_tried, snippet
from autograder.reports.view import content_of
from autograder.rubric import load_rubric, settings_of
from autograder.similarity import similar_pairs
from autograder.student.answers import cell_report, student_error
from autograder.submission.archive import zip_files
from autograder.submission.choose import candidates, choose
from autograder.submission.companions import Companions
from autograder.submission.content import parse
from autograder.submission.files import File
from autograder.submission.headings import headings
from autograder.submission.joining import joined
from autograder.submission.limits import ReadLimits
from autograder.submission.mixup import another_assignment
from autograder.submission.outputs import as_shown
from autograder.wire import frames

Target = Callable[[str], object]

LIMITS = ReadLimits()
RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
THRESHOLDS = settings_of(RUBRIC, Thresholds)
KEY = load_key(BUILT_IN / "labrnn" / "answers.toml", RUBRIC)
ASKED = RUBRIC.assignment


# ---- reading ---------------------------------------------------------------------------------------------------------
def read(data: bytes, name: str) -> None:
    try:
        parse(data, name, LIMITS)
    except SubmissionError:
        pass


def as_notebook(*cells: dict[str, object]) -> None:
    read(json.dumps({"nbformat": 4, "cells": [{"metadata": {}, **cell} for cell in cells]}).encode(), "LabRNN.ipynb")


def code(source: str, *outputs: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": outputs}


def printed(text: str) -> None:
    as_notebook(code("x", {"output_type": "stream", "text": text}, {"output_type": "error", "evalue": text}))


def zipped(text: str) -> None:
    """Names of many files, cut from the text."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(0, len(text), 200):
            archive.writestr(f"a{number}{text[number : number + 200]!r}.ipynb"[:60_000], "{}")
    try:
        files, _ = zip_files(stream.getvalue(), "a.zip", LIMITS)
        choose(
            candidates(files),
            [ASKED.notebook],
            ASKED.defines,
            LIMITS,
            lambda file: parse(b"x = 1", "a.py", LIMITS),
            lambda file: [],
        )
    except SubmissionError:
        pass


def companions(text: str) -> None:
    file, script = File("a.py", lambda count: text.encode()), File("b.py", lambda count: b"import a\n")
    companions = Companions([file, script], lambda file: parse(b"x = 1\n" + file.load(9), "a.py", LIMITS), LIMITS)
    companions.of(file)
    joined(parse(b"x = 1\n" + text.encode(), "a.py", LIMITS).cells, companions.of(script))


def submission(source: str = "x", heading: str = "", stored: str = "", markdown: str = "") -> Submission:
    """One cell of it, or a cell for each of the lines where it is long."""
    lines = source.splitlines()[:20_000]
    cells = tuple(Cell(2 * n, line) for n, line in enumerate(lines, 1)) or (Cell(2, "x"),)
    titles = tuple((2 * n - 1, title[:200]) for n, title in enumerate(heading.splitlines()[: LIMITS.headings], 1))
    return Submission("a", Path("a"), "a", (Cell(1, source[:1_000_000]), *cells), (markdown,), headings=titles,
                      stored={2: stored} if stored else {})  # fmt: skip


def positions(text: str) -> None:
    whole = submission(text, heading=text)
    arrange([(cell.number, cell.source) for cell in whole.cells], text.splitlines())
    for cell in whole.cells:
        whole.heading_above(cell.number)


# ---- what a run showed -----------------------------------------------------------------------------------------------
def evidence(whole: Submission, *runs: CellRun) -> None:
    gather(whole, Execution("smoke", "synthetic", "cpu", "", runs, 1.0), THRESHOLDS)


def trainings(text: str) -> None:
    """As many as there are lines, in cells of a hundred, reported by the hook and printed too."""
    lines = text.splitlines()[::4] or [text[:1000]]
    hparams = {"N_LAYERS": 3, "HIDDEN_DIM": 2, "EMBEDDING_DIM": 1, "OPTIM": "adam", "N_EPOCHS": 1, "LR": 0.1}
    events = [
        {"event": kind, "id": n, "hparams": hparams, "driver": line[:90], "model": {"class": "LSTM"}, "steps": 5,
         "optimizer": {"name": "adam", "lr": 0.1}}
        for n, line in enumerate(lines) for kind in ("training", "model", "end")
    ]  # fmt: skip
    read_events(events, NAMES)
    runs = [
        CellRun(n, "", "ran", text="The model has 7 parameters\n" * 100, events=tuple(events[at : at + 300]))
        for n, at in enumerate(range(0, len(events), 300), 1)
    ]
    evidence(submission(), *runs)


def stream(text: str) -> None:
    output = CellOutput(1000)
    for at in range(0, len(text), 50):
        output.take("stream", {"name": "stdout", "text": text[at : at + 50]})
    output.take("error", {"ename": text, "evalue": text, "traceback": text.splitlines()})
    output.take("display_data", {"data": {"text/plain": text, "image/png": text}})
    _ = output.text, output.epoch_line


# ---- reports ---------------------------------------------------------------------------------------------------------
def report(text: str) -> Report:
    item = Item("lab1.a", "A", 1.0, "automatic")
    example = Counterexample(text, text, text)
    outcomes = tuple(
        Outcome("lab1.a", f"c{n}", "It works.", 1.0, False, "public", "failed", f"{text}{n}", example) for n in range(3)
    )
    cells = tuple(
        CellReport(n, "partly", (Problem(1, line[:120], line[:300]),)) for n, line in enumerate(text.splitlines(), 1)
    )
    training = Training("observed", 1, "lab1.f", text, {text: text}, error=text)
    score = ItemScore(item, "graded", 0.0, outcomes, note=text)
    return Report(
        "labrnn", "Lab", "a", "a", text, Score((score,), 0.0, 1.0), "t", 1,
        "0", cells=cells, remarks=(text, *text.splitlines()), output=text,
        execution=Execution("smoke", text, text, "", (CellRun(1, text, "failed", error=text),), 1.0, (text,)),
        evidence=Evidence((training,) * 20, contradictions=tuple(text.splitlines())),
        findings=told(text),
    )  # fmt: skip


def told(text: str) -> ReportFindings:
    answers = (Answer("tf.1", "true", text, 1.0, text),)
    return ReportFindings(text, 1, 1, 1, (text,), (text,), answers, tuple(text.splitlines()), text)


def on_terminal(text: str) -> None:
    from rich.console import Console

    few = replace(report(text), cells=(), remarks=(text,))  # each line takes rich a millisecond
    terminal.show(few, Console(file=io.StringIO(), width=100))


def answered(value: object) -> None:
    try:
        show(frames.unpack(msgpack.packb(value), frames.ANSWER))
    except frames.WireError:
        pass


def reached_by(*cells: str) -> None:
    """What own_arithmetic looks at."""
    code = read_code([Cell(number, text) for number, text in enumerate(cells, 1)])
    hits(reached(code, "GRU", ("forward",)), banned_names("GRU", "gru", telling={"gru_cell"}))
    tampering(code)


def exhibited(name: str, text: str) -> None:
    """A file of results, or what a notebook shows of them."""
    collection = Collection()
    collection.text(name, text)
    collection.exhibits()


TARGETS: dict[str, Target] = {
    "a notebook's bytes": lambda text: read(text.encode("utf-8", "replace"), "LabRNN.ipynb"),
    "JSON cut short": lambda text: read(('{"cells": [' + json.dumps(text))[:-1].encode(), "LabRNN.ipynb"),
    "a script": lambda text: read(text.encode("utf-8", "replace"), "a.py"),
    "a code cell": lambda text: as_notebook(code(text)),
    "code cells": lambda text: as_notebook(*map(code, text.splitlines()[:20_000])),
    "a text cell": lambda text: as_notebook(code("x"), {"cell_type": "markdown", "source": text}),
    "text cells": lambda text: as_notebook(
        code("x"), *({"cell_type": "markdown", "source": line} for line in text.splitlines()[:10_000])
    ),
    "headings": headings,
    "stored outputs": printed,
    "a terminal's text": as_shown,
    "names in a zip": zipped,
    "files that a script imports": companions,
    "another assignment": lambda text: another_assignment((Cell(1, text),), ASKED),
    "what a class reaches": lambda text: reached_by(text, f"class GRU:\n    def forward(self):\n        {text}"),
    "cells and headings": positions,
    "marks of parts": lambda text: read_marks(submission(text, heading=text)),
    "evidence in code": lambda text: evidence(
        submission(text + "\nHyperParams"), CellRun(1, text, "failed", error=text)
    ),
    "evidence in headings": lambda text: evidence(submission(heading=text)),
    "evidence in print": lambda text: evidence(submission(), CellRun(2, "", "ran", 99.0, text=text)),
    "evidence in stored outputs": lambda text: evidence(submission(stored=text)),
    "trainings": trainings,
    "logs": read_logs,
    "what a cell prints": stream,
    "progress": lambda text: describe(Progress(1, 1, 1, text, text, 0.0, 0.0, 0.0), 80),
    "a PDF's page": lambda text: _text(text, 50_000),
    "a report": lambda text: findings(submission(text), KEY, Pdf(pages=(text[:50_000], text[50_000:]) * 2, count=4)),
    "answers in text cells": lambda text: findings(submission(markdown=text), KEY, Pdf()),
    "a page of answers": lambda text: findings(submission(), KEY, Pdf(pages=("1. True. " + text,), count=1)),
    "proposed marks": lambda text: proposed_marks(text, told(text), RUBRIC),
    "results.json": lambda text: results_json.render(content_of(report(text))),
    "report.md": lambda text: markdown.render(content_of(report(text))),
    "report.html": lambda text: html.render(content_of(replace(report(text), evidence=None))),
    "junit.xml": lambda text: junit.render(content_of(report(text))),
    "cells in words": lambda text: in_words(
        f"cell 3 ({text}) {text} cell 4 " + text.replace(" ", " cell 3 "), {3: CellName("In [1]", "In [1]", text)}
    ),
    "a call to try": lambda text: can_be_tried(text) or snippet(text),
    "the terminal": on_terminal,
    "an error of the student's": lambda text: student_error({"kind": text, "text": text}, {"op": "call"}),
    "a cell's report": lambda text: cell_report(
        1, {"status": "partly", "problems": [{"line": 1, "statement": t, "error": t} for t in text.splitlines()]}
    ),
    "an answer of texts": lambda text: answered(text.split()),
    "an answer of letters": lambda text: answered(list(text)),
    "an answer of lists": lambda text: answered([[word] for word in text.split()]),
    "an answer of keys": lambda text: answered(dict.fromkeys(text.split(), 1)),
    "an answer of records": lambda text: answered(
        [msgpack.ExtType(frames.TUPLE, msgpack.packb([word[:99]])) for word in text.split()]
    ),
    "alike code": lambda text: similar_pairs({"a": (Cell(1, text),), "b": (Cell(1, text + "x"),)}, threshold=0.1),
    "lines of a notebook": cell_lines,
    "lines of a script": script_lines,
    "results in CSV": lambda text: exhibited("log.csv", text),
    "results in Markdown": lambda text: exhibited("report.md", text),
    "results in pipes": lambda text: exhibited("t.md", "| exp | train | valid |\n" + text.replace(" ", " | ")),
    "results in lines": lambda text: exhibited("gru.txt", "epoch 1 train 2 valid 3\n" + text),
    "results in JSON": lambda text: exhibited(
        "gru.json", json.dumps({"train": text.split(), text[:99]: {"valid": text}})
    ),
    "results in lists": lambda text: exhibited(
        "rnn.json", json.dumps([[word, {word: [word]}] for word in text.split()])
    ),
    "class.html": lambda text: render_class(
        Class(text, text, 1.0, (), (Grade(Person(text, text), "refused", problem=text),))
    ),
    "printed losses": other_average,
}
