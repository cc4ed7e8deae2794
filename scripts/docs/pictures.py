"""Makes the pictures of the documentation from what the program writes: `make pictures`.

Playwright drives Debian's Chromium; it stands in an environment of its own (docs/requirements.txt), so the hand-ins are
graded by the program's. The class and the notebook are those of scripts/docs/examples.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
PICTURES = ROOT / "docs" / "pictures"


@dataclass(frozen=True)
class Picture:
    """A picture of the top of a page. `page`: in the folder of results; `width`, `height`: of the window in pixels."""

    name: str
    page: str
    width: int
    height: int


ALL = (
    Picture("report.png", "LabRNN/report.html", 1000, 1100),
    Picture("report-phone.png", "LabRNN/report.html", 390, 760),
    Picture("class.png", "class.html", 1180, 900),
)


def grade(folder: Path) -> Path:
    """Grade the example class and notebook; return the folder of results."""
    results = folder / "results"
    for words in (
        ("scripts.docs.examples", folder),
        ("autograder", "grade", folder / "LabRNN.ipynb", "--only", "functions", "--out", results),
        ("autograder", "grade-all", folder / "canvas.zip", "--roster", folder / "roster.csv", "--only", "functions",
         "--out", results),
    ):  # fmt: skip
        subprocess.run([PYTHON, "-m", *map(str, words)], cwd=ROOT, check=True)
    return results


def take(browser: Browser, picture: Picture, results: Path) -> None:
    """Write one picture, twice as fine as the page, in light colours."""
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height}, device_scale_factor=2, color_scheme="light"
    )
    page.goto((results / picture.page).as_uri())
    page.screenshot(path=PICTURES / picture.name)
    page.close()


def main() -> int:
    """Make all of them; 3 where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is missing: apt-get install chromium", file=sys.stderr)
        return 3
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        results = grade(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        for picture in ALL:
            take(browser, picture, results)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
