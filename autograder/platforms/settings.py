"""How a course wants hand-ins graded on a platform, and what the platform gives to one of them: `platform.toml`.

```toml
steps = ["functions", "accuracy"]  # and "notebook", which needs more memory than Gradescope gives by default
minutes = 10                       # after which the platform ends the container
cpus = 0.5                         # with less than one, time limits of the rubric stretch
memory_mb = 768
weakest_tier = 2                   # of isolation; 3 lets student code reach the network
hidden_checks = "veiled"           # or "after_due_date", "after_published": then Gradescope shows why they failed
```
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from autograder.errors import ConfigError
from autograder.rubric import Rubric, load_toml, read_strictly

NAME = "platform.toml"
STEPS = ("functions", "notebook", "accuracy")
MARGIN_SECONDS = 40.0  # before the platform's own end: to write and to leave
OWN_MB = 450  # what grader and libraries take: 390 measured with functions, 520 with a model in training
LEAST_MB = 700  # for functions and accuracy
NOTEBOOK_MB = 1536  # a whole notebook took 900 measured; this is the next size that platforms offer


@dataclass(frozen=True)
class Settings:
    """See the top of this file. `steps` empty: functions, and accuracy where the assignment has it."""

    steps: tuple[str, ...] = ()
    minutes: float = 10.0
    cpus: float = 0.5
    memory_mb: int = 768
    weakest_tier: int = 2
    hidden_checks: Literal["veiled", "after_due_date", "after_published"] = "veiled"

    @property
    def seconds(self) -> float:
        """From the start of the container until the last result must stand."""
        return self.minutes * 60 - MARGIN_SECONDS


def load_settings(path: Path) -> Settings:
    """Read the file; the defaults where there is none.

    Raises:
        ConfigError: a key or a value is wrong; the message names the file and the key.
    """
    if not path.is_file():
        return Settings()
    settings = read_strictly(Settings, load_toml(path), str(path))
    if problem := _problem(settings):
        raise ConfigError(f"{path}: {problem}")
    return settings


def _problem(settings: Settings) -> str:
    unknown = [step for step in settings.steps if step not in STEPS]
    if unknown:
        return f"`steps`: there is no step {unknown[0]!r}; there are: {', '.join(STEPS)}."
    if not 2 <= settings.minutes <= 24 * 60:
        return "`minutes` must lie between 2 and 1440."
    if not 0.1 <= settings.cpus <= 1024:
        return "`cpus` must lie between 0.1 and 1024."
    if settings.memory_mb < LEAST_MB:
        return f"`memory_mb` must be at least {LEAST_MB}."
    if "notebook" in settings.steps and settings.memory_mb < NOTEBOOK_MB:
        return (
            f"`steps`: a run of the whole notebook needs `memory_mb` = {NOTEBOOK_MB} or more; with "
            f"{settings.memory_mb} leave the step out, or choose a larger container on the platform and say so here."
        )
    if settings.weakest_tier not in (1, 2, 3):
        return "`weakest_tier` must be 1, 2 or 3: without any isolation nobody else's code is run."
    return ""


def stages_of(settings: Settings, rubric: Rubric) -> tuple[frozenset[str], ...]:
    """Return what is graded one after the other: functions first, so that their result stands whatever comes later.

    Raises:
        ConfigError: the assignment has none of the steps.
    """
    there = {item.step for item in rubric.items}
    wanted = set(settings.steps or ("functions", "accuracy")) & there
    if not wanted:
        raise ConfigError(f"{rubric.assignment.name} has no items of the step {', '.join(settings.steps)}.")
    first = frozenset(wanted & {"functions"})
    return tuple(stage for stage in (first, frozenset(wanted)) if stage)[: 1 if first == wanted else 2]


def fitted(rubric: Rubric, settings: Settings, seconds: float) -> Rubric:
    """Return the rubric with limits that fit the container.

    A process that takes more memory than is left must meet its own limit before the container's. Where a process has
    less than one processor, its wall clock stretches, so that an honest hand-in has the time that it has elsewhere. A
    submission judged twice (grade.py says when) still ends within `seconds`, which are left for this stage.
    """
    slower = max(1.0, 1 / settings.cpus)
    limits, own = rubric.limits, settings.memory_mb - OWN_MB
    limits = replace(
        limits,
        call_seconds=limits.call_seconds * slower,
        load_seconds=limits.load_seconds * slower,
        item_seconds=limits.item_seconds * slower,
        submission_seconds=min(limits.submission_seconds * slower, max(30.0, seconds * 0.4)),
        memory_mb=min(limits.memory_mb, own),
    )
    notebook = rubric.notebook
    if notebook is not None:
        notebook = msgspec.structs.replace(
            notebook,
            smoke_seconds=min(notebook.smoke_seconds * slower, max(30.0, seconds * 0.4)),
            smoke_cell_seconds=notebook.smoke_cell_seconds * slower,
            memory_mb=min(notebook.memory_mb, own),
        )
    return msgspec.structs.replace(rubric, limits=limits, notebook=notebook)
