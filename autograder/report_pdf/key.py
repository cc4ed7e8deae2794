"""The key of an assignment's True/False questions: `answers.toml` beside its rubric."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.errors import ConfigError
from autograder.rubric import Rubric, is_multiple, load_toml, read_strictly


@dataclass(frozen=True)
class Question:
    """One statement. `topic`: words that tell it from the others. `notions`: beginnings of words that good reasons
    use; they help the person who marks, and decide nothing. "open": whatever is said, a person decides."""

    item: str
    number: int  # as the assignment counts its statements
    statement: str
    answer: Literal["true", "false", "open"]
    topic: tuple[str, ...]
    notions: tuple[str, ...]


@dataclass(frozen=True)
class AnswerKey:
    """`points`: full points by item. `without_reason`: what a right verdict alone is worth."""

    questions: tuple[Question, ...] = ()
    points: tuple[float, ...] = ()  # of each question
    without_reason: float = 0.0


def load_key(path: Path, rubric: Rubric) -> AnswerKey:
    """Read and check a key; an assignment without the file asks no such questions.

    Raises:
        ConfigError: the file can't be read, a key is unknown or missing, or it does not fit the rubric.
    """
    if not path.exists():
        return AnswerKey()
    table = load_toml(path)
    if set(table) != {"without_reason", "answers"} or not isinstance(table["answers"], list):
        raise ConfigError(f"{path}: expected `without_reason` and [[answers]] tables, nothing else")
    questions = tuple(
        read_strictly(Question, raw, f"{path}: [[answers]] {number}") for number, raw in enumerate(table["answers"], 1)
    )
    for kind, values in (("item", [q.item for q in questions]), ("number", [q.number for q in questions])):
        if len(set(values)) < len(values):
            raise ConfigError(f"{path}: an `{kind}` is used twice")
    points = tuple(rubric.item(question.item).points for question in questions)
    without = table["without_reason"]
    if not isinstance(without, int | float) or not 0 <= without < min(points, default=1):
        raise ConfigError(f"{path}: `without_reason` must lie between 0 and the points of an item")
    if not is_multiple(without, rubric.rules.step):
        raise ConfigError(f"{path}: `without_reason` must be a multiple of the step {rubric.rules.step:g}")
    return AnswerKey(questions, points, float(without))
