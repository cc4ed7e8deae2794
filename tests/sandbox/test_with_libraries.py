"""The real thing: the best tier, the libraries preloaded, the project's own server."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import Student, start

from autograder.sandbox import Limits, ZygoteSandbox, open_sandbox
from autograder.wire import frames


@pytest.fixture(scope="module")
def torched() -> Iterator[ZygoteSandbox]:
    opened = start(None, preload=("torch", "no_such_module_anywhere"))
    yield opened
    opened.close()


def test_a_missing_library_is_no_error(torched: ZygoteSandbox) -> None:
    (missing,) = torched.missing
    assert missing.startswith("no_such_module_anywhere (ModuleNotFoundError")


def test_memory_of_tensors(torched: ZygoteSandbox) -> None:
    assert "RuntimeError" in Student(torched).run("import torch; x = torch.ones(10 << 30)")


def test_a_patched_torch_does_not_reach_the_next(torched: ZygoteSandbox) -> None:
    Student(torched).run("import torch; torch.nn.LSTM = None; torch.manual_seed(9)")
    assert Student(torched).run("import torch; result = torch.nn.LSTM is None") is False


def test_training_in_a_fork_works_on_one_thread(torched: ZygoteSandbox) -> None:
    source = """
import torch
model = torch.nn.LSTM(8, 16)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    model(torch.randn(5, 4, 8))[0].sum().backward()
    optimizer.step()
result = torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()
"""
    threads, kernels = Student(torched).run(source)
    assert threads == 1
    import torch

    assert kernels == torch.backends.cpu.get_cpu_capability(), "hidden /proc must not change the kernels"


@pytest.mark.skipif(os.getuid() != 0 or not sys.platform.startswith("linux"), reason="needs root and /proc")
def test_private_memory_of_a_student_is_small(torched: ZygoteSandbox) -> None:
    def zygotes() -> set[str]:
        return {p.parent.name for p in Path("/proc").glob("[0-9]*/cmdline") if b"inside.zygote" in p.read_bytes()}

    before = zygotes()
    student = Student(torched)
    student.run("result = 1")
    sizes = []
    for name in zygotes() - before:
        rollup = Path(f"/proc/{name}/smaps_rollup").read_text().splitlines()
        sizes.append(sum(int(line.split()[1]) for line in rollup if line.startswith("Private_")))
    student.process.close()
    assert min(sizes) < 20 << 10, "kB"


def test_the_projects_own_server_answers() -> None:
    begin = time.monotonic()
    sandbox = open_sandbox(Limits())
    assert time.monotonic() - begin < 1.0, "starting is left to the background"
    process = sandbox.spawn()
    answer = frames.unpack(process.request(frames.pack({"op": "versions"}), 10.0, 1 << 20))
    assert set(answer["ok"]) >= {"python", "torch"}
    process.close()
    sandbox.close()
