"""Which PDF of a hand-in is the report, and which of the hand-in's rules seem broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.submission.files import File
from autograder.submission.limits import MB, ReadLimits, listed, shown


@dataclass(frozen=True)
class ReportFile:
    """The report of a hand-in: `found`, and its bytes unless it can't be read; a sentence for each oddity."""

    found: bool = False
    name: str = ""
    data: bytes = b""
    remarks: tuple[str, ...] = ()


def find_report(files: Sequence[File], notebook: File, limits: ReadLimits) -> ReportFile:
    """The likeliest of the PDFs. A report that can't be read never stops the grading of the notebook."""
    named = [file for file in files if file.suffix == ".pdf"]
    pdfs = [file for file in named if b"%PDF" in file.head(1024)]
    if not pdfs and named:
        return ReportFile(remarks=(f"{shown(named[0].path)} is not a PDF; the report could not be found.",))
    if not pdfs:
        return ReportFile(remarks=("No report PDF was handed in.",))
    chosen = min(pdfs, key=lambda file: _unlikely(file, notebook))
    name = shown(chosen.path, 500)
    remarks = []
    if len(pdfs) > 1:
        rest = [file.path for file in pdfs if file is not chosen]
        remarks.append(f"Of {len(pdfs)} PDFs {name} was taken for the report; not read: {listed(rest)}.")
    try:
        data = chosen.load(limits.report_bytes + 1)
    except SubmissionError as error:
        return ReportFile(True, name, remarks=(*remarks, str(error)))
    if len(data) > limits.report_bytes:
        remarks.append(f"{name} is too large to be read (more than {limits.report_bytes // MB} MB).")
        data = b""
    return ReportFile(True, name, data, tuple(remarks))


def broken_rules(files: Sequence[File], notebook: File, report: ReportFile) -> tuple[str, ...]:
    """The rule: exactly two files, a PDF report and the notebook. A sentence for each way in which it seems broken.

    Files of data, and a second PDF, are remarks only; whether anything here costs points is for a person to say.
    """
    found = []
    if not report.found:
        found.append("The hand-in holds no PDF report.")
    if notebook.suffix == ".py":
        found.append(f"The hand-in holds the script {shown(notebook.name)} instead of a notebook.")
    code = [file.path for file in files if file is not notebook and file.suffix in (".ipynb", ".py")]
    if code:
        found.append(f"The hand-in holds notebooks or scripts besides the one asked for: {listed(code)}.")
    return tuple(found)


def _unlikely(file: File, notebook: File) -> tuple[bool, bool, int, str]:
    """Sorts the likeliest first: called a report; not called as the notebook, whose export it may be; near the top."""
    same_name = file.name.casefold().startswith(PurePosixPath(notebook.path).stem.casefold())
    return "report" not in file.name.casefold(), same_name, file.path.count("/"), file.path
