"""The kernel's confinement where there is no bubblewrap."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Run

from autograder.errors import SandboxError
from autograder.sandbox import kernel, ladder
from autograder.sandbox.protocol import Limits

RUBRIC = str(Path(__file__).parents[2] / "autograder" / "rubric.py")


def test_landlock_alone(run: Callable[..., Run]) -> None:
    try:
        done = run(
            "# reads\nimport os, pandas as pd\nprint(len(pd.read_csv('IMDBDataset.csv')), os.getuid() == 0)\nopen('own', 'w').write('x')",
            f"# secret\nopen({RUBRIC!r})",
            "# network\nimport socket\nsocket.socket()",
            f"# judge\nos.kill({os.getpid()}, 0)",
            "# workers\nimport torch\nfrom torch.utils.data import DataLoader\n"
            "print(sum(int(b.sum()) for b in DataLoader(torch.arange(20), batch_size=4, num_workers=2)))",
            "# shell\n!echo from the shell",
            "# daemon\nimport subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\nprint('started')",
            tier=2,
        )
    except SandboxError as error:
        pytest.skip(f"NOT TESTED on this machine: {error}")
    assert done.execution.tier == "landlock"
    assert done.cell("reads").text == "40 False\n"
    for name in ("secret", "network", "judge"):
        assert done.cell(name).error.startswith("PermissionError"), done.cell(name)
    assert done.cell("workers").text == "190\n" and done.cell("shell").text == "from the shell\n"
    sleeping = [name for name in os.listdir("/proc") if name.isdecimal() and _command(name) == "sleep 1000 "]
    assert done.cell("daemon").text == "started\n" and not sleeping


def _command(number: str) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.mark.parametrize(("tier", "worst", "tried"), [(None, 2, [1, 2]), (None, 4, [1, 2, 3, 4]), (2, 2, [2])])
def test_no_unsafe_tier_is_tried_unasked(
    tier: int | None, worst: int, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def start(spec: object, number: int, lacks: object) -> None:
        seen.append(number)
        raise ladder.Unavailable("not here")

    monkeypatch.setattr(kernel, "_start", start)
    with pytest.raises(SandboxError, match="not here"):
        kernel.open_kernel(kernel.KernelSpec(Limits(), "", {}), tier, worst)
    assert seen == tried
