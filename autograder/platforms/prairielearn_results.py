"""`results.json` of PrairieLearn's external grader, from the report of one hand-in.

A hand-in that can't be read is not gradable, and says why: PrairieLearn then asks for another and counts no attempt. So
it is where the grader failed. The score is the share of what was graded here: what waits for a person is named and left
out, since PrairieLearn adds its own manual points.
"""

from __future__ import annotations

from autograder.exports.prairielearn import as_bytes, encoded
from autograder.records import Report
from autograder.reports.view import content_of

NO_RESULT = "The grader did not come to a result. This is not your work's fault: tell the course staff, and try again."


def render(report: Report) -> str:
    """Return the file's text."""
    content = content_of(report)
    if content.report.failure or content.total is None:
        return no_result(NO_RESULT)
    if content.report.problem:
        return no_result(content.headline, content.report.problem)
    maximum = content.report.score.maximum
    return encoded(content, content.total / maximum if maximum else 0.0).decode("utf-8")


def no_result(message: str, *errors: str) -> str:
    """Return the file of a hand-in without a score. `errors`: what is wrong with the hand-in itself."""
    table = {"gradable": False, "score": 0.0, "message": message, "format_errors": list(errors), "tests": []}
    return as_bytes(table).decode("utf-8")
