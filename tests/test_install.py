"""What setting up shows while pip is at work; a stand-in says what pip says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "install.py"
LOCK = "# A lock.\n# Sizes: 2 MB to download.\nalpha==1.0\nBeta_b==2.0 ; sys_platform == 'linux'\n"
PIP = """#!/bin/sh
case "$*" in *" pip=="*) echo "Requirement already satisfied: pip==26 in here"; exit 0;; esac
echo "Collecting alpha==1.0 (from -r lock (line 2))"
echo "  Downloading alpha-1.0-py3-none-any.whl (1.5 MB)"
echo "Progress 500000 of 1500000"
echo "Progress 1500000 of 1500000"
echo "Collecting beta-b==2.0 (from -r lock (line 3))"
{end}
"""
GOOD = """echo "Installing collected packages: alpha, beta-b"
mkdir {packages}/alpha-1.0.dist-info; : > {packages}/alpha-1.0.dist-info/RECORD
echo "Successfully installed alpha-1.0 beta-b-2.0" """
BAD = 'echo "ERROR: No matching distribution found for beta-b==2.0"; exit 1'


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["install_script"] = module
    spec.loader.exec_module(module)
    return module


def run(folder: Path, end: str) -> subprocess.CompletedProcess[str]:
    packages = folder / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    python = folder / "venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text(PIP.format(end=end.format(packages=packages)))
    python.chmod(0o755)
    (folder / "lock").write_text(LOCK)
    words = [sys.executable, SCRIPT, folder / "venv", folder / "lock"]
    return subprocess.run(words, capture_output=True, text=True)


def test_it_says_what_is_to_come_and_does_not_flood(tmp_path: Path) -> None:
    ended = run(tmp_path, GOOD)
    assert ended.returncode == 0 and not ended.stderr
    first, *_, last = ended.stdout.splitlines()
    assert first == f"To come: 2 packages into {tmp_path / 'venv'}; 2 MB to download."
    assert last.startswith("2 packages are installed, after ") and len(ended.stdout.splitlines()) < 5
    log = (tmp_path / "venv" / "pip.log").read_text()
    assert "Successfully installed" in log and "Progress" not in log


def test_a_failure_shows_pips_last_words(tmp_path: Path) -> None:
    ended = run(tmp_path, BAD)
    assert ended.returncode == 3 and "No matching distribution found for beta-b==2.0" in ended.stderr
    assert "pip.log" in ended.stderr and "are installed" not in ended.stdout


def test_how_far_it_is(install: ModuleType) -> None:
    progress = install.Progress(total=len(install.names(LOCK)))
    progress.hear("Collecting alpha==1.0 (from -r lock (line 2))")
    progress.hear("  Downloading https://files.example/alpha-1.0-py3-none-any.whl (1.5 MB)")
    progress.hear("Progress 500000 of 1500000")
    assert progress.text() == "[############............] found 1 of 2, 0 MB downloaded; alpha 0 MB of 2 MB"
    progress.hear("Progress 1500000 of 1500000")
    progress.hear("Collecting Beta.b==2.0")
    progress.hear("  Downloading beta_b-2.0-py3-none-any.whl (9.0 MB)")
    progress.hear("Progress 9000000 of 9000000")
    assert progress.text() == "[########################] found 2 of 2, 10 MB downloaded; beta_b 9 MB of 9 MB"
    progress.hear("Installing collected packages: alpha, beta-b, gamma")
    progress.unpacked = 1
    assert progress.text() == "[########................] unpacked 1 of 3"


def test_the_lock_says_its_sizes(install: ModuleType) -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert "GB to download" in install.sizes(text) and len(install.names(text)) > 50
    assert install.PIP.startswith("pip==")
