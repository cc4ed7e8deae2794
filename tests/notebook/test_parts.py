"""What a kernel is let in, progress, the stand-in for GPUs, and ending of processes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from autograder.notebook import Progress
from autograder.notebook.messages import RunOrder
from autograder.notebook.progress import describe, show_progress
from autograder.notebook.run import _lines
from autograder.rubric import NotebookLimits
from autograder.run import Card, Slot
from autograder.sandbox.kernel import Kernel, _more
from autograder.sandbox.processes import descendants, kill_all
from autograder.sandbox.protocol import TIERS
from autograder.wire.kernel_order import KernelOrder
from autograder.wire.limits import Limits

ROOT = Path(__file__).parents[2]


def order(**changes: object) -> KernelOrder:
    fields = {
        "tier": 1, "limits": Limits(), "readable": ("/usr",), "scratch": "/scratch", "parent": 1, "entry": "a:b",
        "key": "k", "listening": {"shell": 3}, "status": 4, **changes,
    }  # fmt: skip
    return KernelOrder(**fields)  # type: ignore[arg-type]


def test_what_others_watch_over_ends_a_kernel_too() -> None:
    """The card's memory, say: asked about this process's descendants."""
    asked: list[Sequence[int]] = []
    with subprocess.Popen(["sleep", "60"]) as child:
        told = iter(["", "it used more than its share"])
        watch = Kernel(child, 0, "", order(), TIERS[1], lambda pids: asked.append(pids) or next(told))
        assert (watch.excess(), watch.excess()) == ("", "it used more than its share")
        assert all(child.pid in pids for pids in asked) and len(asked) == 2
        child.kill()


def test_words_for_bubblewrap() -> None:
    words = _more(order(devices=("/dev/nvidia0",)))
    assert words[-3:] == ["--dev-bind", "/dev/nvidia0", "/dev/nvidia0"]
    assert words[:3] == ["--symlink", "/scratch", "/content"]
    assert "/content" not in _more(order(readable=("/content/data.csv",)))


def test_orders_travel_as_json() -> None:
    sent = order(devices=("/dev/nvidia0",), contents={"startup": ["1"]})
    assert KernelOrder.parse(sent.dump()) == sent


def test_the_drivers_order_travels_as_json() -> None:
    """Whatever a notebook's texts are: lone surrogates are no UTF-8."""
    cells = ((1, "print('\ud800 é')", "A heading"),)
    parts = (("a", "b"), "def a(): ...")
    slot = Slot(Card("GPU-1", "/dev/nvidia1"), 0.25)
    sent = RunOrder(
        1, "/f", cells, ("# x",), "/d.csv", "/out", None, 2, ("1",), (parts,), 60.0, 6.5, NotebookLimits(), slot
    )
    assert RunOrder.parse(sent.dump()) == sent
    assert sent.dump().isascii()


# ---- progress --------------------------------------------------------------------------------------------------------
def progress(number: int = 35, heading: str = "(f) Train", line: str = "", elapsed: float = 12.0) -> Progress:
    return Progress(number, 16, 25, heading, line, elapsed, 48.0, 228.0)


def test_one_line_fits_and_can_not_steer_the_terminal() -> None:
    text = describe(progress(line="\x1b[2Jepoch: 2 [bold]" + "x" * 500), 100)
    assert len(text) <= 100 and "\x1b" not in text
    assert text.startswith("cell 35 (16 of 25), (f) Train:") and text.endswith("0:12 gone, 0:48 left for it")


def test_plain_lines_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    with show_progress(Console(file=file, width=40)) as show:
        for line in ("", "epoch: 1", "epoch: 1", "epoch: 2 [red]"):
            show(progress(line=line))
        show(progress(36))
        show(progress(38, heading="(h)", elapsed=3700.0))
    assert file.getvalue().splitlines() == [
        "cell 35 (16 of 25), (f) Train, 0:12 gone",
        "cell 38 (16 of 25), (h), 1:01:40 gone",
    ]


def test_a_terminal_shows_one_line() -> None:
    file = io.StringIO()
    with show_progress(Console(file=file, force_terminal=True, width=90)) as show:
        show(progress(line="[bold]epoch: 3"))
    assert "cell 35" in file.getvalue() or "kernel" in file.getvalue()


# ---- pipes and processes ---------------------------------------------------------------------------------------------
def test_lines_of_a_pipe() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\ntwo\nhalf")
    os.close(write_end)
    assert list(_lines(read_end, time.monotonic() + 60)) == [b"one", b"two"]
    os.close(read_end)


CODE = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from autograder.system import linux
from autograder.sandbox.processes import descendants, kill_all, uses_more
linux.adopt_orphans()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        block = bytearray(os.urandom(1 << 20) * 40)
        time.sleep(60)
    os._exit(0)
while not uses_more(descendants(os.getpid()), 40):
    time.sleep(0.01)
assert not uses_more(descendants(os.getpid()), 2000)
kill_all(os.getpid())
assert descendants(os.getpid()) == []
"""


def test_daemons_are_counted_and_ended() -> None:
    subprocess.run([sys.executable, "-c", CODE, str(ROOT)], check=True, timeout=60)


# ---- no GPU ----------------------------------------------------------------------------------------------------------
NO_GPU = """
import io, pickle, sys, warnings
sys.path.insert(0, sys.argv[1])
import torch
from autograder.inside import no_gpu
told = []
no_gpu.install(lambda: told.append(1))
assert torch.device("cpu").type == "cpu" and isinstance(torch.device("cpu"), torch.device)
assert torch.zeros(2).device == torch.device("cpu") and not torch.cuda.is_available() and not told
for device in ("cuda", "cuda:1", torch.device("cuda"), torch.device("cuda", 0), torch.device(0)):
    assert torch.ones(2).to(device).device.type == "cpu"
    assert torch.tensor([1.0], device=device).new_zeros(2, device=device).device.type == "cpu"
assert len(told) == 1
model = torch.nn.LSTM(2, 3).cuda().to("cuda").to(device="cuda", dtype=torch.float64)
assert model.weight_ih_l0.dtype == torch.float64
assert torch.ones(1, dtype=torch.int64).to(torch.float32).cuda(non_blocking=True).dtype == torch.float32
file = io.BytesIO()
torch.save({"w": torch.ones(2), "device": torch.device("cpu")}, file)
file.seek(0)
assert torch.load(file, map_location="cuda", weights_only=False)["device"] == torch.device("cpu")
assert pickle.loads(pickle.dumps(torch.device("cpu"))) == torch.device("cpu")
generator = torch.Generator(device="cuda").manual_seed(1)
assert isinstance(generator, torch.Generator) and torch.rand(1, generator=generator).item() < 1
torch.utils.data.random_split(range(4), [2, 2], generator=torch.Generator().manual_seed(5))
for name in ("synchronize", "empty_cache", "max_memory_allocated", "get_device_name"):
    getattr(torch.cuda, name)()
torch.cuda.manual_seed_all(5)
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(4, 1, 2, dtype=torch.float64))[0].sum().backward()
optimizer.step()
assert len(told) == 1
"""


def test_code_for_gpus_runs_on_the_cpu() -> None:
    subprocess.run([sys.executable, "-c", NO_GPU, str(ROOT)], check=True, timeout=60)


def test_descendants_of_nobody() -> None:
    assert descendants(2**30) == []
    kill_all(2**30)
