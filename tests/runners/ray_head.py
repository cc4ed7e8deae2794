"""A Ray cluster of processes on this machine for tests: run by a Python that has Ray. It obeys words, one a line, and
answers each by a line: its address at first, then what it did."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from subprocess import run
from typing import Any

from ray.cluster_utils import Cluster


def raylet(node: Any) -> int:
    """The process of a node's daemon."""
    return int(node.all_processes["raylet"][0].process.pid)


def main() -> None:
    cluster = start()
    nodes = [cluster.add_node(num_cpus=1, include_log_monitor=False) for _ in range(2)]
    print(cluster.address, flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "nodes":
            print(" ".join(f"{node.node_id}:{raylet(node)}" for node in nodes), flush=True)
        elif word.startswith("lose "):
            [lost] = [node for node in nodes if node.node_id.startswith(word.removeprefix("lose "))]
            nodes.remove(lost)
            end([raylet(lost)])
            print("lost", flush=True)
        elif word == "bring":
            while len(nodes) < 2:
                nodes.append(cluster.add_node(num_cpus=1, include_log_monitor=False))
            print("there", flush=True)
        elif word == "vanish":
            end([one.process.pid for some in cluster.head_node.all_processes.values() for one in some])
            print("gone", flush=True)
        elif word == "anew":
            cluster.shutdown()
            time.sleep(1)
            cluster = start()
            nodes = [cluster.add_node(num_cpus=1, include_log_monitor=False) for _ in range(2)]
            print(cluster.address, flush=True)
    cluster.shutdown()


def end(pids: list[int]) -> None:
    """Kill daemons, and then the helpers that they leave behind for a while."""
    helpers = [
        run(["pgrep", "-f", "-P", str(pid), "Agent"], capture_output=True, text=True).stdout.split() for pid in pids
    ]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    time.sleep(3)  # what works on a node ends by itself: that is a promise
    for helper in (int(word) for words in helpers for word in words):
        with suppress(ProcessLookupError):
            os.kill(helper, signal.SIGKILL)


def start() -> Cluster:
    """The head: no order is done there."""
    return Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False,
                                                         "include_log_monitor": False})  # fmt: skip


if __name__ == "__main__":
    main()
