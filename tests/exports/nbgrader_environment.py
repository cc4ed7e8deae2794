"""Make the environment in which nbgrader's own exporter is run: `python tests/exports/nbgrader_environment.py`.

nbgrader needs JupyterLab and other things that the project doesn't, so it has an environment of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".venv-nbgrader"
PYTHON = FOLDER / "bin" / "python"
VERSION = "0.9.6"

if __name__ == "__main__":
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", f"nbgrader=={VERSION}"], check=True)
