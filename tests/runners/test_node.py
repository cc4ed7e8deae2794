"""A node's process, with the real sandbox and judge: what it tells, and that it goes with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.facts import Facts, decoded
from autograder.runners.local import Job
from autograder.runners.orders import (
    Began,
    Hello,
    Order,
    Parcel,
    encoded_order,
    messages_in,
    order_of,
    task_of,
    with_tasks,
)
from autograder.runners.slurm.worker import frames_from
from tests.elsewhere import RIGHT, WRONG, write_assignment
from tests.runs import run_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's processes")


def order(folder: Path, **texts: str) -> Order:
    write_assignment(folder / "doubling")
    (folder / "in").mkdir()
    for name, text in texts.items():
        (folder / "in" / f"{name}.py").write_text(text)
    run = run_of(str(folder / "doubling"), secret=b"x", out=folder / "out")
    jobs = [Job(folder / "in" / f"{name}.py", name, folder / "out" / name) for name in texts]
    return with_tasks(order_of(run, 1), [task_of(job) for job in jobs])


def start(folder: Path) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    env = {**os.environ, "AUTOGRADER_NODE": "n1", "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}
    env.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
    return subprocess.Popen(
        [sys.executable, "-m", "autograder.node"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, cwd=folder
    )


def test_an_order_is_done_and_told(tmp_path: Path) -> None:
    made = order(tmp_path, right=RIGHT, changed=RIGHT, wrong=WRONG)
    changed = replace(made.tasks[1], content="of other files")
    made = with_tasks(made, [made.tasks[0], changed, made.tasks[2]])
    with start(tmp_path) as process:
        data, _ = process.communicate(encoded_order(made), timeout=300)
    messages, rest = messages_in(data)
    assert process.returncode == 0 and rest == b""
    assert isinstance(messages[0], Hello) and messages[0].node == "n1" and "isolation tier" in messages[0].told
    assert [message.name for message in messages if isinstance(message, Began)] == ["right", "changed", "wrong"]
    parcels = {message.name: message for message in messages if isinstance(message, Parcel)}
    assert (parcels["right"].total, parcels["wrong"].total) == (2.0, 0.0)
    assert next(iter(parcels["right"].files)) == "results.json" and "report.html" in parcels["right"].files
    facts = decoded(parcels["right"].facts, Facts)
    assert facts.functions is not None and [outcome.status for outcome in facts.outcomes] == ["passed"]
    assert parcels["changed"].exit_code == 3 and "changed did not come whole" in parcels["changed"].problem
    assert not (tmp_path / "out").exists() and not list((tmp_path / "tmp").iterdir())  # nothing stays on a node


def test_it_ends_by_sigterm_and_leaves_nothing(tmp_path: Path) -> None:
    slow = "import time\ndef double(x):\n    time.sleep(60)\n    return 2 * x\n"
    with start(tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(encoded_order(order(tmp_path, slow=slow)))
        process.stdin.close()
        for frame in frames_from(process.stdout):
            if isinstance(messages_in(frame)[0][0], Began):
                process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not list((tmp_path / "tmp").iterdir())
