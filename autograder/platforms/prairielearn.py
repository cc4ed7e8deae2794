"""What PrairieLearn's external grader starts: the layout of its container.

    python -m autograder.platforms.prairielearn [/grade]

Under the root: `serverFilesCourse/autograder/` (what `make prairielearn` wrote), `tests/` (the question's; a
`platform.toml` or `rubric.toml` there comes before the course's), `student/`, `data/data.json` (which may hold the true
answers, so student code must not read it), and `results/results.json`, which is written first of all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder.platforms.entry import Layout, grade_in
from autograder.platforms.prairielearn_results import NO_RESULT, no_result

ROOT = Path("/grade")
UNFINISHED = "Only a first part was graded in the time that is given; what follows it still waits."


def layout(root: Path = ROOT) -> Layout:
    """Return where PrairieLearn puts things."""
    return Layout(
        platform="prairielearn",
        root=root,
        source=root / "serverFilesCourse" / "autograder",
        first=root / "tests",
        submission=root / "student",
        target=root / "results" / "results.json",
        no_result=no_result(NO_RESULT),
        unfinished=unfinished,
    )


def unfinished(text: str) -> str:
    """Return an earlier stage's file with a sentence that a later one did not finish."""
    table = json.loads(text)
    table["message"] = f"{UNFINISHED}\n{table['message']}"
    return json.dumps(table, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(grade_in(layout(*map(Path, sys.argv[1:2]))))
