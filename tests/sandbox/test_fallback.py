"""Finding the best tier, falling to the next, and saying why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sandboxed import INSIDE, Student, start

from autograder.errors import SandboxError
from autograder.sandbox import Limits, ZygoteSandbox, best_tier, bubblewrap, fallback

ROOT = INSIDE.parents[2]


def test_the_judge_stays_light() -> None:
    source = "import sys, autograder.sandbox; print([m for m in ('torch', 'numpy', 'pandas') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_missing_bubblewrap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    tier = best_tier()
    assert tier.number > 1
    assert tier.lacks.startswith("bubblewrap: bubblewrap is not installed")


def test_a_bubblewrap_that_does_not_work_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(fake))
    tier = best_tier()
    assert tier.number > 1
    assert "No permissions to create new namespace" in tier.lacks


def test_a_tier_asked_for_is_not_silently_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SandboxError, match="bubblewrap is not installed"):
        start(1)


def test_a_broken_server_is_not_taken_for_a_missing_tier() -> None:
    sandbox = ZygoteSandbox(Limits(), (), (), None, "no_such_module:serve", {})
    with pytest.raises(SandboxError, match="no_such_module"):
        sandbox.wait_ready()
    sandbox.close()


def test_checks_and_rubrics_are_not_shown() -> None:
    shown = fallback.readable_paths(())
    package = ROOT / "autograder"
    own = {path for path in shown if path.startswith(str(package))}
    assert own == {str(package / name) for name in ("__init__.py", "wire", "system", "inside")}


def test_packages_that_a_pth_file_adds_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in front of another's packages: those of a machine's own PyTorch, say."""
    machine, other = tmp_path / "lib" / "site-packages", tmp_path / "other"
    for folder in (machine, other):
        folder.mkdir(parents=True)
    monkeypatch.setattr("sys.path", [*sys.path, str(machine), str(other)])
    assert str(machine) in fallback.readable_paths(()) and str(other) not in fallback.readable_paths(())


def test_the_graders_folder_is_covered_wherever_it_lies() -> None:
    words = bubblewrap.command("bwrap", "/usr/src/app", ["/usr/src/app/.venv", "/usr", "/opt"], {})
    assert words.index("/usr") < words.index("/usr/src/app", words.index("--tmpfs")) < words.index("/usr/src/app/.venv")


COPY = """
from pathlib import Path
from autograder.errors import SandboxError
from autograder.sandbox import *
inside = Path({inside!r})

def answer(tier, source, *readable):
    sandbox = ZygoteSandbox(Limits(), (inside, *readable), (), tier, "runner:serve", {{"PYTHONPATH": str(inside)}})
    process = sandbox.spawn()
    try:
        return process.request(source.encode(), 10, 1000).decode()
    finally:
        process.close()
        sandbox.close()

import autograder.wire
for tier in {tiers}:
    assert answer(tier, "import autograder.wire as e; result = e.__file__") == repr(autograder.wire.__file__)
root = Path(autograder.wire.__file__).parents[2]
if 1 in {tiers}:
    listed = answer(1, f"import os; result = os.listdir({{str(root)!r}})", root.parent)
    assert listed == "['autograder']", listed
if 2 in {tiers}:
    shown = str(root.parent / "other")
    tried = f"import os\\ntry:\\n result = os.listdir({{str(root)!r}})\\n"
    read = answer(2, tried + f"except PermissionError:\\n result = open({{shown!r}}).read()", root.parent)
    assert read == "'shown'", read
"""


@pytest.mark.parametrize("place", ["with some spaces", "closed"])
def test_any_place_will_do(tmp_path: Path, place: str) -> None:
    """A copy of the project in a folder with spaces, in one that only its owner may enter, in a readable one."""
    root = tmp_path / place
    for name in ("__init__.py", "errors.py", "wire", "system", "inside", "sandbox"):
        source, target = ROOT / "autograder" / name, root / "autograder" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    (root / "secret").write_text("")
    (tmp_path / "other").write_text("shown")
    tmp_path.chmod(0o755)  # it is shown as a readable folder below
    if place == "closed":
        root.chmod(0o700)
    text = COPY.format(inside=str(INSIDE), tiers=[tier for tier in (1, 2) if _works(tier)])
    run = subprocess.run([sys.executable, "-c", text], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


INSTALLED = """
import autograder.wire
root = Path(autograder.wire.__file__).parents[2]
source = '''
import os
def of(call, path):
    try:
        return call(os.path.join({{root!r}}, path))
    except OSError:
        return None
read = lambda path: open(path).read()
import beside
result = [beside.here, of(read, "beside.py"), of(read, "autograder-1.dist-info/METADATA"),
    of(read, "autograder-1.dist-info/RECORD"), of(read, "autograder/errors.py"), of(os.listdir, "autograder/shipped"),
    of(read, "autograder/shipped/solution.py")]
'''.replace("{{root!r}}", repr(str(root)))
for tier in {tiers}:
    assert answer(tier, source, root) == "[1, 'here = 1', 'Name: autograder', None, None, None, None]", tier
"""


def test_installed_among_packages(tmp_path: Path) -> None:
    """As a wheel lies in site-packages: what lies beside can be imported, nothing of the grader's can be read."""
    for name in ("__init__.py", "errors.py", "wire", "system", "inside", "sandbox"):
        source, target = ROOT / "autograder" / name, tmp_path / "autograder" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    files = {"autograder/shipped/solution.py": "right", "beside.py": "here = 1"}
    files |= {"autograder-1.dist-info/METADATA": "Name: autograder", "autograder-1.dist-info/RECORD": "checks"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tmp_path.chmod(0o755)
    tiers = [tier for tier in (1, 2) if _works(tier)]
    text = COPY.partition("import autograder.wire\n")[0] + INSTALLED
    run = subprocess.run(
        [sys.executable, "-c", text.format(inside=str(INSIDE), tiers=tiers)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def _works(tier: int) -> bool:
    try:
        start(tier).close()
    except SandboxError:
        return False
    return True


UNPRIVILEGED = """
mkdir -p {hold}; mount --make-rprivate /
mount --bind {base} {hold}; mount -t tmpfs -o mode=755 tmpfs /root; mkdir -p {base}; mount --bind {hold} {base}
exec setpriv --reuid 12345 --regid 12345 --clear-groups --bounding-set=-all --inh-caps=-all {python} -c '{source}'
"""
AS_A_USER = """
import sys
sys.path[:0] = ["{root}", "{tests}"]
from sandboxed import start, Student
for tier in (1, 2):
    sandbox = start(tier)
    assert Student(sandbox).run("import os; result = os.getuid()") == 12345
    print(sandbox.tier.number)
    sandbox.close()
"""


@pytest.mark.skipif(
    os.getuid() != 0 or any(shutil.which(name) is None for name in ("unshare", "setpriv", "mount")),
    reason="needs root, to become a user without rights",
)
def test_a_user_without_rights(tmp_path: Path) -> None:
    """In a mount namespace where Python is readable even if it lies in /root."""
    source = AS_A_USER.format(root=ROOT, tests=INSIDE.parent)
    script = UNPRIVILEGED.format(hold=tmp_path / "hold", base=sys.base_prefix, python=sys.executable, source=source)
    run = subprocess.run(["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True, check=False)
    if "mount" in run.stderr:
        pytest.skip(f"no mounts here: {run.stderr.strip()}")
    assert run.stdout.split() == ["1", "2"], run.stderr


def test_a_student_can_be_spawned_in_the_best_tier() -> None:
    sandbox = start(None)
    assert Student(sandbox).run("result = 1") == 1
    assert sandbox.tier.number == best_tier().number
    sandbox.close()
