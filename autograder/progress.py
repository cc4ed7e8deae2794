"""Says how far a class run is: live on a terminal, a line each elsewhere, or JSON lines for programs."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol, Self

from autograder.class_plan import Done
from autograder.reports.harmless import clean

MOST_SHOWN = 8  # submissions at work
WINDOW = 20  # submissions from which the rate is taken
REFRESH_SECONDS = 0.25


class Progress(Protocol):
    """What is told of a run while it goes on. Used as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: object, *error: object) -> None: ...

    def done(self, one: Done) -> None:
        """One more submission has its result."""
        ...

    def watch(self, stages: Mapping[str, str]) -> None:
        """These are at work, at these stages."""
        ...


def progress_of(total: int, log_format: str) -> Progress:
    """The one that fits where the output goes. `log_format`: `auto`, `plain` or `json`."""
    if log_format == "json":
        return JsonLines(total)
    return Live(total) if log_format == "auto" and sys.stdout.isatty() else Lines(total)


def sentence(one: Done) -> str:
    """`jane: 35 of 40 points`; a problem may quote the student's words."""
    result = one.result
    if one.how == "held":
        fallen = ", ".join(result.fallen)
        return clean(f"{result.job.name}: published points would fall in {fallen}; left as it was")
    told = result.problem if result.exit_code else result.told
    known = " (known; points made anew)" if one.how == "rescored" and not result.problem else ""
    return clean(f"{result.job.name}: {told}{known}")


class Lines:
    """A line for each submission that was graded; those that are known are counted."""

    def __init__(self, total: int) -> None:
        self.total, self.known = total, 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if self.known:
            print(f"{self.known} of {self.total} were known and unchanged.", flush=True)

    def done(self, one: Done) -> None:
        """See Progress."""
        if one.how == "cached":
            self.known += 1
        else:
            print(sentence(one), flush=True)

    def watch(self, stages: Mapping[str, str]) -> None:
        """See Progress."""


class JsonLines:
    """One JSON object a line: {"event": "start" | "done" | "end", …}."""

    def __init__(self, total: int) -> None:
        self.total, self.kinds = total, Counter[str]()

    def __enter__(self) -> JsonLines:
        self._say(event="start", submissions=self.total)
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._say(event="end", submissions=self.total, interrupted=kind is not None, **self.kinds)

    def done(self, one: Done) -> None:
        """See Progress."""
        self.kinds[one.how] += 1
        result = one.result
        self._say(
            event="done", name=result.job.name, how=one.how, exit_code=result.exit_code, total=result.total,
            maximum=result.maximum, problem=result.problem, seconds=round(result.seconds, 3), fallen=result.fallen,
        )  # fmt: skip

    def watch(self, stages: Mapping[str, str]) -> None:
        """See Progress."""

    def _say(self, **what: Any) -> None:
        print(json.dumps(what, ensure_ascii=True), flush=True)


class Live:
    """A bar with counts, rate and time left, and what is at work. It draws itself when there is news: a thread of its
    own would be a danger to the forks of this process."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.live import Live as Region

        self.total, self.kinds, self.stages = total, Counter[str](), dict[str, str]()
        self.ends: list[float] = []  # of those that were graded
        self.drawn = 0.0
        self.console = Console(file=sys.stdout, highlight=False, soft_wrap=False, emoji=False, markup=False)
        self.region = Region(
            console=self.console, auto_refresh=False, transient=True, get_renderable=self.picture,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def __enter__(self) -> Live:
        self.region.start()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.region.stop()
        if self.kinds["cached"]:
            self.console.print(f"{self.kinds['cached']} of {self.total} were known and unchanged.")

    def done(self, one: Done) -> None:
        """See Progress."""
        self.kinds["failed" if one.result.exit_code == 3 else one.how] += 1
        if one.how in ("graded", "held") and self.ends:
            self.ends = [*self.ends[1 - WINDOW :], time.monotonic()]
        if one.how != "cached":
            self.console.print(sentence(one))
        self._draw()

    def watch(self, stages: Mapping[str, str]) -> None:
        """See Progress."""
        self.ends = self.ends or [time.monotonic()]
        self.stages = dict(stages)
        self._draw()

    def _draw(self) -> None:
        """A few times a second at most."""
        if time.monotonic() - self.drawn >= REFRESH_SECONDS:
            self.drawn = time.monotonic()
            self.region.refresh()

    def picture(self) -> Any:
        """What stands below the lines."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        done = sum(self.kinds.values())
        counts = ", ".join(f"{number} {kind}" for kind, number in self.kinds.items())
        head = f"{done} of {self.total}{f' ({counts})' if counts else ''}{self._rate(self.total - done)}"
        work = [Text(f"  {clean(name)}: {stage}") for name, stage in list(self.stages.items())[:MOST_SHOWN]]
        if len(self.stages) > MOST_SHOWN:
            work.append(Text(f"  and {len(self.stages) - MOST_SHOWN} more"))
        bar = Table.grid()  # else what follows stands on the same line
        bar.add_row(ProgressBar(total=self.total or 1, completed=done, width=40))
        return Group(bar, Text(head), *work)

    def _rate(self, left: int) -> str:
        if len(self.ends) < 2 or self.ends[-1] == self.ends[0]:
            return ""
        each = (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)
        return f"; {60 / each:.0f} a minute, {_time(left * each)} left"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
