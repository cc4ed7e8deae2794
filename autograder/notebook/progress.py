"""Shows where a run is: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from autograder.notebook.messages import Progress


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
    """One line when a cell begins that comes under another heading. What changes every second is for terminals."""
    heading = None

    def show(progress: Progress) -> None:
        nonlocal heading
        if progress.heading != heading:
            heading = progress.heading
            words = (_place(progress), _printable(heading), f"{_clock(progress.elapsed)} gone")
            console.print(Text(", ".join(filter(None, words))), soft_wrap=True)

    return show


def describe(progress: Progress, width: int) -> str:
    """`cell 35 (16 of 25), (f) Train the LSTM: epoch 2 … 0:12 gone, 3:48 left`, cut in the middle to `width`."""
    place = _place(progress)
    times = f"{_clock(progress.elapsed)} gone, {_clock(min(progress.cell_left, progress.left))} left for it"
    middle = ": ".join(_printable(text) for text in (progress.heading, progress.line) if text)
    room = width - len(place) - len(times) - 4
    if len(middle) > room:
        middle = middle[: max(room - 1, 0)] + "…"
    return ", ".join(part for part in (place, middle, times) if part)


def _place(progress: Progress) -> str:
    return f"cell {progress.number} ({progress.position} of {progress.total})"


def _printable(text: str) -> str:
    """The student's text: nothing in it may steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _clock(seconds: float) -> str:
    whole = max(int(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
