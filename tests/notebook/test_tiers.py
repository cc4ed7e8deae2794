"""The kernel's confinement where there is no bubblewrap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Run

from autograder.errors import SandboxError
from autograder.sandbox import fallback, kernel
from autograder.wire.limits import Limits

ROOT = Path(__file__).parents[2]
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
        raise fallback.Unavailable("not here")

    monkeypatch.setattr(kernel, "_start", start)
    with pytest.raises(SandboxError, match="not here"):
        kernel.open_kernel(kernel.KernelSpec(Limits(), "", {}), tier, worst)
    assert seen == tried


# What libraries and notebooks do with files without a thought.
HABITS = """# files
import os, shutil, zipfile, matplotlib.pyplot as plt
open("a.txt", "w").write("x")
shutil.copy("a.txt", "b.txt"), shutil.copy2("a.txt", "c.txt")
os.mkdir("folder"), shutil.move("c.txt", "folder"), shutil.copytree("folder", "copy")
with zipfile.ZipFile("a.zip", "w") as archive:
    archive.write("a.txt")
zipfile.ZipFile("a.zip").extractall("unpacked")
os.chmod("a.txt", 0o600); os.utime("a.txt")
plt.plot([1, 2]); plt.savefig("plot.png")
print(open("unpacked/a.txt").read())"""


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_habits_with_files(run: Callable[..., Run], tier: int) -> None:
    try:
        done = run(HABITS, tier=tier, unsafe=True)
    except SandboxError as error:
        pytest.skip(f"NOT TESTED on this machine: {error}")
    assert (done.cell("files").status, done.cell("files").text) == ("ran", "x\n"), done.cell("files")


AS_A_USER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from running import run_cells
folder = Path(sys.argv[1])
(folder / "made-up.csv").write_text("review,sentiment\\na,positive\\n")
for tier in (1, 2):
    done = run_cells([{habits!r}], folder / "made-up.csv", folder / f"out{{tier}}", tier=tier)
    print(done.execution.tier, done.cell("files").status, done.cell("files").text, done.cell("files").error)
"""
UNPRIVILEGED = """
mkdir -p {hold}; mount --make-rprivate /
mount --bind {base} {hold}; mount -t tmpfs -o mode=755 tmpfs /root; mkdir -p {base}; mount --bind {hold} {base}
mount -t tmpfs -o mode=777 tmpfs {place}
exec setpriv --reuid 12345 --regid 12345 --clear-groups --bounding-set=-all --inh-caps=-all \\
    env TMPDIR={place} HOME={place} {python} {script} {place}
"""


@pytest.mark.skipif(
    os.getuid() != 0 or any(shutil.which(name) is None for name in ("unshare", "setpriv", "mount")),
    reason="needs root, to become a user without rights",
)
def test_a_plain_user_runs_notebooks() -> None:
    """As on a cluster or in a container: in both safe tiers, and with habits that the filter of tier 2 refuses."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own is closed to others
    try:
        folder.chmod(0o755)
        script, place, hold = folder / "script.py", folder / "place", folder / "hold"
        place.mkdir()
        script.write_text(AS_A_USER.format(root=str(ROOT), tests=str(Path(__file__).parent), habits=HABITS))
        text = UNPRIVILEGED.format(hold=hold, base=sys.base_prefix, place=place, python=sys.executable, script=script)
        done = subprocess.run(["unshare", "--mount", "sh", "-ec", text], capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(folder)
    if "mount" in done.stderr:
        pytest.skip(f"NOT TESTED on this machine: no mounts here: {done.stderr.strip()}")
    assert done.stdout.split() == ["bubblewrap", "ran", "x", "landlock", "ran", "x"], done.stderr
