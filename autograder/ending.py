"""How a command ends: its exit code travels past typer, which has meanings of its own for codes."""

from __future__ import annotations

import signal
from typing import NoReturn

import typer

INTERRUPTED = 130
NO_RESULTS = "there are no results"


class Finished(Exception):
    """A command has done its work; carries the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def interrupted(what: str, by: int = signal.SIGINT) -> NoReturn:
    """Raises:
    Finished: always, with 128 and the signal's number.
    """
    how = "Interrupted" if by == signal.SIGINT else f"Ended by {signal.Signals(by).name}"
    typer.echo(f"\n{how}; {what}.", err=True)
    raise Finished(128 + by) from None
