"""Memory of a card: what says that a run was short of it, and the watch over what a kernel really takes."""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.evidence import Execution
from autograder.run import Slot

TOO_MUCH = "of the GPU's memory, its share of the card"
_SIGNS = re.compile(
    r"CUDA out of memory|CUDA error: out of memory|CUDA driver error: out of memory|cudaErrorMemoryAllocation"
    r"|CU(?:BLAS|DNN|SOLVER|SPARSE)_STATUS_(?:ALLOC_FAILED|NOT_INITIALIZED)|" + re.escape(TOO_MUCH)
)
ALONE = (
    "The notebook ran out of the GPU memory that it had beside others; it was run again alone on the card, and that "
    "run is the one that counts."
)
ALONE_TOO = (
    "The notebook ran out of the GPU memory that it had beside others; it was run again with the whole card to itself, "
    "and ran out of memory there too."
)

AGAIN = "The notebook ran out of its part of a GPU's memory; it was run once more, and that run is the one that counts."
AGAIN_TOO = "The notebook ran out of its part of a GPU's memory, and did so again when it was run once more."
NO_CUDA = "There is a GPU, but PyTorch can't use it inside the sandbox here; the CPU did its work."


def says_so(text: str) -> bool:
    """Whether an error is about a card's memory."""
    return _SIGNS.search(text) is not None


def ran_out(execution: Execution) -> str:
    """Where a run was short of a card's memory: "cell 7: …", the first place; empty where it was not.

    What a notebook says may be forged: it gains a second run by that, no more."""
    for cell in execution.cells:
        told = [cell.error, *(event.get("error") for event in cell.events)]
        if short := next((text for text in told if type(text) is str and says_so(text)), ""):
            return f"cell {cell.number}: {short[:200]}"
    return ""


class CardWatch:
    """Asks the card, through NVML, what processes take of its memory. Without NVML (nvidia-ml-py), or where it does not
    know the processes (in most containers), it finds nothing: PyTorch's own bound is then the only one."""

    def __init__(self, slot: Slot | None) -> None:
        self._slot = slot if slot is not None and slot.share < 1 else None
        self._nvml = None if self._slot is None else _nvml()

    def excess(self, pids: Sequence[int]) -> str:
        """How these processes together break the share, one clause; empty when they keep it."""
        if self._nvml is None or self._slot is None:
            return ""
        used, most = 0, 0
        for name, total, by_pid in _cards(self._nvml):
            used += sum(amount for pid, amount in by_pid.items() if pid in pids)
            if most == 0 or name == self._slot.card.name:
                most = int(self._slot.share * total)
        return f"it used more than {most >> 20} MB {TOO_MUCH}" if used > most else ""


def _nvml() -> Any:
    """The library, ready; None where it is missing or finds no driver."""
    with contextlib.suppress(Exception):  # its own tree of errors; ImportError; OSError of what it loads
        library = importlib.import_module("pynvml")
        library.nvmlInit()
        return library
    return None


def _cards(library: Any) -> Iterator[tuple[str, int, dict[int, int]]]:
    """Of each card its name, its memory in bytes, and what each process takes, as far as NVML knows."""
    with contextlib.suppress(library.NVMLError):
        for number in range(library.nvmlDeviceGetCount()):
            card = library.nvmlDeviceGetHandleByIndex(number)
            found = library.nvmlDeviceGetComputeRunningProcesses(card)
            by_pid = {process.pid: process.usedGpuMemory or 0 for process in found}
            uuid = library.nvmlDeviceGetUUID(card)
            name = uuid.decode() if isinstance(uuid, bytes) else str(uuid)
            yield name, int(library.nvmlDeviceGetMemoryInfo(card).total), by_pid
