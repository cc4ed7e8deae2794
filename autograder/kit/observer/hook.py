"""The text that the executor runs in the kernel before the first cell."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from autograder.kit.observer.names import Names

IN_KERNEL = Path(__file__).with_name("in_kernel.py")


def source(names: Names) -> str:
    """`in_kernel.py`, to be run in a namespace of its own that holds `__autograder_emit__(event)`."""
    return f"{IN_KERNEL.read_text(encoding='utf-8')}\n\nquietly(install)({asdict(names)!r})\n"
