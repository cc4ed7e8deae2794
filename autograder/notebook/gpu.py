"""Finds NVIDIA's GPUs, and what a sandbox must let in for CUDA to work. Tested on made-up device trees only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.run import Card

_NODE = re.compile(r"nvidia\d+")
_COMMON = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")
_CAPABILITIES = "nvidia-caps"  # a folder, for cards that are split (MIG)
_READABLE = ("sys/bus/pci", "sys/devices", "sys/module/nvidia", "sys/module/nvidia_uvm")
_OF_THE_DRIVER = "proc/driver/nvidia/gpus"  # a folder for each card, called by its place on the bus
_UUID = re.compile(r"^GPU UUID:\s*(GPU-[0-9a-fA-F-]{36})\s*$", re.MULTILINE)
_MINOR = re.compile(r"^Device Minor:\s*(\d+)\s*$", re.MULTILINE)
VISIBLE = "CUDA_VISIBLE_DEVICES"
_LIBRARIES = "LD_LIBRARY_PATH"  # where some machines keep the driver's libraries


def find_cards(root: Path = Path("/"), env: Mapping[str, str] | None = None) -> tuple[Card, ...]:
    """The cards that this process may use, in the order in which CUDA numbers them here; empty without any.

    `CUDA_VISIBLE_DEVICES` chooses, as it does for CUDA: set to nothing or to -1 it hides all.
    """
    nodes = sorted((path for path in (root / "dev").glob("nvidia*") if _NODE.fullmatch(path.name)), key=_number)
    named = (os.environ if env is None else env).get(VISIBLE)
    if not nodes:
        return ()
    known = list(_known(root))
    if named is not None:
        by_name = {card.name: card for card in known}
        return tuple(by_name.get(name, Card(name)) for name in _names(named))
    if len(known) == len(nodes):
        return tuple(known)
    return tuple(Card(str(number)) for number in range(len(nodes)))


def _number(node: Path) -> int:
    return int(node.name.removeprefix("nvidia"))


def _names(text: str) -> Iterator[str]:
    """The names in the variable, up to the first that is none, as CUDA reads it."""
    for name in (part.strip() for part in text.split(",")):
        if not name or name.startswith("-"):
            return
        yield name


def _known(root: Path) -> Iterator[Card]:
    """The cards of which the driver says both the name and the device node."""
    for folder in sorted((root / _OF_THE_DRIVER).glob("*")):
        try:
            text = (folder / "information").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        uuid, minor = _UUID.search(text), _MINOR.search(text)
        if uuid and minor and (node := root / "dev" / f"nvidia{minor[1]}").exists():
            yield Card(uuid[1], str(node))


def gpu_devices(card: Card, root: Path = Path("/")) -> tuple[str, ...]:
    """The device nodes that a process on this card needs: its own, or all where it is not known which is its own."""
    devices = root / "dev"
    all_cards = sorted(str(path) for path in devices.glob("nvidia*") if _NODE.fullmatch(path.name))
    common = [str(devices / name) for name in _COMMON if (devices / name).exists()]
    split = sorted(str(path) for path in (devices / _CAPABILITIES).glob("nvidia-cap*"))
    return (*([card.node] if card.node else all_cards), *common, *split)


def gpu_readable(root: Path = Path("/"), env: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Folders that the driver's libraries read, and those where a machine keeps them besides /usr."""
    named = (os.environ if env is None else env).get(_LIBRARIES, "")
    folders = [Path(name) for name in named.split(":") if name.startswith("/")]
    own = [folder for folder in folders if any(folder.glob("libcuda.so*"))]
    return (*(root / name for name in _READABLE if (root / name).exists()), *own)


def gpu_environment(card: Card, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that choose one card, and one that makes matrix products repeatable."""
    source = os.environ if env is None else env
    names = ("NVIDIA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", _LIBRARIES)
    chosen = {name: source[name] for name in names if name in source}
    return {**chosen, VISIBLE: card.name, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
