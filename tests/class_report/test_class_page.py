"""class.html: what it tells, that nothing in it can run or load, and that it stays small and quick."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.class_report import render
from autograder.class_report.checks import failing
from autograder.class_report.outliers import outliers
from autograder.grades import Class, Grade, HandIn, ItemGrade, Pair, Person
from autograder.records import Item
from tests.class_of_students import ITEMS, WRONG, graded_class, outcome, pairs

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e\x00{{ 7*7 }}\ud800"


class Page(HTMLParser):
    """The elements of a page, their attributes, and the text of each id's element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [a.get("href", "") for a in self.all("a")]


@pytest.fixture(scope="module")
def text() -> str:
    return render(graded_class(), pairs(), pages=("similar/pair 1.html",), base=Path("out"))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


# ---- what it tells ---------------------------------------------------------------------------------------------------
def test_every_student_has_a_row_that_links_to_the_report(page: Page) -> None:
    graded = graded_class()
    for grade in graded.grades:
        assert grade.person.name in page.words
        assert grade.person.email in page.words
    with_folder = [g for g in graded.grades if g.folder]
    assert {f"./{g.folder.name}/report.html" for g in with_folder if g.folder} <= set(page.links())
    assert len([a for a in page.all("tr") if re.fullmatch(r"s\d+", a.get("id", ""))]) == len(graded.grades)


def test_every_link_inside_the_page_leads_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    inside = [link[1:] for link in page.links() if link.startswith("#")]
    assert inside and set(inside) <= set(ids)


def test_the_check_that_fails_alone_is_called_out_first(text: str) -> None:
    properties = failing(graded_class().grades)
    assert [(p.item, p.check) for p in properties if p.is_doubtful] == [WRONG]
    assert (properties[0].item, properties[0].check) == WRONG
    assert "1 check fails for more than a third of otherwise full submissions:" in text
    assert "build_vocab([&#39;a&#39;, &#39;b&#39;], 2)" in text


def test_a_check_that_fails_with_others_is_not_called_out() -> None:
    def grade(n: int) -> Grade:
        status = "failed" if n % 2 else "passed"
        outcomes = tuple(outcome("lab1.a", number, status) for number in range(3))
        return Grade(Person(str(n)), "graded", items=(ItemGrade(ITEMS[0], "graded", 0.0, outcomes=outcomes),))

    properties = failing([grade(n) for n in range(10)])
    assert len(properties) == 3 and not any(p.is_doubtful for p in properties)
    assert [p.hit for p in properties] == [[1, 3, 5, 7, 9]] * 3


def test_remarks_are_no_failures_and_unjudged_spoils_nothing() -> None:
    def grade(n: int) -> Grade:
        outcomes = (
            outcome("lab1.a", 0, "failed"),
            outcome("lab1.a", 1, "unjudged"),
            outcome("lab1.a", 2, "failed", weight=0.0),
        )
        return Grade(Person(str(n)), "graded", items=(ItemGrade(ITEMS[0], "graded", 0.0, outcomes=outcomes),))

    (found,) = failing([grade(n) for n in range(4)])
    assert (found.check, found.full, found.full_failed, found.is_doubtful) == ("check_0", 4, 4, True)


def test_who_waits_is_told_with_what_for(page: Page) -> None:
    waiting = page.words.partition("Nothing could be graded")[2].partition("Outliers")[0]
    for grade in graded_class().grades:
        if grade.pending:
            assert grade.person.name in waiting
    assert "Part h: discussion" in waiting


def test_outliers_in_total_time_and_a_lone_zero() -> None:
    graded = graded_class(60)
    grades = list(graded.grades)
    first = next(n for n, g in enumerate(grades) if g.total is not None and g.total > 30)
    zero = replace(grades[first].items[0], score=0.0)
    grades[first] = replace(grades[first], items=(zero, *grades[first].items[1:]))
    low = next(n for n, g in enumerate(grades) if g.status == "graded" and n != first)
    grades[low] = replace(grades[low], total=0.5)
    found = {(each.place, each.why.partition(",")[0]) for each in outliers(replace(graded, grades=tuple(grades)))}
    assert {(first, "no point in lab1.a"), (low, "0.5 points")} <= found
    assert any(why == "400 s to grade" for _, why in found)


def test_no_outliers_in_a_class_of_equals() -> None:
    one = graded_class(3).grades[0]
    assert outliers(replace(graded_class(3), grades=(replace(one, total=30.0),) * 20)) == []


def test_pairs_are_linked_and_named_as_proposals(page: Page) -> None:
    assert "./similar/pair%201.html" in page.links()
    assert "93 % / 88 %" in page.words and "2024/anna" in page.words and "not of this class" in page.words
    assert "nothing is deducted for it" in page.words


def test_it_says_that_it_is_for_staff(page: Page) -> None:
    assert "For staff only" in page.words and "hidden check" in page.words


# ---- nothing runs, nothing loads -------------------------------------------------------------------------------------
def test_the_policy_lets_one_script_run_and_nothing_load(page: Page, text: str) -> None:
    (policy,) = (m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    script = text.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert len(page.all("script")) == 1 and not page.all("script")[0]


def test_nothing_comes_from_outside(page: Page, text: str) -> None:
    assert not {tag for tag, _ in page.elements} & {"link", "img", "iframe", "object", "embed", "base", "form", "image"}
    addresses = re.findall(r"(?:https?:)?//[\w.-]+", text)
    assert [a for a in addresses if "www.w3.org" not in a] == []
    assert not re.search(r"@import|url\((?!#)", text)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def hostile_class() -> Class:
    person = Person(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    item = Item(HOSTILE, HOSTILE, 4.0, asks=HOSTILE)
    bad = replace(outcome("a", 1, "failed"), item=HOSTILE, sentence=HOSTILE, message=HOSTILE)
    shown = replace(bad, check="b", counterexample=replace(bad.counterexample, call=HOSTILE, got=HOSTILE))  # type: ignore[type-var]
    bad = replace(bad, counterexample=None)
    entry = ItemGrade(item, "graded", 1.0, HOSTILE, HOSTILE, (bad, shown))
    pending = replace(entry, status="pending", score=None)
    hand_in = HandIn(Path("x"), HOSTILE, (person,))
    folder = Path("out") / "javascript:alert(1)" / '"><b>'
    grade = Grade(
        person, "graded", hand_in, folder, (entry, pending), 1.0, 1.0, problem=HOSTILE, seconds={HOSTILE: 1.0}
    )
    return Class(HOSTILE, HOSTILE, 4.0, (item,), (grade, replace(grade, status="refused")))


def test_hostile_texts_stay_texts() -> None:
    text = render(hostile_class(), (Pair(HOSTILE, HOSTILE, 1.0, 1.0, 1),), pages=('"><script>',), base=Path("out"))
    page = Page(text)
    assert len(page.all("script")) == 1 and not page.all("img") and not page.all("b")
    assert not any("\u202e" in part or "\x00" in part or "\ud800" in part for part in (text, page.words))
    assert "{{ 7*7 }}" in page.words
    assert text.encode("utf-8")
    assert not [link for link in page.links() if not link.startswith(("#", "./"))]


def test_no_link_leads_out_of_the_folder() -> None:
    graded = graded_class(12)
    folders = (Path("elsewhere/x"), Path("out/../etc"), Path("/etc"))
    grades = tuple(replace(g, folder=folders[n % 3]) for n, g in enumerate(graded.grades))
    links = Page(render(replace(graded, grades=grades), base=Path("out"))).links()
    assert links and all(link.startswith("#") for link in links)


# ---- always ----------------------------------------------------------------------------------------------------------
def test_the_same_class_gives_the_same_bytes(text: str) -> None:
    assert text == render(graded_class(), pairs(), pages=("similar/pair 1.html",), base=Path("out"))


def test_a_class_of_nobody_and_one_of_nothing() -> None:
    empty = Class("lab", "Lab", 0.0, (), ())
    assert "Nobody has a total yet." in render(empty)
    missing = replace(empty, items=ITEMS, grades=(Grade(Person("1"), "missing"),))
    assert "not handed in" in render(missing)


def test_numbers_that_are_none_or_odd() -> None:
    item = Item("a", "A", 0.0)
    grade = Grade(Person("1"), "graded", items=(ItemGrade(item, "graded", -1.0), ItemGrade(item, "error")), total=None)
    more = replace(grade, total=-3.0, seconds={"total": 0.0})
    assert "–" in render(Class("a", "A", 0.0, (item,), (grade, more)))


def test_a_thousand_students_are_quick_and_small() -> None:
    graded = graded_class(1000)
    render(graded_class(3))  # matplotlib is imported
    started = time.process_time()
    text = render(graded, tuple(Pair(f"student{n}", f"student{n + 1}", 0.9, 0.9, 30) for n in range(500)))
    assert time.process_time() - started < 3
    assert len(text.encode()) < 3_000_000


def test_long_texts_are_cut() -> None:
    graded = graded_class(30)
    long = "x" * 100_000
    grades = tuple(replace(g, person=replace(g.person, name=long, email=long), problem=long) for g in graded.grades)
    assert len(render(replace(graded, title=long, grades=grades)).encode()) < 300_000
