"""One Chromium for all tests of pages. Without Playwright or Chromium they are skipped, and say what is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = (  # where npm and Debian put it; AXE_CORE names another place
    Path("node_modules/axe-core/axe.min.js"),
    Path("/usr/share/nodejs/axe-core/axe.min.js"),
    Path("/usr/local/lib/node_modules/axe-core/axe.min.js"),
    Path("/usr/lib/node_modules/axe-core/axe.min.js"),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless and without network."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    options = ["--no-sandbox", "--disable-background-networking"] if os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's text, to be run in a page."""
    places = [Path(os.environ["AXE_CORE"])] if "AXE_CORE" in os.environ else [*AXE]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.skip("axe-core is missing: npm install axe-core, or AXE_CORE=.../axe.min.js")
    return found.read_text(encoding="utf-8")
