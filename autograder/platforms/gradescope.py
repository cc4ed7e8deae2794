"""What `run_autograder` starts on Gradescope: the layout of its container.

    python -m autograder.platforms.gradescope [/autograder]

Under the root: `source/` (the zip), `submission/`, `submission_metadata.json`, and `results/results.json`, which is
written first of all, without a score: if the container dies, nobody gets a zero that the grader did not mean. Standard
output goes to staff alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from autograder.platforms.entry import Layout, grade_in

ROOT = Path("/autograder")
NO_RESULT = (
    "The grader did not come to a result. This is not your work's fault, and no points follow from it. "
    "Course staff find the reason in the autograder's output and can run it again."
)
UNFINISHED = "Only a first part was graded in the time that the platform gives; what follows it still waits."


def layout(root: Path = ROOT) -> Layout:
    """Return where Gradescope puts things."""
    return Layout(
        platform="gradescope",
        root=root,
        source=root / "source",
        submission=root / "submission",
        metadata=root / "submission_metadata.json",
        target=root / "results" / "results.json",
        no_result=no_result(),
        unfinished=unfinished,
    )


def no_result() -> str:
    """Return the file that says that there is no result: no score, never a zero."""
    table: dict[str, Any] = {
        "score": None,
        "output": NO_RESULT,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {"failure": NO_RESULT},
    }
    return json.dumps(table, indent=2) + "\n"


def unfinished(text: str) -> str:
    """Return an earlier stage's file with a sentence that a later one did not finish."""
    table = json.loads(text)
    table["output"] = f"{UNFINISHED}\n\n{table['output']}"
    return json.dumps(table, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(grade_in(layout(*map(Path, sys.argv[1:2]))))
