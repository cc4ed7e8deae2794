"""Ray's driver, a process of its own: where a cluster's head or a raylet dies, Ray ends its driver, and that must not
be the process that writes the gradebook. It has nothing of the grader's but the way to its parent (pipes.py), so that
Ray needs to be installed only here.

It ends when its input ends: then it cancels all and waits until that is done.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ray
from ray import exceptions

from autograder.runners.pipes import Frame, frames_in, send

IN = 0
PATIENCE = 0.1  # seconds
LOOK_SECONDS = 5.0  # between two looks at what nodes there are
KNOCK_SECONDS = 10.0
END_SECONDS = 45.0  # for processes to clean up


def work(order: bytes, python: str, module: str, root: str, threads: str) -> Iterator[bytes | tuple[int, str]]:
    """The task: on a node, run an order in a process of its own; gives what it tells, and last how it ended. It travels
    as it stands, so it imports all that it needs."""
    import os
    import select
    import signal
    import socket
    import subprocess
    import sys
    import tempfile

    import ray

    node, raylet = ray.get_runtime_context().get_node_id(), os.getppid()
    path = os.pathsep.join(filter(None, (root if os.path.isdir(root) else "", os.environ.get("PYTHONPATH"))))
    own = {"PYTHONPATH": path, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
           "AUTOGRADER_NODE": f"{socket.gethostname()}/{node[:8]}"}  # fmt: skip
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            [python if os.path.exists(python) else sys.executable, "-m", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, env={**os.environ, **own},
            start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        try:
            try:
                process.stdin.write(order)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it says why
            pipe = process.stdout.fileno()
            while os.getppid() == raylet:  # else the node is lost, which Ray's workers don't notice everywhere
                if select.select([pipe], [], [], 0.2)[0]:  # a cancel interrupts nothing that waits for longer
                    if not (data := os.read(pipe, 1 << 20)):
                        break
                    yield data
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        told.seek(max(0, told.seek(0, os.SEEK_END) - 2000))
        lines = told.read().decode("utf-8", "replace").strip().splitlines()
        yield process.returncode, lines[-1] if lines else ""


@dataclass
class Running:
    """An order that Ray has. `end`: how its process ended, as the task says at last."""

    items: Any  # ray.ObjectRefGenerator
    end: tuple[int, str] | None = None


class Driver:
    """What the parent asked for, and Ray's side of it."""

    def __init__(self, settings: Mapping[str, Any], out: int) -> None:
        self.settings, self.out = settings, out
        self.running: dict[int, Running] = {}
        self.unfit: set[str] = set()
        self.heard = b""
        self.looked = -LOOK_SECONDS
        self.told = b""
        self.task = ray.remote(work)

    # ---- the cluster -------------------------------------------------------------------------------------------------
    def fits(self, node: Mapping[str, Any]) -> bool:
        """Whether a node is there and one of those that are wanted. What Ray calls an operator is for Ray to apply."""
        wanted, labels = self.settings["labels"], node.get("Labels") or {}
        plain = {name: value for name, value in wanted.items() if not value.startswith(("!", "in("))}
        there = node["Alive"] and node["NodeID"] not in self.unfit
        return bool(there) and all(labels.get(name) == value for name, value in plain.items())

    def slots(self, node: Mapping[str, Any]) -> int:
        """How many orders it does at once."""
        there, cpus, gpus = node["Resources"], self.settings["cpus"], self.settings["gpus"]
        shares = [there.get("CPU", 0) / cpus] if cpus else []
        shares += [there.get("GPU", 0) / gpus] if gpus else []
        return int(min(shares) + 1e-6) if shares else 1

    def look(self) -> None:
        """Tell the parent what there is, where that has changed."""
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        nodes = [node for node in ray.nodes() if self.fits(node)]
        found = {"slots": sum(map(self.slots, nodes)), "nodes": len(nodes)}
        if (data := json.dumps(found).encode()) != self.told:
            self.told = data
            send(self.out, "capacity", 0, data)

    def exclude(self, name: str) -> None:
        """Leave a node out, by the name that it gave itself."""
        known = [node["NodeID"] for node in ray.nodes() if node["NodeID"][:8] == name.rpartition("/")[2]]
        self.unfit.update(known)
        self.looked = -LOOK_SECONDS
        self.look()

    # ---- orders ------------------------------------------------------------------------------------------------------
    def submit(self, number: int, order: bytes) -> None:
        """Give Ray an order. It tries nothing again by itself: the parent knows what has a result already."""
        labels = dict(self.settings["labels"])
        if self.unfit:
            labels["ray.io/node-id"] = f"!in({','.join(sorted(self.unfit))})"
        chosen = self.task.options(
            num_cpus=self.settings["cpus"], num_gpus=self.settings["gpus"] or None, max_retries=0,
            num_returns="streaming", label_selector=labels or None, name="autograder",
            scheduling_strategy="SPREAD",
        )  # fmt: skip
        words = [self.settings[name] for name in ("python", "module", "root", "threads")]
        self.running[number] = Running(chosen.remote(ray.put(order), *words))

    def listen(self, patience: float) -> bool:
        """Do what the parent asks; False once it has gone."""
        while select.select([IN], [], [], patience)[0]:
            data = os.read(IN, 1 << 20)
            if not data:
                return False
            frames, self.heard = frames_in(self.heard + data)
            for frame in frames:
                self.obey(frame)
            patience = 0.0
        return True

    def obey(self, frame: Frame) -> None:
        """Do one thing."""
        if frame.kind == "order":
            self.submit(frame.number, frame.data)
        else:
            self.exclude(frame.data.decode())

    def collect(self) -> None:
        """Pass on what came."""
        waiting = {one.items: number for number, one in self.running.items()}
        if not waiting or not ray.wait(list(waiting), num_returns=1, timeout=PATIENCE)[0]:
            return
        for items in ray.wait(list(waiting), num_returns=len(waiting), timeout=0)[0]:  # nobody waits for another
            self.take(waiting[items])

    def take(self, number: int) -> None:
        """The next that an order gave."""
        one = self.running[number]
        try:
            item = ray.get(next(one.items))
        except StopIteration:
            status, why = one.end or (-1, "the task ended early")
            self.ended(number, "killed" if status else "done", f"its process ended with {status}: {why}")
        except (exceptions.NodeDiedError, exceptions.ObjectLostError, exceptions.TaskCancelledError) as error:
            self.ended(number, "node", f"its node was lost ({type(error).__name__})")
        except exceptions.WorkerCrashedError:
            self.ended(number, "killed", "its worker was killed")
        except exceptions.OutOfMemoryError:
            self.ended(number, "killed", "Ray ended its worker, since the node ran out of memory")
        except exceptions.RayError as error:
            self.ended(number, "killed", f"{type(error).__name__}: {str(error).strip().splitlines()[-1]}")
        else:
            if isinstance(item, bytes):
                send(self.out, "data", number, item)
            else:
                one.end = item

    def ended(self, number: int, how: str, why: str) -> None:
        """Tell the parent, and forget the order."""
        del self.running[number]
        send(self.out, "ended", number, json.dumps({"how": how, "why": why}).encode())

    def cancel(self) -> None:
        """End all, and wait until it has ended."""
        for one in self.running.values():
            with contextlib.suppress(Exception):  # it may have ended by itself
                ray.cancel(one.items, force=False)
        end = time.monotonic() + END_SECONDS
        while self.running and time.monotonic() < end:
            for number, one in list(self.running.items()):
                with contextlib.suppress(Exception):
                    if ray.wait([one.items.completed()], timeout=PATIENCE)[0]:
                        del self.running[number]
        for one in self.running.values():
            with contextlib.suppress(Exception):
                ray.cancel(one.items, force=True)


def main() -> None:
    """Connect, then do what the parent asks until it has gone."""
    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent decides
    out = os.dup(1)
    os.dup2(2, 1)  # what Ray prints
    try:
        connect(settings)
    except Exception as error:  # noqa: BLE001  # Ray raises anything
        send(out, "config", 0, str(error).strip().encode())
        return
    driver = Driver(settings, out)
    try:
        driver.look()
        while driver.listen(0.0 if driver.running else PATIENCE):
            driver.collect()
            driver.look()
    except (exceptions.RayError, ConnectionError) as error:
        send(out, "vanished", 0, str(error).strip().encode())
    finally:
        driver.cancel()
        ray.shutdown()


def connect(settings: Mapping[str, Any]) -> None:
    """Find the cluster, or start one on this machine.

    Raises:
        Exception: whatever Ray raises.
    """
    common: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "include_dashboard": False}
    if settings["address"]:
        common.pop("include_dashboard")
        knock(settings["address"])
        ray.init(address=settings["address"], **common)
    else:
        ray.init(
            address="local", num_cpus=settings["local_cpus"], _temp_dir=settings["temp"],
            _node_ip_address="127.0.0.1", **common,
        )  # fmt: skip


def knock(address: str) -> None:
    """See that somebody listens: Ray itself would try for minutes.

    Raises:
        OSError: nobody does.
        ValueError: it is no address of a head.
    """
    host, colon, port = address.rpartition(":")
    if "://" in address or (colon and not port.isdecimal()):
        raise ValueError("say host:port of its head, and start this command on one of its nodes")
    if colon:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()


if __name__ == "__main__":
    main()
