"""What is said where a model's numbers can't be told apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unknown:
    """The roles could not be found: `reason` ends the sentence "the numbers of the model can't be told apart".

    raised: the model itself failed, or answered with other shapes.
    """

    reason: str
    raised: bool = False
