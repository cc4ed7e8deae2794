"""class.html and a pair's page as a person meets them: looked at, operated by keyboard, read by a screen reader.

Screenshots go to the folder that SCREENSHOTS names, else to pytest's own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.class_report import render, render_pair
from autograder.grades import ScriptLine
from tests.browser.opening import SCHEMES, WIDTHS, opened, serious
from tests.class_of_students import graded_class, pairs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """class.html and a pair's page, as they lie beside each other."""
    made = tmp_path_factory.mktemp("class")
    (made / "class.html").write_text(render(graded_class(60), pairs(), pages=("pair.html",), base=Path("out")))
    script = [ScriptLine(n, 1 + n // 9, f"x{n} = self.layer({n})", n % 7 != 0) for n in range(1, 60)]
    (made / "pair.html").write_text(render_pair(pairs()[0], script, script, title="Lab 1", back="class.html"))
    return made


@pytest.mark.parametrize("name", ["class.html", "pair.html"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_axe_finds_nothing_serious(
    chromium: Browser, axe: str, folder: Path, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    # axe is put into the page, which its policy would not let in
    with opened(chromium, folder / name, width, color_scheme=scheme, bypass_csp=True) as page:
        shots = Path(os.environ.get("SCREENSHOTS", tmp_path))
        page.screenshot(path=shots / f"{Path(name).stem}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page, axe) == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_table_is_searched_and_filtered_from_the_keyboard(chromium: Browser, folder: Path) -> None:
    graded = graded_class(60)
    with opened(chromium, folder / "class.html") as page:
        page.locator("nav a").last.focus()
        press(page, "Tab")  # the search field is next
        page.keyboard.type("garcía ольга")
        fitting = [g for g in graded.grades if g.person.name.startswith("García, Ольга")]
        rows = page.locator("#students tbody tr:visible")
        assert rows.count() == len(fitting) > 0
        assert page.locator("#count").inner_text() == f"{len(fitting)} of 60 students"
        press(page, "Control+A", "Delete", "Tab")
        page.keyboard.type("refused")  # a closed list takes letters
        assert rows.count() == sum(g.status == "refused" for g in graded.grades)
        press(page, "Tab", "Tab", "Tab", "Enter")  # section, failed check, "Show all"
        assert rows.count() == 60


def test_the_table_is_sorted_from_the_keyboard(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "class.html") as page:
        head = page.locator("th[data-sort=total]")
        head.locator("button").focus()
        totals = page.locator("#students tbody td.num[data-key]:nth-of-type(3)")
        for order in ("ascending", "descending"):
            press(page, "Enter")
            assert head.get_attribute("aria-sort") == order
            told = [text.partition("\n")[0] for text in totals.all_inner_texts()]
            numbers = [float(text) for text in told if text != "–"]
            assert numbers == sorted(numbers, reverse=order == "descending") and len(numbers) > 30
            assert told == [*told[: len(numbers)], *["–"] * (60 - len(numbers))]  # nothing stands last


def test_a_property_shows_its_students_and_links_find_hidden_rows(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "class.html") as page:
        first = page.locator("#properties ~ article").first
        first.locator("summary").focus()
        press(page, "Enter")
        count = int(first.locator("summary").inner_text().split()[0])
        first.locator("a[data-show]").focus()
        press(page, "Enter")
        rows = page.locator("#students tbody tr:visible")
        assert rows.count() == count < 60
        other = page.locator("#waiting ~ dl a").first
        target = other.get_attribute("href")
        page.locator("#search").fill("nobody at all")
        assert rows.count() == 0
        other.focus()
        press(page, "Enter")
        assert page.locator(f"{target}").is_visible()


def test_without_javascript_everything_is_there(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "class.html", java_script_enabled=False) as page:
        assert page.locator("#students tbody tr:visible").count() == 60
        assert not page.locator("#controls").is_visible()


def test_print_shows_all_rows_and_no_controls(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    with opened(chromium, folder / "class.html") as page:
        page.emulate_media(media="print")
        assert not page.locator("#controls").is_visible()
        box = page.locator(".box").evaluate("box => box.scrollHeight - box.clientHeight")
        assert box == 0
        assert page.pdf(path=tmp_path / "class.pdf").startswith(b"%PDF")


def test_names_that_look_like_markup_do_nothing(chromium: Browser, tmp_path: Path) -> None:
    bad = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
    graded = graded_class(12)
    grades = tuple(replace(g, person=replace(g.person, name=bad, section=bad)) for g in graded.grades)
    path = tmp_path / "class.html"
    path.write_text(render(replace(graded, title=bad, grades=grades)))
    with opened(chromium, path) as page:
        assert page.title().startswith("<img")
        page.locator("#section").select_option(index=1)
        assert page.locator("#students tbody tr:visible").count() == 12


def test_a_link_between_sides_leads_to_the_passage(chromium: Browser, folder: Path) -> None:
    with opened(chromium, folder / "pair.html") as page:
        page.locator("#a1 a").focus()
        press(page, "Enter")
        assert page.url.endswith("#b1") and page.locator("#b1").is_visible()
        page.get_by_text("Back to the class").click()
        assert page.url.endswith("class.html")
