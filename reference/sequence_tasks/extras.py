"""What students download besides notebook and script: the packages to install."""

from __future__ import annotations

REQUIREMENTS = """\
# pip install -r requirements.txt, and then the wheel of public checks that your course gives you:
# pip install autograder_student-*.whl
torch>=2.6
numpy>=1.26
matplotlib>=3.9
jupyterlab>=4
"""


def extras() -> dict[str, str]:
    """Return the files by path: `requirements.txt`."""
    return {"requirements.txt": REQUIREMENTS}
