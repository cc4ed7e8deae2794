"""The first code of a kernel's process, inside the sandbox: confine, load the libraries, then hand over to `entry`."""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys

from autograder.inside.zygote import file_modes, kernel_restrictions
from autograder.inside.zygote.confine import own_folders
from autograder.inside.zygote.restrictions import Unfit
from autograder.wire.kernel_order import KernelOrder


def main() -> None:
    """Entry of the kernel's process: its orders are on stdin."""
    order = KernelOrder.parse(sys.stdin.read())
    status = socket.socket(fileno=order.status)
    if order.tier != 1 and os.getppid() != order.parent:
        sys.exit(0)  # the driver died meanwhile
    try:
        landlock = kernel_restrictions.enclose(order)
        _keep_promises(order)
        file_modes.forgive()
    except (Unfit, OSError) as error:
        status.send(json.dumps({"unfit": str(error)}).encode())
        return
    os.environ.update(own_folders(order.scratch))
    os.makedirs(".cache/fontconfig", exist_ok=True)  # else fc-list makes it, and complains where it may not chmod

    def ready(more: dict[str, str]) -> None:
        """Nothing of the student's has run so far: this is the last message that may be believed."""
        kernel_restrictions.limit(order)
        status.send(json.dumps({"ready": True, "landlock": landlock, **more}).encode())
        status.close()

    try:
        module, _, name = order.entry.partition(":")
        getattr(importlib.import_module(module), name)(order, ready)
    except Exception as error:  # whatever the entry raises is the grader's own fault
        if status.fileno() >= 0:
            status.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        raise


def _keep_promises(order: KernelOrder) -> None:
    """Raises: Unfit: something that must not succeed did, or something that must, did not."""
    with open("own", "w") as file:
        file.write("scratch must be writable")
    os.remove("own")
    for path in (os.__file__, *order.readable):
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            raise Unfit(f"kernels could not read {path} ({error.strerror})") from None
    if order.tier <= 2 and _can_see_network():
        raise Unfit("the network is not shut off")
    if order.tier <= 3 and os.getuid() == 0:
        raise Unfit("a separate user does not hold")


def _can_see_network() -> bool:
    """Whether a route leads out: a datagram socket is connected without sending anything."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True
