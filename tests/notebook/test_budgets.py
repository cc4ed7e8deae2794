"""Cells and notebooks that take too long, and kernels that end: what came before stays, what can go on does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from running import LIMITS, Run, processes

from autograder.errors import SandboxError
from autograder.sandbox.processes import descendants

SHORT = msgspec.structs.replace(LIMITS, smoke_cell_seconds=3.0, smoke_seconds=60.0)
STARTUP = "get_ipython().user_ns['tell'] = __autograder_emit__"


@pytest.fixture(scope="module")
def done(run: Callable[..., Run]) -> Run:
    return run(
        "# first\nfrom collections import Counter\nRATE = 3\nresults = Counter()\ndef double(x): return 2 * x\n"
        "found = [double(2)]",
        "# slow\nimport time\nprint('before')\ntell({'epoch': 1})\ntime.sleep(60)\nprint('after')",
        "# busy\nfor number in range(3):\n    time.sleep(1.5)\n    tell({'training': number})\nprint('all of them')",
        "# goes_on\nprint(double(RATE), len(results))",
        "# stubborn\nprint('trained once', flush=True)\ntell({'epoch': 2})\nwhile True:\n"
        "    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass",
        "# fresh\nprint(double(RATE), len(results), 'found' in globals())",
        "# ends\nimport os\nprint('the last word', flush=True)\ntime.sleep(0.5)\nos._exit(0)",
        "# after_it\nprint(double(1))",
        limits=SHORT,
        startup=(STARTUP,),
    )


def test_a_slow_cell_is_interrupted_and_keeps_what_it_did(done: Run) -> None:
    slow = done.cell("slow")
    assert slow.status == "timed out"
    assert re.fullmatch(r"The cell was stopped after [34] seconds, all the time that it had\.", slow.error)
    assert slow.text.startswith("before\n") and "after" not in slow.text and slow.events == ({"epoch": 1},)
    assert slow.seconds < 8
    assert done.cell("goes_on").text == "6 0\n"


def test_a_cell_that_reports_trainings_may_take_longer(done: Run) -> None:
    busy = done.cell("busy")
    assert (busy.status, busy.text) == ("ran", "all of them\n") and busy.seconds > SHORT.smoke_cell_seconds


def test_a_cell_that_swallows_the_interrupt_is_killed_and_keeps_what_it_did(done: Run) -> None:
    stubborn = done.cell("stubborn")
    assert stubborn.status == "timed out" and stubborn.text == "trained once\n" and stubborn.events == ({"epoch": 2},)
    assert done.outputs("stubborn") == [{"output_type": "stream", "name": "stdout", "text": "trained once\n"}]


def test_fresh_kernels_go_on_with_definitions_and_settings(done: Run) -> None:
    assert done.cell("fresh").text == "6 0 False\n"  # what a function of the notebook's returned was a result
    ends = done.cell("ends")
    assert (ends.status, ends.text) == ("failed", "the last word\n")
    assert ends.error == "The kernel's process ended while this cell ran."
    assert done.cell("after_it").text == "2\n" and done.execution.problem == ""
    assert len(done.execution.remarks) == 2
    assert all("a fresh one went on there" in remark for remark in done.execution.remarks)


def test_the_notebook_s_time(run: Callable[..., Run]) -> None:
    limits = msgspec.structs.replace(LIMITS, smoke_cell_seconds=30.0, smoke_seconds=2.0)
    done = run("# a\nimport time", "# b\nprint(1)\ntime.sleep(30)", "# c\nprint(2)", limits=limits)
    assert [cell.status for cell in done.execution.cells] == ["ran", "timed out", "not run"]
    assert done.execution.problem == "The notebook's 2 seconds were used up."
    assert done.outputs("b")[0]["text"] == "1\n"


def test_a_killed_judge_loses_nothing_and_leaves_nothing(reviews: Path, tmp_path: Path) -> None:
    code = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parents[2]), str(Path(__file__).parent)]!r}
from pathlib import Path
from running import run_cells
run_cells(["print('kept')", "print('so far', flush=True)\\nimport time\\ntime.sleep(99)"], Path({str(reviews)!r}), Path({str(tmp_path)!r}))
"""
    temporary = tmp_path / "t"
    temporary.mkdir()
    env = {**os.environ, "AUTOGRADER_TEST": str(os.getpid()), "TMPDIR": str(temporary)}
    judge = subprocess.Popen([sys.executable, "-c", code], env=env)
    book = tmp_path / "executed.ipynb"
    end = time.monotonic() + 60
    while time.monotonic() < end and not (book.exists() and "so far" in json.dumps(_outputs(book))):
        time.sleep(0.1)
    tree = descendants(judge.pid)
    os.kill(judge.pid, signal.SIGKILL)
    judge.wait()
    assert [output[0]["text"] for output in _outputs(book)] == ["kept\n", "so far\n"]
    assert len(tree) >= 3
    end = time.monotonic() + 10
    while (left := [pid for pid in tree if Path(f"/proc/{pid}/exe").exists()]) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left and not list(processes())
    assert not list(temporary.iterdir())


def _outputs(book: Path) -> list[list[dict[str, str]]]:
    return [cell["outputs"] for cell in json.loads(book.read_text(encoding="utf-8"))["cells"]]


def test_a_startup_text_that_fails_is_the_grader_s_fault(run: Callable[..., Run]) -> None:
    with pytest.raises(SandboxError, match="ZeroDivisionError"):
        run("# a\n1", startup=("1 / 0",))
