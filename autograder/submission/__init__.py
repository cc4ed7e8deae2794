"""A hand-in as it arrives: read, judged readable or not, never executed, never extracted to disk."""

from autograder.submission.folder import (
    Skipped,
    find_submissions,
    may_be_hand_in,
    safe_name,
    several_hand_ins,
    unique_names,
)
from autograder.submission.limits import ReadLimits
from autograder.submission.read import read_submission

__all__ = [
    "ReadLimits",
    "Skipped",
    "find_submissions",
    "may_be_hand_in",
    "read_submission",
    "safe_name",
    "several_hand_ins",
    "unique_names",
]
