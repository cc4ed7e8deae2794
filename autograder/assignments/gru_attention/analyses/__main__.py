"""`python -m autograder.assignments.gru_attention.analyses table FILE`: remarks on a table of the 15 runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.assignments.gru_attention.analyses.findings import compare, remarks
from autograder.assignments.gru_attention.exhibits.gather import read_table
from autograder.errors import SubmissionError


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one remark a line. 0: none; 1: some; 2: there is no table to be read."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.assignments.gru_attention.analyses", description=__doc__
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("table", help="check a table of the 15 runs: CSV, Markdown, LaTeX, JSON")
    command.add_argument("file", type=Path)
    command.add_argument("--expected", type=Path, help="a table to compare the best perplexities with")
    command.add_argument("--tolerance", type=float, default=0.1, help="share by which they may differ (0.1)")
    options = parser.parse_args(arguments)
    try:
        table = read_table(options.file)
        found = remarks(table)
        if options.expected:
            found += compare(table, read_table(options.expected), options.tolerance)
    except SubmissionError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(found) or f"{len(table.rows)} runs, nothing to remark.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
