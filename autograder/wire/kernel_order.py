"""What a notebook's kernel is told at its start: one JSON document on its standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.wire.config import Config
from autograder.wire.limits import Limits

SHARED_MEMORY = "/dev/shm"  # DataLoader workers hand their batches over through it
CHANNELS = ("shell", "iopub", "stdin", "control")


@dataclass(frozen=True)
class KernelOrder:
    """One kernel's orders.

    `readable`, `scratch`: as in Config. `listening`: for each of CHANNELS the descriptor of a unix socket that listens
    already: its path lies outside the sandbox, and the kernel needs none. `status`: the descriptor on which it says
    once that it is ready. `devices`: of GPUs. `contents`: what `entry` (module:function) is handed besides.
    """

    tier: int
    limits: Limits
    readable: tuple[str, ...]
    scratch: str
    parent: int
    entry: str
    key: str
    listening: dict[str, int]
    status: int
    devices: tuple[str, ...] = ()
    contents: dict[str, Any] = field(default_factory=dict)

    def config(self) -> Config:
        """As the orders of a zygote, for the steps that both have in common."""
        return Config(self.tier, self.limits, self.entry, (), self.readable, self.scratch, self.parent)

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> KernelOrder:
        """From JSON."""
        fields = json.loads(text)
        fields["limits"] = Limits(**fields["limits"])
        for name in ("readable", "devices"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
