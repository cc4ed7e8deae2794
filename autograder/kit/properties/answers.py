"""Answers of a module: one array with named axes for each of its outputs, and how two of them compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from autograder.kit.case import Named
from autograder.kit.comparing import expect_agree

Answer = tuple[Named, ...]


CaseT = TypeVar("CaseT")
CaseT_contra = TypeVar("CaseT_contra", contravariant=True)


class Answers(Protocol[CaseT_contra]):
    """A model that is asked for the answers to several inputs: the kit's, or one of an assignment's own."""

    def answers(self, cases: Sequence[CaseT_contra], *, seeds: Sequence[int] = ()) -> Iterator[Answer]: ...


def taken(answer: Answer, axis: str, places: Sequence[int]) -> Answer:
    """These places of an axis of every output."""
    return tuple(output.take(axis, places) for output in answer)


def expect_same(one: Answer, other: Answer, message: str, what: str = "numbers") -> None:
    """Fail unless two ways to ask for the same agree in every output."""
    for first, second in zip(one, other, strict=True):
        expect_agree(first.data, second.data, message, what)
