"""What the judge tells the zygote at its start: one JSON document on its standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from autograder.wire.limits import Limits

HELLO = b"\x01"  # a confined child's first byte: from here on the student's code may run
SPAWN = b"s"  # the whole spawn message; its descriptors are the rest of it
MEASURE, FITS = b"?", b"."  # on the life socket: is the child's folder within its limits; it is


@dataclass(frozen=True)
class Config:
    """One zygote's orders.

    `readable`: everything that a student process may read; `scratch`: the mount point of its private tmpfs in
    tier 1, the folder that holds one private folder per student process in the others.
    """

    tier: int
    limits: Limits
    entry: str
    preload: tuple[str, ...]
    readable: tuple[str, ...]
    scratch: str
    parent: int

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Config:
        """From JSON."""
        fields = json.loads(text)
        fields["limits"] = Limits(**fields["limits"])
        for name in ("preload", "readable"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
