"""All that can be said of a submission's report, in one call; a bad PDF is a finding, never an error."""

from __future__ import annotations

from autograder.evidence import ReportFindings
from autograder.records import Submission
from autograder.report_pdf.answers import find_answers
from autograder.report_pdf.key import AnswerKey
from autograder.report_pdf.origin import printed_marks
from autograder.report_pdf.read import Pdf, PdfLimits, read_pdf

PRINTED = "The report seems to be the notebook printed to PDF."
_DEFAULT = PdfLimits()


def read_report(submission: Submission, limits: PdfLimits = _DEFAULT) -> Pdf:
    """The report's text; nothing of a notebook that was handed in alone."""
    return read_pdf(submission.report, limits) if submission.report else Pdf()


def unread(submission: Submission) -> ReportFindings:
    """Of a report whose text is more than can be read."""
    problem = "Reading the report's text took too much time or memory; a person must read it."
    return ReportFindings(name=submission.report_name, broken_rules=submission.breaches, problem=problem)


def findings(submission: Submission, key: AnswerKey, pdf: Pdf) -> ReportFindings:
    """Compare the report's answers with the key. Of a notebook handed in alone only its text cells are read.

    `broken_rules` are proposals: the penalty is applied when a person confirms one in the marks file.
    """
    printed = printed_marks(pdf, submission.cells)
    problem = pdf.problem
    if submission.has_report and not submission.report:
        problem = "The report could not be read; see the remarks."
    remarks = list(pdf.remarks)
    if pdf.words and not (pdf.images or pdf.drawings):
        remarks.append("No figure was found in the report; drawings that are part of a page's text are not counted.")
    return ReportFindings(
        name=submission.report_name,
        pages=pdf.count,
        words=pdf.words,
        figures=pdf.images + pdf.drawings,
        printed=printed,
        broken_rules=(*submission.breaches, *([PRINTED] if printed else [])),
        answers=find_answers(pdf.pages, submission.markdown, key),
        remarks=tuple(remarks),
        problem=problem,
    )
