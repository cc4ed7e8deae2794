"""report.html as its reader meets it: what to mend first, names that can be linked to, calls that can be tried."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from reading import html_of

from autograder.class_report import render as render_class
from autograder.reports.mend import to_mend, waiting
from autograder.reports.snippets import snippet
from autograder.reports.view import content_of
from autograder.scoring import score
from tests.class_of_students import graded_class
from tests.reports_of_all_kinds import KINDS, RUBRIC, faults, null, outcome, reference, refused, report, smoke


class Outline(HTMLParser):
    """Of a page the tags, ids, fragments that it links to, and its text without style sheet and pictures; `folded`: the
    text inside details."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags, self.ids, self.links = Counter[str](), list[str](), list[str]()
        self.text = self.folded = ""
        self.inside: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self.tags[tag] += 1
        self.ids += [own["id"] or ""] if "id" in own and "svg" not in self.inside else []
        self.links += [unquote((own["href"] or "")[1:])] if tag == "a" else []
        if tag in ("details", "style", "svg"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside[-1:] == [tag]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self.inside or "svg" in self.inside:
            return
        if "details" in self.inside:
            self.folded += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: html_of(make()) for name, make in KINDS.items() if name != "whole"}  # its pictures take long


# ---- the way through the page ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("refused", "whole")])
def test_every_item_has_one_anchor_and_every_link_an_end(pages: dict[str, str], name: str) -> None:
    outline = Outline(pages[name])
    assert max(Counter(outline.ids).values()) == 1
    assert {item.id for item in RUBRIC.items} <= set(outline.ids)
    assert outline.links and set(outline.links) <= set(outline.ids)


def test_every_page_has_its_landmarks(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        outline = Outline(page)
        assert [outline.tags[tag] for tag in ("main", "nav", "footer", "h1", "script")] == [1, 1, 1, 1, 0], name
        assert page.startswith("<!doctype html>") and "default-src 'none'; style-src 'unsafe-inline'" in page


def test_an_items_id_of_any_kind_can_be_linked_to() -> None:
    odd, made = 'a b&"%#<', report(score(RUBRIC, [outcome("lab1.a")]))
    items = tuple(
        replace(entry, item=replace(entry.item, id=odd)) if entry.item.id == "lab1.a" else entry
        for entry in made.score.items
    )
    outline = Outline(html_of(replace(made, score=replace(made.score, items=items))))
    assert odd in outline.ids and outline.links.count(odd) == 2  # at the top and in the table


# ---- what to mend ----------------------------------------------------------------------------------------------------
def test_what_costs_most_comes_first_and_one_error_is_one_thing() -> None:
    mends = to_mend(content_of(faults()).told)
    assert [[told.entry.item.id for told in mend.items] for mend in mends] == [
        ["lab1.g.init", "lab1.g.forward"], ["lab1.c"], ["lab1.b"], ["lab1.e.forward"], ["lab1.d"],
    ]  # fmt: skip
    assert [mend.lost for mend in mends] == [10, 2.5, 1.25, 1.25, 0.5]
    assert mends[0].why == "Raised NotImplementedError: LSTM (In [9] under “Part e”, line 28)"
    assert mends[3].why == "What lab1.e.forward gives back is right, whatever comes in."


def test_the_graders_own_failure_is_nothing_to_mend(pages: dict[str, str]) -> None:
    assert [[told.entry.item.id for told in mend.items] for mend in to_mend(content_of(null()))] == [["lab1.c"]]
    outline = Outline(pages["null"])
    assert "No total: the grader itself failed." in outline.text and "Nothing is asked of you" in outline.text
    assert "Traceback" in outline.folded and "Traceback" not in outline.text


def test_the_top_says_how_it_stands(pages: dict[str, str]) -> None:
    told = " ".join(Outline(pages["faults"]).text.split())
    assert "24.5 of 40 points so far 24.5 earned 15.5 lost60 not graded yetbonus: 15 not graded yet" in told
    assert told.index("What to mend first −10points") < told.index("lab1.a load_imdb")
    assert "Nothing to mend: all that is graded so far has full points." in Outline(pages["reference"]).text
    assert "Nothing to mend" not in told + Outline(html_of(refused())).text


def test_what_waits_is_told_beside_what_is_graded() -> None:
    groups = waiting(content_of(reference()))
    assert [(group.why, group.ids, group.points, group.bonus) for group in groups] == [
        ("A person marks this.", "tf.1–10; lab1.f: answer; lab1.h: answer; lab2.a–g: answer", 48, 10)
    ]
    text = Outline(html_of(reference())).text
    assert "Not graded yet: 48 points and 10 bonus points" in text


# ---- calls to try ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("tokenize({'a': 2}, 'a b')", "tokenize({'a': 2}, 'a b')"),
        ("x = IMDB([])\nx[0]", "x = IMDB([])\nx[0]"),
        ("x = F()\nx(1)\n# … 2 more calls\nx(2)", "x = F()\nprint(x(1))\n# … 2 more calls\nprint(x(2))"),
        ("f(1)\nf([2])  # shortened: a list of 9", "print(f(1))\nprint(f([2]))  # shortened: a list of 9"),
        ("f(torch.zeros(2))", "import torch\nf(torch.zeros(2))"),
        (
            "f(pd.Series([1]), np.array([1]))",
            "import numpy as np\nimport pandas as pd\nf(pd.Series([1]), np.array([1]))",
        ),
        ("f('torch.x', my.np.x)", "f('torch.x', my.np.x)"),
    ],
)
def test_a_call_can_be_pasted_and_shows_all_its_values(call: str, told: str) -> None:
    assert snippet(call) == told
    ast.parse(told)


def test_every_public_failure_with_a_call_can_be_tried(pages: dict[str, str]) -> None:
    page = pages["faults"]
    assert page.count("<b>Try it</b>") == 5  # without that of the hidden check
    assert "import torch\nlstm = LSTM(13, 3, 5)\nprint(lstm(" in page and "the grader sets the weights" in page
    assert "What it tried stays hidden" in page


# ---- a smoke run -----------------------------------------------------------------------------------------------------
def test_a_smoke_runs_trainings_are_one_line_until_opened(pages: dict[str, str]) -> None:
    outline, words = Outline(pages["smoke"]), "HIDDEN_DIM=15"
    assert "14 in the grader's run" in outline.text and words in outline.folded and words not in outline.text
    made = smoke()
    assert made.execution and made.evidence
    few = replace(made.evidence, trainings=made.evidence.trainings[:2])
    assert "HIDDEN_DIM=11" in Outline(html_of(replace(made, execution=None, evidence=few))).text


def test_figures_are_explained(pages: dict[str, str]) -> None:
    text = Outline(pages["smoke"]).text
    assert "With words shuffled" in text and "in random order: what it knows from single words alone." in text


def test_readers_meet_no_word_of_ours(pages: dict[str, str]) -> None:
    """What an item is judged on, who judges, and how the program counts cells are for those who build it."""
    for name, page in pages.items():
        text = Outline(page).text
        assert not re.search(r"\b([Jj]udge|[Cc]ell \d|substitute|reference’s|came back|standing)\b", text), name


# ---- looks -----------------------------------------------------------------------------------------------------------
def style(page: str) -> str:
    return page[page.index("<style>") : page.index("</style>")]


def test_both_pages_have_one_style_sheet(pages: dict[str, str]) -> None:
    shared = style(pages["faults"]).partition("@media print")[0]
    assert len(shared) > 2_000 and shared in style(render_class(graded_class(3)))


@pytest.mark.parametrize("scheme", [0, 1])
def test_links_and_signs_stand_out(pages: dict[str, str], scheme: int) -> None:
    """4.5:1 for text, 3:1 for lines that mean something, on the page and on its cards."""
    sheet = style(pages["faults"])

    def light(name: str) -> float:
        digits = re.findall(rf"--{name}: #([0-9a-f]+)", sheet)[scheme]
        digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
        parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for behind in ("paper", "card"):
        for names, least in ((("ink", "soft", "blue", "bad", "good", "fault"), 4.5), (("edge", "wait"), 2.9)):
            for name in names:
                one, two = sorted((light(name), light(behind)))
                assert (two + 0.05) / (one + 0.05) >= least, (name, behind)
