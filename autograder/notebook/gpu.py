"""Finds NVIDIA's GPUs, and what a sandbox must let in for CUDA to work. Tested on made-up device trees only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_CARD = re.compile(r"nvidia\d+")
_COMMON = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")
_CAPABILITIES = "nvidia-caps"  # a folder, for cards that are split (MIG)
_READABLE = ("sys/bus/pci", "sys/devices", "sys/module/nvidia", "sys/module/nvidia_uvm", "proc/driver/nvidia")
_VARIABLES = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")


def find_gpus(root: Path = Path("/"), env: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The device nodes of GPUs that this process may use, with those that all of them need; empty without any.

    `CUDA_VISIBLE_DEVICES` set to nothing or to -1 hides all. Which of several is used is CUDA's matter: the variable
    goes into the sandbox.
    """
    if (os.environ if env is None else env).get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return ()
    devices = root / "dev"
    cards = sorted(str(path) for path in devices.glob("nvidia*") if _CARD.fullmatch(path.name))
    if not cards:
        return ()
    common = [str(devices / name) for name in _COMMON if (devices / name).exists()]
    split = sorted(str(path) for path in (devices / _CAPABILITIES).glob("nvidia-cap*"))
    return (*cards, *common, *split)


def gpu_readable(root: Path = Path("/")) -> tuple[Path, ...]:
    """Folders outside /usr that the driver's libraries read."""
    return tuple(root / name for name in _READABLE[:-1] if (root / name).exists())


def gpu_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that choose among GPUs, and one that makes matrix products repeatable."""
    source = os.environ if env is None else env
    chosen = {name: source[name] for name in _VARIABLES if name in source}
    return {**chosen, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
