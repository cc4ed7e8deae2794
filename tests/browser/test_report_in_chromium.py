"""report.html as a student meets it: on a phone and a large screen, by day and by night, and on paper.

Screenshots go to the folder that SCREENSHOTS names, else to pytest's own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from autograder.reports import html
from autograder.reports.view import content_of
from tests.browser.opening import SCHEMES, WIDTHS, opened, serious
from tests.reports_of_all_kinds import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PAPER = 680  # CSS pixels: what A4 leaves between margins of 15 mm
# Elements whose content is wider than they are, where nobody can scroll to it; and all that stands beyond the page.
CUT = """() => [...document.body.querySelectorAll("*")].filter(e => e.checkVisibility() && !e.closest("svg, .unseen"))
  .filter(e => (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).display != "inline"
      && !(e.matches(".wide[tabindex]") && !matchMedia("print").matches))
    || (e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".wide")))
  .map(e => e.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reports")
    for name, make in KINDS.items():
        (made / f"{name}.html").write_text(html.render(content_of(make())), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_axe_finds_nothing_serious(
    chromium: Browser, axe: str, folder: Path, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    # axe is put into the page, which its policy would not let in
    with opened(chromium, folder / f"{name}.html", width, color_scheme=scheme, bypass_csp=True) as page:
        shots = Path(os.environ.get("SCREENSHOTS", tmp_path))
        page.screenshot(path=shots / f"report-{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        assert serious(page, axe) == []


@pytest.mark.parametrize("name", KINDS)
def test_on_paper_nothing_is_cut_off(chromium: Browser, folder: Path, tmp_path: Path, name: str) -> None:
    with opened(chromium, folder / f"{name}.html", PAPER) as page:
        page.emulate_media(media="print")
        assert page.evaluate(CUT) == []
        assert not page.locator("nav").is_visible()
        shots = Path(os.environ.get("SCREENSHOTS", tmp_path))
        margin = dict.fromkeys(("top", "right", "bottom", "left"), "15mm")
        page.pdf(path=shots / f"report-{name}.pdf", format="A4", margin=margin)
    pages = PdfReader(shots / f"report-{name}.pdf").pages
    assert name == "enormous" or "About this run" in "".join(page.extract_text() for page in pages[-2:])


def test_a_smoke_run_is_a_line_on_paper(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    with opened(chromium, folder / "smoke.html", PAPER) as page:
        page.pdf(path=tmp_path / "smoke.pdf", format="A4")
    pages = PdfReader(tmp_path / "smoke.pdf").pages
    text = "".join(page.extract_text() for page in pages)
    assert len(pages) <= 6 and "every training of this smoke run" in text.lower() and "HIDDEN_DIM=15" not in text


def test_links_at_the_top_lead_to_the_item(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "faults.html", 390, reduced_motion="reduce") as page:
        link = page.locator(".mends a").first
        name = link.inner_text()
        link.focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#lab1.g.init") and name == "GRU: layers"
        target = page.locator("article:target")
        assert target.locator("h3").inner_text().endswith(name)
        assert 0 <= target.evaluate("article => article.getBoundingClientRect().top") < 40
        target.get_by_text("Back to all items").click()
        assert page.url.endswith("#section-items")


def test_an_items_address_can_be_sent_to_somebody(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    """Also that of an item that is folded away."""
    with opened(chromium, folder / "faults.html", 390) as page:
        for item in ("lab1.b", "lab1.a", "tf.3"):
            page.goto(f"{(folder / 'faults.html').as_uri()}#{item}")
            page.locator(f"[id='{item}']").wait_for(state="visible")


def test_a_click_selects_the_whole_call(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "faults.html", 390) as page:
        page.locator("article[id='lab1.e.forward'] .try pre").click()
        assert page.evaluate("getSelection().toString()").splitlines() == [
            "import torch",
            "lstm = LSTM(13, 3, 5)",
            "print(lstm(torch.tensor([[6, 7], [11, 0]])))",
            "print(lstm(torch.tensor([[6, 7]])))",
        ]


def test_it_is_whole_without_scripts_and_network(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "whole.html", java_script_enabled=False, offline=True) as page:
        assert page.locator("article").count() >= 8 and page.locator("figure svg").count() >= 13


def test_texts_that_look_like_markup_do_nothing(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "enormous.html") as page:  # a script or a picture would be an error on the console
        assert page.evaluate("document.scripts.length + document.images.length") == 0
