"""Runs the tests under every supported Python that this machine has, each in an environment of its own from the lock.

`python scripts/test_pythons.py [pytest's words]`: without words all quick tests. Says at the end which Pythons ran, and
which are not here; fails when one failed, or when none was found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
QUICK = ("-m", "not slow and not browser and not cluster", "-n", "2", "--dist", "loadfile")


def find(version: str) -> str | None:
    """A Python of this version, from PATH or pyenv."""
    own = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return shutil.which(f"python{version}") or (str(own[-1]) if own else None)


def main(words: list[str]) -> int:
    told = []
    for version in VERSIONS:
        python = find(version)
        if python is None:
            told.append((version, "not here"))
            continue
        environment = ROOT / "build" / f"python-{version}"
        environment.parent.mkdir(exist_ok=True)
        env = {**os.environ, "PYTHON": python, "OMP_NUM_THREADS": "1"}
        status = 0
        if not (environment / ".ready").exists():
            status = subprocess.run(["sh", "scripts/setup.sh", environment], cwd=ROOT, env=env).returncode
        if status == 0:
            pytest = [environment / "bin" / "python", "-m", "pytest", *(words or QUICK)]
            status = subprocess.run(pytest, cwd=ROOT, env=env).returncode
        told.append((version, "passed" if status == 0 else "FAILED"))
    print("\n".join(f"Python {version}: {what}" for version, what in told))
    ran = [what for _, what in told if what != "not here"]
    return 0 if ran and set(ran) == {"passed"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
