"""The command `autograder` of the students' wheel.

Exit codes: 0 all public checks pass; 1 some don't; 2 the notebook can't be read; 3 a wrong call, or our own failure;
130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from autograder.errors import ConfigError, SubmissionError

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the models that checks build are small

PASSED, FAILED, UNREADABLE, WRONG, INTERRUPTED = 0, 1, 2, 3, 130


class Parser(argparse.ArgumentParser):
    """Ends with 3 where the words of the command line are wrong: 2 is for notebooks."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"{self.prog}: {message}\n")


def parser() -> Parser:
    """Return what reads the command line."""
    top = Parser(prog="autograder", description="Run the public checks on your own notebook, offline.")
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser)
    check = commands.add_parser(
        "check", help="check a notebook", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="a notebook or script")
    check.add_argument("--item", default="", help="only this one: lab1.b, lab1, or a function's name")
    check.add_argument("--watch", action="store_true", help="check again whenever the file is saved, until Ctrl-C")
    check.add_argument("--assignment", default="", help=argparse.SUPPRESS)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # consoles of Windows lack signs
    try:
        return run(parser().parse_args(arguments))
    except SubmissionError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr, flush=True)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PASSED
    except Exception:  # noqa: BLE001  # not foreseen: our own fault
        traceback.print_exc()
        return WRONG


def run(options: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        SubmissionError: the notebook can't be read.
        ConfigError: there is no such item.
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    from autograder.own.cards import result_card  # torch comes with it: wrong words are told at once
    from autograder.own.files import judge_file, read_file
    from autograder.own.tasks import find_sheet

    sheet = find_sheet(options.assignment)
    items = sheet.chosen(options.item)
    path = options.notebook.absolute()
    if options.watch:
        watch_file(path, options)
    found = judge_file(sheet, read_file(sheet, path), items)
    results = [found[item.id] for item in items]
    print(result_card(sheet, results), flush=True)
    if any(result.status == "error" for result in results):
        return WRONG
    return PASSED if all(result.status in ("passed", "excused") for result in results) else FAILED


def watch_file(path: Path, options: argparse.Namespace) -> NoReturn:
    """Check the file now and after each save.

    Raises:
        SubmissionError: there is no such file.
        KeyboardInterrupt: Ctrl-C, by which it ends.
    """
    from autograder.own.cards import result_card, total
    from autograder.own.judging import Result
    from autograder.own.tasks import find_sheet
    from autograder.own.watch import Watched, watch

    sheet = find_sheet(options.assignment)
    watched = Watched(sheet, sheet.chosen(options.item))
    if not path.exists():
        raise SubmissionError(f"{path.name} can't be opened (there is no such file); check the path.")

    def tell(results: list[Result], seconds: float) -> None:
        if results:
            print(result_card(sheet, results), flush=True)
        print(
            f"{total(watched.all())}; {len(results)} judged in {seconds:.1f} s. Waiting for the next save.", flush=True
        )

    watch(path, watched, tell, lambda sentence: print(sentence, file=sys.stderr, flush=True))
    raise AssertionError("watching ends by Ctrl-C only")


if __name__ == "__main__":
    sys.exit(main())
