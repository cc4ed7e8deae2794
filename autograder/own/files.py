"""The public checks on a file: read and loaded like a hand-in, in this process, without running its trainings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.errors import StudentError, SubmissionError
from autograder.inside.offline import prepare
from autograder.inside.server import Server
from autograder.own.judging import Result, judge_items
from autograder.own.keep import undisturbed
from autograder.own.tasks import Sheet
from autograder.records import Item, Submission
from autograder.sandbox.inprocess import InProcess
from autograder.submission import read_submission


def read_file(sheet: Sheet, path: Path) -> Submission:
    """Read a notebook, a script, a folder or a zip; nothing of it runs.

    Raises:
        SubmissionError: it can't be read.
    """
    return read_submission(path, expected=sheet.notebook, also=sheet.also, names=sheet.defines, either=sheet.either)


def judge_file(
    sheet: Sheet, submission: Submission, items: Sequence[Item], done: Mapping[str, Result] | None = None
) -> dict[str, Result]:
    """Judge items of a submission. `done`: results that still hold.

    Raises:
        SubmissionError: it uses up its time before anything can be judged.
        GraderError: the checks can't be collected.
    """
    with undisturbed({}):
        prepare()
        main = sys.modules["__main__"]
        try:
            return judge_items(sheet, InProcess(Server), submission, items, done or {})
        except StudentError as error:
            raise SubmissionError(f"{submission.notebook} can't be judged: {error}.") from error
        finally:
            sys.modules["__main__"] = main  # the notebook was loaded under its name
