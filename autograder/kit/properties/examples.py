"""Functions that tell valid examples from invalid ones, and functions that make valid ones.

The judge draws its examples by functions of its own; an answer that is always the same passes half of these properties,
so each kind of function has a proof of life.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.lab import Lab
from autograder.kit.properties.record import Property, prop

Draw = Callable[[np.random.Generator], Any]  # one example
MANY = 30  # examples of each kind
LEAST_DIFFERENT = 5  # of MANY that were made


def tells_apart(valid: Draw, invalid: Draw) -> Property:
    """Make the proof of life of a recogniser: some valid example is accepted, some invalid one is not."""

    @prop("Some valid example is accepted, and some invalid one is not.", required=True)
    def tells_apart(lab: Lab, name: str, rng: np.random.Generator) -> None:
        for examples, wanted in ((drawn(valid, rng), True), (drawn(invalid, rng), False)):
            answers = [lab.call(name, example) for example in examples]
            which = "valid" if wanted else "invalid"
            expect(wanted in answers, f"every {which} example gets the same answer", got=answers[0], expected=wanted)

    return tells_apart


def accepts(valid: Draw) -> Property:
    """Make the property that every valid example is accepted."""

    @prop("Every valid example is accepted.", weight=2)
    def accepts(lab: Lab, name: str, rng: np.random.Generator) -> None:
        for example in drawn(valid, rng):
            expect(lab.call(name, example), "a valid example is not accepted", got=False, expected=True)

    return accepts


def rejects(invalid: Draw) -> Property:
    """Make the property that no invalid example is accepted."""

    @prop("No invalid example is accepted.", weight=2)
    def rejects(lab: Lab, name: str, rng: np.random.Generator) -> None:
        for example in drawn(invalid, rng):
            expect(not lab.call(name, example), "an invalid example is accepted", got=True, expected=False)

    return rejects


@prop("As many examples are made as were asked for, and not the same one again and again.", required=True)
def varied(lab: Lab, name: str, rng: np.random.Generator) -> None:
    made = lab.call(name, MANY, seed_from(rng))
    expect(len(made) == MANY, "another number of examples", got=f"{len(made)}", expected=f"{MANY}")
    different = len({repr(example) for example in made})
    wanted = f"at least {LEAST_DIFFERENT}"
    expect(
        different >= LEAST_DIFFERENT, "most examples are the same", got=f"{different} of {MANY} differ", expected=wanted
    )
    expect(lab.call(name, 0, 0) == [], "none was asked for, and some were made")


def makes_valid(is_valid: Callable[[Any], bool]) -> Property:
    """Make the property that every example that is made is valid."""

    @prop("Every example that is made is valid.", weight=3)
    def makes_valid(lab: Lab, name: str, rng: np.random.Generator) -> None:
        for example in lab.call(name, 3 * MANY, seed_from(rng)):
            expect(is_valid(example), "an example that was made is not valid", value=example)

    return makes_valid


@prop("The same seed makes the same examples, and another seed makes others.")
def follows_seed(lab: Lab, name: str, rng: np.random.Generator) -> None:
    seed = seed_from(rng)
    first, again, other = (lab.call(name, MANY, number) for number in (seed, seed, seed + 1))
    expect(first == again, "the same seed gives other examples")
    expect(first != other, "another seed gives the same examples")


def drawn(draw: Draw, rng: np.random.Generator) -> Sequence[Any]:
    """MANY examples."""
    return [draw(rng) for _ in range(MANY)]


def seed_from(rng: np.random.Generator) -> int:
    """A seed to hand to a function."""
    return int(rng.integers(1, 2**31 - 1))
