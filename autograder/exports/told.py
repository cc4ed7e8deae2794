"""One student's grade as the report's formats tell it: cleaned, hidden checks veiled."""

from __future__ import annotations

from autograder.exports.people import as_score, own_maximum
from autograder.grades import Class, Grade
from autograder.records import Report, Score
from autograder.reports.view import Content, content_of


def content(graded: Class, grade: Grade) -> Content:
    """Return what may be shown to the student."""
    score = Score(tuple(map(as_score, grade.items)), grade.total, own_maximum(graded, grade))
    return content_of(
        Report(
            assignment=graded.assignment,
            title=graded.title,
            submission=grade.hand_in.name if grade.hand_in else grade.person.id,
            source="",
            notebook="",
            score=score,
            tier="",
            tier_number=0,
            seed="",
            seconds=dict(grade.seconds),
            remarks=tuple(deduction.sentence for deduction in grade.deductions),
            problem=grade.problem if grade.status == "refused" else "",
            failure=grade.problem or "The grader failed." if grade.status == "failed" else "",
            started=grade.graded_at,
        )
    )


def output(told: Content) -> str:
    """Return the total in a sentence, then why it was refused, then each deduction."""
    return "\n".join(filter(None, (told.headline, told.report.problem, *told.remarks)))
