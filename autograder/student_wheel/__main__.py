"""`python -m autograder.student_wheel labrnn --out dist`: build the students' wheel and say where it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograder.errors import AutograderError
from autograder.student_wheel.build import build


def main(arguments: list[str] | None = None) -> int:
    """Build; returns the exit code: 3 where it can't be built."""
    parser = argparse.ArgumentParser(prog="autograder.student_wheel", description="Build the students' wheel.")
    parser.add_argument("assignment", nargs="?", default="labrnn")
    parser.add_argument("--out", type=Path, default=Path("dist"))
    options = parser.parse_args(arguments)
    try:
        print(build(options.assignment, options.out))
    except AutograderError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
