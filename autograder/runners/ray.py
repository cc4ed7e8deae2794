"""The engine of Ray: orders go to its driver, a process of its own (ray_driver.py), and what nodes tell comes back."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

import autograder
from autograder.errors import ConfigError
from autograder.leftovers import run_folder
from autograder.run import Run
from autograder.runners.orders import messages_in
from autograder.runners.pipes import Frame, Kind, exchange, frame_of, frames_in
from autograder.runners.protocol import HELD_SECONDS, Capacity, Ended, Event, Held, Vanished

NODE = "autograder.node"  # what a node runs
VARIABLE = "AUTOGRADER_RAY_PYTHON"
INSTALL = "make setup CLUSTER=1 in a clone, else pip install 'autograder[ray]'"
SHORT = "/tmp"  # the path of a socket has at most 107 bytes, and Ray's own part of it is long
START_SECONDS = 180.0  # of a cluster on a slow machine
END_SECONDS = 90.0  # to cancel everything


def open_ray(run: Run) -> RayEngine:
    """Connect to the cluster that the settings name, or start one on this machine.

    Raises:
        ConfigError: Ray is not installed, or it does not let us in.
    """
    return RayEngine(run)


def ray_python() -> str:
    """The Python that has Ray: the one that is named (the Makefile names that of an environment which `make setup
    CLUSTER=1` makes, so that notebooks never meet what Ray needs), else this one.

    Raises:
        ConfigError: there is none.
    """
    named = os.environ.get(VARIABLE, "")
    if os.path.isfile(named):
        return named
    if importlib.util.find_spec("ray") is not None:
        return sys.executable
    raise ConfigError(f"RUNNER=ray (--runner ray) needs Ray, which is not installed: {INSTALL}.")


class There(msgspec.Struct, frozen=True):
    """What the driver says that there is."""

    slots: int
    nodes: int


class RayEngine:
    """An Engine; see protocol.py."""

    def __init__(self, run: Run) -> None:
        python, self._ending = ray_python(), ExitStack()
        self._driver: subprocess.Popen[bytes] | None = None
        self._address = run.ray.address or os.environ.get("RAY_ADDRESS", "")
        self._each, self._there = run.ray.at_once, Capacity(0)
        self._heard, self._nodes = b"", 0
        self._told: dict[int, bytes] = {}  # of each order what is not a whole message yet
        self._unheard: set[int] = set()  # orders that were sent and of which nothing has come yet
        self._moved, self._at_work = time.monotonic(), 0  # when orders were last at work; how many are
        self._words = self._ending.enter_context(tempfile.TemporaryFile())
        temp = "" if self._address else str(self._ending.enter_context(run_folder(SHORT)))
        if temp:
            os.chmod(temp, 0o700)  # no student process of another user goes through it, and nobody else has to
        root = str(Path(autograder.__file__).resolve().parents[1])
        settings = {
            "address": self._address, "temp": temp, "root": root, "python": sys.executable, "module": NODE,
            "cpus": run.ray.cpus, "gpus": run.ray.gpus if run.beyond else 0.0, "labels": run.ray.labels,
            "local_cpus": max(1, run.jobs // run.ray.at_once) * run.ray.cpus,
            "threads": os.environ.get("OMP_NUM_THREADS", "1"),
        }  # fmt: skip
        try:
            self._driver = subprocess.Popen(
                [python, "-P", "-m", "autograder.runners.ray_driver", json.dumps(settings)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, start_new_session=True,
                env=environment(root, own=not self._address),
            )  # fmt: skip
            self._await_start()
        except BaseException:
            self.close()
            raise

    def _await_start(self) -> None:
        """Raises:
        ConfigError: the cluster can't be reached or started.
        """
        end = time.monotonic() + START_SECONDS
        while not self._there.told:
            self._listen(1.0)
            if time.monotonic() > end:
                raise ConfigError(f"Ray did not start within {START_SECONDS:.0f} seconds. {self._last_words()}")
        if not self._there.slots:
            raise ConfigError("None of the Ray nodes has what [ray] in course.toml asks for (cpus, gpus, labels).")

    def capacity(self) -> Capacity:
        """See Engine."""
        return self._there

    def submit(self, number: int, order: bytes) -> None:
        """See Engine."""
        self._unheard.add(number)
        self._tell("order", number, order)

    def exclude(self, node: str, why: str) -> bool:
        """See Engine."""
        self._tell("exclude", 0, node.encode())
        self._nodes -= 1
        return self._nodes > 0

    def poll(self, patience: float) -> Sequence[Event]:
        """See Engine."""
        found = self._listen(patience)
        for event in found:
            self._at_work += event.number in self._unheard
            self._at_work -= isinstance(event.what, Ended)
            self._unheard.discard(event.number)
        return [*found, *self._held()]

    def _held(self) -> list[Event]:
        """Why nothing runs, where that has been so for a while."""
        now = time.monotonic()
        if self._at_work or not self._unheard:
            self._moved = now
        if now - self._moved < HELD_SECONDS:
            return []
        why = "Ray starts nothing of this run; other work may have its cpus or gpus (`ray status` tells)"
        return [Event(min(self._unheard), Held(why))]

    def close(self) -> None:
        """See Engine. The driver cancels everything when its input ends."""
        driver, self._driver = self._driver, None
        if driver is not None:
            assert driver.stdin is not None and driver.stdout is not None
            with suppress(OSError):
                driver.stdin.close()
            try:
                _drain(driver.stdout.fileno(), END_SECONDS)
                driver.wait(1)
            except subprocess.TimeoutExpired:
                driver.kill()
                driver.wait()
            driver.stdout.close()
        self._ending.close()

    # ---- the driver --------------------------------------------------------------------------------------------------
    def _tell(self, kind: Kind, number: int, data: bytes) -> None:
        """Raises:
        Vanished: the driver has died.
        """
        driver = self._driver
        assert driver is not None and driver.stdin is not None and driver.stdout is not None
        try:
            self._heard += exchange(driver.stdin.fileno(), frame_of(kind, number, data), driver.stdout.fileno())
        except (OSError, EOFError) as error:
            raise self._vanished() from error

    def _listen(self, patience: float) -> list[Event]:
        """Take what the driver says; waits so long for the first of it.

        Raises:
            ConfigError: it could not connect.
            Vanished: it has died, or its cluster has.
        """
        driver, found = self._driver, self._events()
        assert driver is not None and driver.stdout is not None
        while select.select([driver.stdout], [], [], 0.0 if found else patience)[0]:
            data = os.read(driver.stdout.fileno(), 1 << 20)
            if not data:
                raise self._vanished()
            self._heard += data
            found += self._events()
            patience = 0.0
        return found

    def _events(self) -> list[Event]:
        """What the whole frames say that were heard."""
        frames, self._heard = frames_in(self._heard)
        return [event for frame in frames for event in self._events_of(frame)]

    def _events_of(self, frame: Frame) -> Iterator[Event]:
        """Raises:
        ConfigError, Vanished: the driver says so.
        """
        if frame.kind == "data":
            messages, self._told[frame.number] = messages_in(self._told.get(frame.number, b"") + frame.data)
            yield from (Event(frame.number, message) for message in messages)
        elif frame.kind == "ended":
            self._told.pop(frame.number, None)
            yield Event(frame.number, msgspec.json.decode(frame.data, type=Ended))
        elif frame.kind == "capacity":
            there = msgspec.json.decode(frame.data, type=There)
            self._nodes = there.nodes
            told = f"Ray: {there.nodes} node{'s' * (there.nodes != 1)}, {there.slots} at once"
            self._there = Capacity(there.slots, self._each, told=told)  # Ray keeps no order in its queue
        elif frame.kind == "config":
            where = f"the cluster {self._address}" if self._address else "a cluster on this machine"
            raise ConfigError(f"Ray: {where} can't be used: {frame.data.decode('utf-8', 'replace')}")
        else:
            raise vanished(frame.data.decode("utf-8", "replace"))

    def _vanished(self) -> Vanished:
        return vanished(self._last_words())

    def _last_words(self) -> str:
        """What the driver said last; empty where it said nothing."""
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""


def vanished(words: str) -> Vanished:
    """What is said where Ray is gone. `words`: Ray's own, of which the first sentence is told."""
    own = re.sub(r"^\[[^]]*\] \S+:\d+: ", "", words).partition(". ")[0].rstrip(".")
    kept = "what came is kept, and the same command goes on from there"
    return Vanished(f"Ray does not answer any more; {kept}{f' (Ray says: {own})' if own else ''}.")


def environment(root: str, *, own: bool) -> dict[str, str]:
    """What Ray and its driver find in their environment. `own`: they are ours alone, so nobody else may come in."""
    quiet = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_gcs_rpc_server_reconnect_timeout_s": "30",
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH")))),
    }
    ours = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_worker_niceness": "0",  # Ray's 15 lets a busy machine's other work go before
    }
    return {**os.environ, **quiet, **(ours if own else {})}


def _drain(pipe: int, seconds: float) -> None:
    """Read to the end, so that nobody waits for us to."""
    end = time.monotonic() + seconds
    while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0] and os.read(pipe, 1 << 20):
        pass
