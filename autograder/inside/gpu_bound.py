"""Takes up a card before the notebook's first cell, and bounds what PyTorch may take of its memory.

The notebook shares this process: it can get round the bound with calls of its own to the driver. Whatever does, the
driver process sees in what the card itself says, and ends it (notebook/gpu_memory.py).
"""

from __future__ import annotations

from typing import Any

CONTEXT = 640 << 20  # bytes that CUDA and its libraries take of a card for each process, beside PyTorch's allocator


def take_up(torch: Any, share: float) -> str:
    """Bound this process to its share of the card; the card's name, or "cpu" where CUDA does not work.

    Raises:
        RuntimeError: the card refuses, as it does when its memory is full.
    """
    if not torch.cuda.is_available():
        return "cpu"
    name = str(torch.cuda.get_device_name(0))
    if share < 1:
        fraction = allowed(torch.cuda.get_device_properties(0).total_memory, share)
        torch.cuda.set_per_process_memory_fraction(fraction, 0)
        keep(torch, fraction)
    return name


def allowed(total: int, share: float) -> float:
    """The fraction of a card's memory, `total` bytes, for PyTorch's allocator: the share without what CUDA takes, but
    never less than half the share."""
    return max(share - CONTEXT / total, share / 2)


def keep(torch: Any, fraction: float) -> None:
    """From here on the bound can be lowered, not raised, by the means that PyTorch gives."""
    real = torch._C._cuda_setMemoryFraction

    def lower_only(wanted: float, device: int) -> None:
        real(min(float(wanted), fraction), device)

    torch._C._cuda_setMemoryFraction = lower_only  # torch.cuda.set_per_process_memory_fraction calls it by this name
