"""Whatever text a student wrote: four times as much of it keeps the judge busy for about four times as long.

Measured in processor time, with generous margins and, where a measurement looks bad, again: a loaded machine fails
nothing here, squared time does. At these sizes it takes sixteen times as long, and seconds.
"""

from __future__ import annotations

import gc
import time

import pytest

from fixtures.families import FAMILIES, Family

from .targets import TARGETS, Target

SIZE, TIMES = 8_000, 4
WORST = 9.0  # times as long; linear is 4, squared is 16
FLOOR = 0.08  # seconds of processor time that prove nothing
TRIES = 3
LONG = ("alike code", "the terminal", "what a class reaches", "report.html", "results.json", "code cells", "report.md",
        "results in lists", "trainings", "evidence in code", "junit.xml", "proposed marks")  # fmt: skip


def seconds(target: Target, text: str) -> float:
    """Processor time of one call."""
    started = time.process_time()
    target(text)
    return time.process_time() - started


def growth(target: Target, family: Family) -> str:
    """What is wrong with how the time grows; nothing where it is linear, or where the text is read at once."""
    small, large = family(SIZE), family(TIMES * SIZE)
    found = ""
    for _ in range(TRIES):
        after = seconds(target, large)
        if after < FLOOR:
            return ""
        before = seconds(target, small)
        if after < WORST * before + FLOOR:
            return ""
        found = f"{before:.3f} s, then {after:.3f} s for {TIMES} times as much"
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in TARGETS]
)
def test_time_grows_with_the_text(name: str) -> None:
    TARGETS[name]("x")  # imports and caches
    gc.collect()
    wrong = {family: found for family, make in FAMILIES.items() if (found := growth(TARGETS[name], make))}
    assert not wrong


def test_squared_time_would_be_noticed() -> None:
    def squared(text: str) -> int:
        """Letter by letter, so that nothing but the loop takes time."""
        return sum(1 for at in range(0, len(text), 12) for _ in text[:at])

    assert growth(squared, FAMILIES["one letter"])
    assert not growth(lambda text: [letter.isalpha() for letter in text for _ in range(9)], FAMILIES["one letter"])
