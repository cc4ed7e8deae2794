"""Shows where a run is: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from autograder.notebook.options import Progress


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """Gives what `execute` wants as `on_progress`."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield plain_lines(console)
        return
    with console.status("starting the notebook's kernel") as status:
        yield lambda progress: status.update(Text(describe(progress, console.width - 4), no_wrap=True))


def plain_lines(console: Console) -> Callable[[Progress], None]:
    """One line when a cell begins that comes under another heading, one for each new epoch line."""
    heading, line = None, ""

    def show(progress: Progress) -> None:
        nonlocal heading, line
        if progress.heading != heading:
            heading = progress.heading
            console.print(Text(describe(progress, 400, line=False)), soft_wrap=True)
        if progress.line and progress.line != line:
            console.print(Text(f"    {_printable(progress.line)}"), soft_wrap=True)
        line = progress.line

    return show


def describe(progress: Progress, width: int, *, line: bool = True) -> str:
    """`cell 35 (16 of 25), (f) Train the LSTM: epoch 2 … 0:12 gone, 3:48 left`, cut in the middle to `width`."""
    place = f"cell {progress.number} ({progress.position} of {progress.total})"
    words = [_printable(text) for text in (progress.heading, progress.line if line else "") if text]
    times = f"{_clock(progress.elapsed)} gone, {_clock(min(progress.cell_left, progress.left))} left for it"
    middle = ": ".join(words)
    room = width - len(place) - len(times) - 4
    if len(middle) > room:
        middle = middle[: max(room - 1, 0)] + "…"
    return ", ".join(part for part in (place, middle, times) if part)


def _printable(text: str) -> str:
    """The student's text: nothing in it may steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _clock(seconds: float) -> str:
    whole = max(int(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
