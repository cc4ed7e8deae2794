"""Printed notebooks are proposed as such; honest reports are not, however they were made and whatever they quote."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from autograder.records import Cell
from autograder.report_pdf.origin import printed_marks
from autograder.report_pdf.read import Pdf, read_pdf
from fixtures.labrnn.reading import read_submission

from . import pdfs

ROOT = Path(__file__).parents[2]
SKIA = "Skia/PDF m120"
LOCAL = "localhost:8888/notebooks/LabRNN.ipynb"


@cache
def cells() -> tuple[Cell, ...]:
    return read_submission(ROOT / "reference" / "labrnn" / "LabRNN.ipynb").cells


def sources() -> list[str]:
    return [cell.source for cell in cells()]


def marks(data: bytes) -> tuple[str, ...]:
    found = read_pdf(data)
    assert found.problem == ""
    return printed_marks(found, cells())


# ---- printed ---------------------------------------------------------------------------------------------------------
def test_jupyter_printed_by_a_browser() -> None:
    found = marks(
        pdfs.notebook(
            sources(),
            producer=SKIA,
            title="LabRNN - Jupyter Notebook",
            head="11/25/23, 10:04 AM",
            foot=f"{LOCAL} {{n}}/{{nb}}",
        )
    )
    text = " ".join(found)
    assert "prompts (In [1]:" in text and LOCAL.lower() in text.lower() and "title is a notebook's" in text
    assert "lines of code" in text and "Skia/PDF" in text


@pytest.mark.parametrize(
    ("prompt", "traits"),
    [
        ("In [{n}]:", {}),  # the prompts alone
        (
            "[{n}]: ",
            {"producer": "xdvipdfmx (20220710)", "creator": "LaTeX with hyperref", "title": "LabRNN"},
        ),  # nbconvert
        ("", {"producer": SKIA, "title": "LabRNN.ipynb - Colaboratory"}),  # Colab shows no prompts
        ("", {"producer": "WeasyPrint 60", "title": "LabRNN"}),  # the code alone
        ("", {"foot": "file:///home/jane/LabRNN.html {n}/{nb}", "producer": "Mozilla Firefox 120"}),
    ],
)
def test_other_ways_of_printing(prompt: str, traits: dict[str, str]) -> None:
    assert marks(pdfs.notebook(sources(), prompt, **traits))


def test_half_of_the_code_printed_by_a_browser() -> None:
    lines = "\n".join(sources()).splitlines()
    assert marks(pdfs.notebook(["\n".join(lines[: len(lines) * 2 // 5])], "", producer=SKIA))


def test_printed_with_the_code_hidden() -> None:
    assert marks(pdfs.from_text(*[pdfs.prose(200)] * 4, foot="https://colab.research.google.com/drive/1x {n}/{nb}"))
    assert marks(pdfs.from_text(*[pdfs.prose(200)] * 2, creator="nbconvert 7.1"))


# ---- honest ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"producer": "pdfTeX-1.40.25", "creator": "LaTeX with hyperref", "title": "Homework 3"},
        {"producer": "xdvipdfmx (20220710)", "title": "LabRNN"},
        {"producer": "Microsoft: Print To PDF", "creator": "Microsoft Word", "title": "hw3.docx"},
        {"producer": SKIA, "creator": "Google Docs Renderer", "title": "LabRNN report"},
        {"producer": SKIA, "head": "11/25/23, 10:04 AM", "foot": "https://docs.google.com/document/d/1x/edit {n}/{nb}"},
        {"producer": "macOS Version 14.1 Quartz PDFContext", "creator": "Pages"},
        {"producer": "WeasyPrint 60", "foot": "{n}/{nb}"},
    ],
)
def test_honest_reports_are_not_accused(traits: dict[str, str]) -> None:
    assert marks(pdfs.report(**traits)) == ()


def test_quoted_code_is_no_printed_notebook() -> None:
    quoted = ["In [12]:", *sources()[3].splitlines()[:30], "Out[12]: 0.87", "In [13]:", "In [14]:"]
    assert marks(pdfs.report(code=quoted)) == ()
    assert marks(pdfs.report(code=quoted, producer=SKIA)) == ()


def test_an_appendix_is_no_printed_notebook() -> None:
    data = pdfs.report(appendix=sources())
    assert sum("def load_imdb" in page for page in read_pdf(data).pages) >= 1
    assert marks(data) == ()
    assert marks(pdfs.report(appendix=sources(), producer=SKIA)) == ()


def test_references_are_no_prompts_and_a_link_is_no_address() -> None:
    references = "\n".join(
        f"[{n}] An author. A title, see https://colab.research.google.com and LabRNN.ipynb" for n in range(1, 30)
    )
    assert marks(pdfs.from_text(pdfs.prose(900), "References\n" + references, pdfs.prose(500))) == ()


def test_nothing_to_compare_with() -> None:
    assert printed_marks(Pdf(), ()) == () and printed_marks(Pdf(), cells()) == ()
    assert printed_marks(Pdf(pages=("x = 1",)), (Cell(1, "x = 1"),)) == ()
