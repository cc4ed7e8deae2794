"""An engine without processes or time, for the tests of dispatch: each node does one order at a time, message by
message, as often as it is asked. What goes wrong is written into the names of the submissions or told to the engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from autograder.facts import Facts, encoded
from autograder.runners.orders import Began, Hello, Message, Order, Parcel, Refused, decoded_order
from autograder.runners.protocol import Capacity, End, Ended, Event, Vanished


def parcel(name: str, points: float = 1.0) -> Parcel:
    files = {"results.json": f'{{"score": {points}}}'.encode()}
    return Parcel(
        name, 0, points, f"{points} points", "", 0.1, 1.0, 0.0, {"item": points}, encoded(Facts()), (), files
    )  # fmt: skip


@dataclass
class Node:
    name: str
    number: int = 0
    steps: Iterator[Message | Ended] = field(default_factory=lambda: iter(()))


class FakeEngine:
    """`fate`: how the process ends at a submission's turn, by its name and how often it was tried; None for well."""

    def __init__(self, nodes: int = 2, fate: Callable[[str, int], End | None] = lambda name, tried: None) -> None:
        self.nodes = [Node(f"node{n}") for n in range(1, nodes + 1)]
        self.fate, self.unfit = fate, set[str]()
        self.refusing: dict[str, str] = {}
        self.queue = deque[tuple[int, Order]]()
        self.orders: list[list[str]] = []
        self.tried: dict[str, int] = {}
        self.vanishes_after = 10**9
        self.closed = 0

    def capacity(self) -> Capacity:
        return Capacity(len([node for node in self.nodes if node.name not in self.unfit]), ahead=1)

    def submit(self, number: int, order: bytes) -> None:
        made = decoded_order(order)
        self.orders.append([task.name for task in made.tasks])
        self.queue.append((number, made))

    def poll(self, patience: float) -> Sequence[Event]:
        self.vanishes_after -= 1
        if self.vanishes_after < 0:
            raise Vanished("the fake engine does not answer")
        found = []
        for node in self.nodes:
            if not node.number and self.queue and node.name not in self.unfit:
                node.number, order = self.queue.popleft()
                node.steps = self._steps(node, order)
            if node.number:
                what = next(node.steps)
                found.append(Event(node.number, what))
                if isinstance(what, Ended):
                    node.number = 0
        return found

    def _steps(self, node: Node, order: Order) -> Iterator[Message | Ended]:
        if node.name in self.refusing:
            yield Refused(node.name, self.refusing[node.name])
            yield Ended("done")
            return
        yield Hello(node.name, 1, "isolation tier 1, bubblewrap")
        for task in order.tasks:
            yield Began(task.name)
            self.tried[task.name] = self.tried.get(task.name, 0) + 1
            if how := self.fate(task.name, self.tried[task.name]):
                yield Ended(how, f"{node.name} was lost" if how == "node" else "its process was killed")
                return
            yield parcel(task.name)
        yield Ended("done")

    def exclude(self, node: str, why: str) -> bool:
        self.unfit.add(node)
        return len(self.unfit) < len(self.nodes)

    def close(self) -> None:
        self.closed += 1
