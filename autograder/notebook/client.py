"""The driver's end of the kernel's sockets: nbclient, with every message checked before anything looks at it.

The student's code holds the connection's key, so a right signature proves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from queue import Empty
from typing import Any

import nbformat
import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.session import Session
from nbclient import NotebookClient

from autograder.errors import SandboxError
from autograder.notebook.collect import CellOutput
from autograder.sandbox.kernel import Kernel
from autograder.wire.kernel_order import CHANNELS

LONGEST_MESSAGE = 8 << 20  # bytes; the sender of a longer one is cut off, and connects again
_WAITING = 64  # messages that wait in memory
_READY_SECONDS = 120.0
_TRIES = 3
_NOTHING: dict[str, Any] = {"header": {}, "parent_header": {}, "msg_type": "", "metadata": {}, "content": {}}


class CarefulSession(Session):  # type: ignore[misc]
    """Reads whatever comes as a message of the right form, or as an empty one."""

    def feed_identities(self, msg_list: list[Any], copy: bool = True) -> Any:
        """Raises nothing."""
        try:
            return super().feed_identities(msg_list, copy)
        except Exception:  # noqa: BLE001
            return [], []

    def deserialize(self, msg_list: list[Any], content: bool = True, copy: bool = True) -> dict[str, Any]:
        """Raises nothing."""
        self.digest_history.clear()  # against replays, which need no defence here; it would only grow
        try:
            message = super().deserialize(msg_list, content, copy)
        except Exception:  # noqa: BLE001  # no signature, not JSON, nested too deeply, …
            return dict(_NOTHING)
        return message if _has_form(message) else dict(_NOTHING)


def _has_form(message: dict[str, Any]) -> bool:
    """Whether the parts that are looked at have the types that they should have."""
    if any(type(message.get(key)) is not dict for key in ("header", "parent_header", "content")):
        return False
    return all(type(name) is str for name in (message.get("msg_type"), message["parent_header"].get("msg_id", "")))


class Client(AsyncKernelClient):  # type: ignore[misc]
    """Knows whether its kernel lives from the operating system, not by asking it."""

    kernel: Kernel

    async def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.kernel.alive()


class Executor(NotebookClient):  # type: ignore[misc]
    """nbclient's execution of one cell, its messages going to `taking`."""

    taking: CellOutput
    reply: dict[str, Any]

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """As nbclient's, but in a flood of messages everything else gets its turn, the end of the cell's time too."""
        while not self.taking.idle:
            message = await self.kc.iopub_channel.get_msg(timeout=None)
            await asyncio.sleep(0)
            if message["parent_header"].get("msg_id") == parent_msg_id:
                self.taking.take(message["msg_type"], message["content"])

    async def run(self, source: str, taking: CellOutput) -> str:
        """Execute one cell; the status that the kernel answers ("ok", "error", "aborted"), or nothing.

        Raises:
            DeadKernelError: its process has ended.
        """
        self.taking, self.reply = taking, {}
        cell = nbformat.v4.new_code_cell(source)
        self.nb.cells = [cell]
        try:
            await self.async_execute_cell(cell, 0)
        finally:
            if self.kc.kernel.alive() and not (taking.idle and self.reply):
                await self.reconnect()
        status = self.reply.get("status")
        return status if type(status) is str else ""

    def keep_reply(self, execute_reply: dict[str, Any], **_: Any) -> None:
        """Called by nbclient."""
        self.reply = dict(execute_reply["content"])
        execute_reply["content"].setdefault("status", "")

    async def reconnect(self) -> None:
        """After a message was lost: the sockets may have cut off a sender of too long ones, and don't come back."""
        for name in ("shell", "iopub"):
            address = self.kc._make_url(name)
            end = getattr(self.kc, f"{name}_channel").socket
            with contextlib.suppress(zmq.ZMQError):
                end.disconnect(address)
            end.connect(address)
        for _ in range(_TRIES):
            if await _answers(self.kc):
                return

    async def drain(self) -> None:
        """Take what a kernel that has ended had sent before."""
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=0.3)
            except Empty:
                return
            self.taking.take(message["msg_type"], message["content"])


async def connect(kernel: Kernel) -> Executor:
    """A client of a kernel that listens.

    Raises:
        SandboxError: it does not answer.
    """
    context = zmq.asyncio.Context()
    context.maxmsgsize, context.rcvhwm = LONGEST_MESSAGE, _WAITING
    ports = {f"{name}_port": number for number, name in enumerate(CHANNELS, 1)}
    client = Client(
        context=context,
        transport="ipc",
        ip=kernel.address,
        hb_port=len(CHANNELS) + 1,
        session=CarefulSession(key=kernel.key.encode()),
        **ports,
    )
    client.kernel = kernel
    client.allow_stdin = False
    client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
    executor = Executor(
        nbformat.v4.new_notebook(),
        allow_errors=True,
        timeout=None,
        store_widget_state=False,
        record_timing=False,
        iopub_timeout=5,
    )
    executor.on_cell_executed = executor.keep_reply
    executor.kc = client
    end = asyncio.get_running_loop().time() + _READY_SECONDS
    while not await _answers(client):
        if not kernel.alive() or asyncio.get_running_loop().time() > end:
            disconnect(executor)
            raise SandboxError("the notebook's kernel does not answer")
    return executor


def disconnect(executor: Executor) -> None:
    """Close the sockets."""
    executor.kc.stop_channels()
    executor.kc.context.destroy(linger=0)


async def _answers(client: Client) -> bool:
    """Whether a question is answered on both sockets: before that, what cells print could get lost."""
    client.kernel_info()
    try:
        await client.shell_channel.get_msg(timeout=2)
        await client.iopub_channel.get_msg(timeout=2)
    except Empty:
        return False
    return True
