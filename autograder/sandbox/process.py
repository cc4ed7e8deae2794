"""The judge's side of one student process: deadlines, caps, and no trust in what comes back."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import time
from dataclasses import replace
from typing import Any

from autograder.errors import MalformedAnswer, SandboxError, StudentCrash, StudentError, StudentTimeout
from autograder.sandbox.output import Output
from autograder.sandbox.protocol import Usage
from autograder.wire.config import FITS, HELLO, MEASURE
from autograder.wire.limits import Limits

_START_SECONDS = 60.0  # a loaded machine may take long to fork; the usual time is 0.03
_END_SECONDS = 20.0
_KILLED = "the process closed its connection or was killed"


class ZygoteProcess:
    """One child of the zygote. See protocol.Process for the promises."""

    def __init__(
        self, rpc: socket.socket, output: int, life: socket.socket, limits: Limits, measured: bool = False
    ) -> None:
        self._rpc, self._life, self._limits = rpc, life, limits
        self._measured = measured  # its folder has no bounds of its own: the zygote looks how large it is
        self._heard = b""  # of the zygote's last words
        self._output = Output(output, limits.stdout_kb << 10)
        self._usage: Usage | None = None
        self._end: dict[str, Any] = {}
        rpc.setblocking(False)
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)
        self._poll.register(rpc, 0)

    def await_hello(self) -> None:
        """Wait until the child is confined and serves.

        Raises:
            SandboxError: it could not be forked or confined.
        """
        try:
            first = bytes(self._read(len(HELLO), time.monotonic() + _START_SECONDS))
        except StudentError as error:
            self.close()
            why = self._end.get("error") or self.output.strip() or str(error)
            raise SandboxError(f"no student process could be started: {why}") from None
        if first != HELLO:
            self.close()
            raise SandboxError("no student process could be started: it answered something else")

    def request(self, frame: bytes, timeout: float, max_reply: int) -> bytes:
        """See protocol.Process.

        Raises:
            StudentTimeout: no complete answer in time; the process is killed.
            StudentCrash: the process ended or closed its socket.
            MalformedAnswer: the answer is too long, or unasked bytes came; the process is killed.
            SandboxError: the zygote has died, and the process with it.
        """
        if self._usage is not None:
            raise StudentCrash("the process had ended before this call")
        deadline = time.monotonic() + timeout
        try:
            self._write(struct.pack("<I", len(frame)) + frame, deadline)
            (length,) = struct.unpack("<I", self._read(4, deadline))
            if length > max_reply:
                raise MalformedAnswer(f"the answer has {length:,} bytes; at most {max_reply:,} are allowed")
            return bytes(self._read(length, deadline))
        except StudentCrash:
            usage, how = self.close(), self._how_it_ended()
            if not self._end:
                raise SandboxError("the zygote has died") from None
            self._usage = replace(usage, killed=how == _KILLED)
            raise StudentCrash(how) from None
        except TimeoutError:
            self.close()
            raise StudentTimeout(f"no answer within {timeout:g} seconds") from None
        except BaseException:  # also KeyboardInterrupt: a process in the middle of an answer is of no more use
            self.close()
            raise

    def alive(self) -> bool:
        """See protocol.Process. Unasked bytes end it too."""
        if self._usage is not None:
            return False
        if self._measured and not self._fits():
            return False
        return not _readable(self._poll_rpc(0, select.POLLIN))

    def _fits(self) -> bool:
        """Let the zygote measure its folder, and end it if it is too large."""
        try:
            self._life.send(MEASURE)
            self._life.settimeout(_END_SECONDS)
            answer = self._life.recv(1)
        except OSError:
            return False
        self._heard = answer if answer != FITS else b""
        return answer == FITS

    @property
    def output(self) -> str:
        """What it printed so far, cut at Limits.stdout_kb."""
        return self._output.text()

    def close(self) -> Usage:
        """Kill the process and everything it started, reap it, and say what it used. May be called twice."""
        if self._usage is None:
            self._end = self._last_words()
            self._output.close()
            self._rpc.close()
            self._life.close()
            end = self._end
            self._usage = Usage(end.get("cpu", 0.0), end.get("peak_mb", 0.0), end.get("status", -1))
        return self._usage

    def _last_words(self) -> dict[str, Any]:
        """Shut the life socket, whereupon the zygote kills and reaps; what it then says of the end."""
        try:
            self._life.shutdown(socket.SHUT_WR)
            self._life.settimeout(_END_SECONDS)
            text = self._heard + b"".join(iter(lambda: self._life.recv(4096), b""))
        except OSError:  # the zygote has died, and its children with it
            return {}
        return dict(json.loads(text)) if text else {}

    def _how_it_ended(self) -> str:
        status = self._end.get("status", -1)
        if self._end.get("reason"):
            return f"the process was ended: {self._end['reason']}"
        if status >= 0 and os.WIFEXITED(status):
            return f"the process ended with exit status {os.WEXITSTATUS(status)}"
        if status >= 0 and os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            used_up = self._end["cpu"] >= self._limits.cpu_seconds  # the first process of a namespace gets SIGKILL only
            if number == signal.SIGXCPU or (number == signal.SIGKILL and used_up):
                return f"the process used up its {self._limits.cpu_seconds} seconds of processor time"
            if number != signal.SIGKILL:
                return f"the process died of {signal.Signals(number).name}"
        return _KILLED

    def _write(self, data: bytes, deadline: float) -> None:
        """Send everything; a byte that arrives meanwhile answers nothing that was asked."""
        left = memoryview(data)
        self._refuse_unasked()
        while left:
            try:
                left = left[self._rpc.send(left) :]
            except BlockingIOError:
                if _readable(self._wait(select.POLLOUT | select.POLLIN, deadline)):
                    self._refuse_unasked()
            except OSError:
                raise StudentCrash from None

    def _refuse_unasked(self) -> None:
        try:
            unasked = self._rpc.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            unasked = b""
        if not unasked:
            raise StudentCrash
        raise MalformedAnswer("bytes came that nothing had asked for")

    def _read(self, length: int, deadline: float) -> bytearray:
        data = bytearray(length)
        rest = memoryview(data)
        while rest:
            try:
                count = self._rpc.recv_into(rest)
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError:
                raise StudentCrash from None
            if count == 0:
                raise StudentCrash
            rest = rest[count:]
        return data

    def _wait(self, wanted: int, deadline: float) -> int:
        """Wait for the connection, draining what is printed meanwhile; the connection's events.

        Raises:
            TimeoutError: the deadline has passed.
        """
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            events = self._poll_rpc(left, wanted)
            if events:
                return events

    def _poll_rpc(self, seconds: float, wanted: int) -> int:
        self._poll.modify(self._rpc, wanted)
        found = dict(self._poll.poll(seconds * 1000))
        printed = found.pop(self._output.fileno(), 0)
        if printed and not self._output.drain():
            self._poll.unregister(self._output)  # closed at the other end
        return found.get(self._rpc.fileno(), 0)


def _readable(events: int) -> bool:
    return bool(events & (select.POLLIN | select.POLLHUP | select.POLLERR))
