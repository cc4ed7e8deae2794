"""Places on this machine's GPUs: who may run a notebook where, and who gets a card for itself."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from autograder.errors import ConfigError
from autograder.notebook.gpu import VISIBLE, find_cards
from autograder.run import Card, Run, Slot

J = TypeVar("J")


def chosen_cards(gpus: str, found: Sequence[Card] | None = None) -> tuple[Card, ...]:
    """The cards that a run uses. `gpus`: "auto" for all that this process may use, "none", or their numbers, "0,1", as
    CUDA counts them in this process. `found`: those that there are, else looked for.

    Raises:
        ConfigError: it says neither, or a card is not there.
    """
    if gpus == "none":
        return ()
    cards = tuple(find_cards() if found is None else found)
    if gpus == "auto":
        return cards
    if not re.fullmatch(r"\d{1,3}(\s*,\s*\d{1,3})*", gpus.strip()):
        raise ConfigError(f"--gpus (GPUS) is auto, none, or numbers of GPUs such as 0,1; it says {gpus!r}.")
    numbers = [int(number) for number in gpus.split(",")]
    if len(set(numbers)) < len(numbers):
        raise ConfigError(f"--gpus (GPUS) names a GPU twice: {gpus}.")
    if lacks := [number for number in numbers if number >= len(cards)]:
        there = f"this process may use {len(cards)}, counted from 0" if cards else "there is none that it may use"
        raise ConfigError(
            f"There is no GPU {lacks[0]} on this machine (--gpus, GPUS={gpus}): {there} ({VISIBLE} can hide some)."
        )
    return tuple(cards[number] for number in numbers)


def slots_of(run: Run) -> Slots | None:
    """The places for a run's notebooks; None where they run on the CPU.

    Raises:
        ConfigError: as chosen_cards.
    """
    cards = chosen_cards(run.gpus)
    return Slots(cards, run.per_gpu, run.lent) if cards else None


class Slots:
    """So many places on each of several cards. `lent`: see Run."""

    def __init__(self, cards: Sequence[Card], per_card: int, lent: float = 1.0) -> None:
        self._per_card, self._lent = per_card, lent
        self._free = dict.fromkeys(cards, per_card)
        self._kept: Card | None = None  # is being emptied: nobody new gets on it

    def __len__(self) -> int:
        return self._per_card * len(self._free)

    def take(self) -> Slot | None:
        """A place on the card that has most; None where all are taken."""
        card = max((card for card in self._free if card != self._kept), key=self._free.__getitem__, default=None)
        if card is None or not self._free[card]:
            return None
        self._free[card] -= 1
        return Slot(card, self._lent / self._per_card)

    def take_alone(self) -> Slot | None:
        """A whole card for a run that is made again; None as long as there is none without others: then one is kept
        free of new ones until its last has gone."""
        if self._kept is None:
            self._kept = max(self._free, key=self._free.__getitem__)
        card = self._kept
        if self._free[card] < self._per_card:
            return None
        self._kept, self._free[card] = None, 0
        return Slot(card, self._lent, again=True)

    def give_back(self, slot: Slot) -> None:
        """Its run has ended."""
        self._free[slot.card] += self._per_card if slot.again else 1


@dataclass(frozen=True)
class Turn(Generic[J]):
    """A job that may begin, and its place."""

    job: J
    slot: Slot | None = None


@dataclass
class Turns(Generic[J]):
    """Jobs in their order: `at_once` on the CPU, or as many as there are `slots`. Those that ran out of a card's memory
    come once more, alone on a card."""

    waiting: deque[J]
    at_once: int
    slots: Slots | None = None
    running: int = 0
    again: deque[J] = field(default_factory=deque)

    def next(self) -> Turn[J] | None:
        """The next that may begin; None as long as it has to wait, or where none is left."""
        turn = self._alone() or self._beside()
        self.running += turn is not None
        return turn

    def _alone(self) -> Turn[J] | None:
        slot = self.slots.take_alone() if self.again and self.slots is not None else None
        return None if slot is None else Turn(self.again.popleft(), slot)

    def _beside(self) -> Turn[J] | None:
        if not self.waiting:
            return None
        if self.slots is None:
            return Turn(self.waiting.popleft()) if self.running < self.at_once else None
        slot = self.slots.take()
        return None if slot is None else Turn(self.waiting.popleft(), slot)

    def ended(self, turn: Turn[J], *, out_of_memory: bool = False) -> bool:
        """Give its place back; whether it comes once more."""
        self.running -= 1
        if self.slots is not None and turn.slot is not None:
            self.slots.give_back(turn.slot)
            if out_of_memory and not turn.slot.again:
                self.again.append(turn.job)
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self.waiting or self.again)
