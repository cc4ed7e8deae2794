"""What reports tell of a whole notebook: every fact in every format, pictures that do no harm, sane sizes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest
import wholes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from autograder.evidence import Epoch, Evidence, Training
from autograder.records import Item, ItemScore, Report
from autograder.reports import (
    accuracy_json,
    evidence_json,
    html,
    junit,
    markdown,
    markdown_text,
    pictures,
    results_json,
    terminal,
    write_all,
)
from autograder.reports import trainings as told
from autograder.reports.short import pending
from autograder.reports.view import MANY, student_view

SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Page(HTMLParser):
    """A page's tags, attributes and text; the text inside pictures apart."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = self.drawn = ""
        self.inside = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.inside = self.inside or tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "svg"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.drawn += data + "\n"
        else:
            self.text += data


@pytest.fixture(scope="module")
def page(full: Report) -> str:
    return html.render(full)


@pytest.fixture(scope="module")
def hostile_page(hostile_whole: Report) -> str:
    return html.render(hostile_whole)


def svgs(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)


def on_terminal(report: Report, width: int = 80) -> str:
    file = io.StringIO()
    terminal.show(report, Console(file=file, width=width, highlight=False))
    return file.getvalue()


def md_text(source: str) -> str:
    """What a reader of the rendered Markdown sees."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    return "\n".join("".join(c.content for c in token.children or []) for token in parsed if token.type == "inline")


# ---- the facts -------------------------------------------------------------------------------------------------------
FACTS = (
    "1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
    "RuntimeError: The size of tensor a (100) must match b (200)",
    ".cuda() did nothing: there is no GPU.",
    "23 observed, 12 claimed",
    "5 in the template.",
    "Part lab2.a counts no runs.",
    "Training 4 claims 98,131 parameters; the formula gives 98,331.",
    "The log of cell 44 ends in the middle of an epoch.",
    "RuntimeError: out of memory",
    "Same in all: LR=0.001, OPTIM=rmsprop, HIDDEN_DIM=100",
    "N_LAYERS=4",
    "178,931",
    "1,869,130",
    "88.1 %",
    "1 min 58 s",
    "It stays at chance level in four attempts.",
    "given up: 0.51 after one epoch",
    "85.9 %",
    "84.0 %",
    "71.0 %",
    "Padding changes what it says.",
    "12 pages, 3,100 words, 14 figures.",
    "All three are linear maps of the same input.",
    "automatic 5 of 10, 42 pending; assisted 30 pending; manual 18 pending",
)


@pytest.mark.parametrize("fact", FACTS)
def test_page_and_markdown_tell_the_same_facts(full: Report, page: str, fact: str) -> None:
    assert fact in Page(page).text
    assert fact in md_text(markdown.render(full))


def test_terminal_tells_it_in_few_lines(full: Report) -> None:
    shown = on_terminal(full, 200)
    for line in (
        "Run: 1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
        "Cell 40 (Deeper) failed: RuntimeError: The size of tensor a (100) must match b (200)",
        "Trainings observed: lab1.f 1, lab1.h 1, lab2.a 3, lab2.b 3, lab2.c 3, lab2.d 2, lab2.e 3, lab2.f 4, lab2.g 3",
        "Accuracy of LSTM: verified 85.9 %. It reaches the bar.",
        "Accuracy of GRU: below 50.1 %. It stays at chance level in four attempts.",
        "cell 44, line 3: 8 epochs; at most 5 are allowed. These runs don't count.",
        "Hint, cell 41, line 2: 5 recurrent layers; the hint says at most 4.",
        "Report: 14 of 20 pages show In [n] prompts.",
        "automatic 5 of 10, 42 pending; assisted 30 pending; manual 18 pending",
    ):
        assert line in shown
    assert len(shown.splitlines()) < 40


def test_a_run_of_functions_only_has_none_of_these(perfect: Report) -> None:
    for text in (html.render(perfect), markdown.render(perfect), on_terminal(perfect)):
        assert not re.search("Trainings|measured by the judge|notebook.s run|The report$", text)
    assert not {"execution", "evidence", "accuracy", "findings"} & set(results_json.as_dict(perfect)["extra_data"])


def test_trainings_are_numbered_observed_first(full: Report) -> None:
    sections = told.sections(student_view(full))
    assert [section.id for section in sections] == ["lab1.f", "lab1.h", *(f"lab2.{letter}" for letter in "abcdefg")]
    assert [section.title for section in sections][:3] == [
        "Training the LSTM with SGD", "Training the GRU with SGD", "Optimizers for the LSTM",
    ]  # fmt: skip
    rows = sorted((row for section in sections for row in section.rows), key=lambda row: row.number)
    assert [row.number for row in rows] == list(range(1, 36))
    assert [row.training.standing for row in rows] == ["observed"] * 23 + ["claimed"] * 12
    assert {row.settings for row in sections[2].rows} == {"OPTIM=adagrad", "OPTIM=rmsprop", "OPTIM=adam"}


def test_parts_unknown_to_the_rubric_come_last(full: Report) -> None:
    runs = tuple(wholes.training(part, "LSTM", {}, 0.8) for part in ("", "lab9.z", "lab2.c"))
    found = told.sections(replace(full, evidence=Evidence(runs)))
    assert [section.id for section in found] == ["lab2.c", "lab9.z", ""]


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0.0 s"), (59.94, "59.9 s"), (100.0, "1 min 40 s"), (7500.0, "2 h 5 min"), (None, "–")]
)
def test_seconds(number: float | None, text: str) -> None:
    assert told.seconds(number) == text


# ---- what is still to be marked --------------------------------------------------------------------------------------
def entries(*ids: str) -> list[ItemScore]:
    """Pending items; an id with a ! in front is graded."""
    return [
        ItemScore(Item(name.lstrip("!"), "", 1.0, "manual"), "graded" if name[0] == "!" else "pending", None)
        for name in ids
    ]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["tf.1", "tf.2", "tf.3"], "tf.1–3"),
        (["tf.1", "!tf.2", "tf.3"], "tf.1; tf.3"),
        (["lab2.a.runs", "lab2.a.answer", "lab2.b.runs", "lab2.b.answer"], "lab2.a–b: runs, answer"),
        (["lab2.a.runs", "!lab2.a.answer", "lab2.b.runs", "lab2.b.answer"], "lab2.a: runs; lab2.b: runs, answer"),
        (["lab1.f.answer", "lab2.a.answer"], "lab1.f: answer; lab2.a: answer"),
        (["gru.init", "gru.step", "texts"], "gru.init; gru.step; texts"),
        (["!a.b"], ""),
    ],
)
def test_pending_items_stand_in_groups(ids: list[str], text: str) -> None:
    assert pending(entries(*ids)) == text


# ---- pictures --------------------------------------------------------------------------------------------------------
def test_every_training_has_its_curves(full: Report, page: str) -> None:
    titles = re.findall(r"^(\d+) · (\w+) · (.*)$", Page(page).drawn, flags=re.MULTILINE)
    assert sorted(int(number) for number, *_ in titles) == list(range(1, 36))
    assert ("1", "LSTM", "test 50.0 %") in titles and ("24", "LSTM", "claims 50.2 %") in titles
    assert ("11", "LSTM", "no test") in titles
    assert page.count("<figure>") == page.count("<svg") == 2 + 9 + 2  # overviews, parts, classes with attempts


def test_curves_are_drawn_where_the_figures_are() -> None:
    """The points of a line, read back from the file through the axes' own limits."""
    epochs = tuple(Epoch(train_loss=a, valid_loss=b) for a, b in ((0.8, 0.6), (0.4, 0.2)))
    row = told.Row(1, Training("observed", 1, "", epochs=epochs), "")
    svg = pictures.learning_curves([row], "x")
    paths = re.findall(r'<path d="M ([\d.]+) ([\d.]+)\nL ([\d.]+) ([\d.]+)\n"[^>]*var\(--orange\)', svg)
    dashed, solid = [tuple(map(float, path)) for path in paths][-2:]
    assert dashed[0] == solid[0] < dashed[2] == solid[2]
    falls = [dashed[3] - dashed[1], solid[3] - solid[1]]  # downwards is positive
    assert falls[0] == pytest.approx(falls[1], rel=1e-3) and falls[0] > 0  # both lose 0.4
    assert solid[1] - dashed[1] == pytest.approx(falls[0] / 2, rel=1e-3)  # 0.2 apart


def test_pictures_are_well_formed_named_and_without_loose_ends(page: str) -> None:
    ids: Counter[str] = Counter()
    for svg in svgs(page):
        root = ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
        assert root.get("role") == "img" and root.get("aria-label")
        own = [element.get("id", "") for element in root.iter() if element.get("id")]
        ids.update(own)
        used = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', svg)
        assert {a or b for a, b in used} <= set(own)
    assert max(ids.values()) == 1


def test_colours_are_the_pages_own_in_every_light(page: str) -> None:
    style = page[page.index("<style>") : page.index("</style>")]
    used = {name for svg in svgs(page) for name in re.findall(r"var\(--(\w+)\)", svg)}
    assert used >= {"ink", "soft", "blue", "orange", "good"}
    for name in used:
        assert len(re.findall(rf"--{name}: #", style)) == 3  # light, dark, print
    assert not any(re.search(r"#[0-9a-f]{6}[;\"]", svg) for svg in svgs(page))


def test_equal_reports_are_equal_to_the_byte(full: Report) -> None:
    small = replace(full, evidence=Evidence(tuple(wholes.training(*run) for run in wholes.RUNS[:3])))
    page = html.render(small)
    assert html.render(small) == page and page.count("<svg") == 6 and "2026-" not in "".join(svgs(page))


def test_nothing_of_matplotlib_stays_changed(full: Report, page: str) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    pictures.learning_curves([told.sections(full)[0].rows[0]], "x")
    assert dict(matplotlib.rcParams) == before


def test_functions_alone_do_not_load_matplotlib(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from autograder.records import Report\n"
        "from autograder.reports import write_all\n"
        "from autograder.rubric import FOLDER, load_rubric\n"
        "from autograder.scoring import score\n"
        "result = score(load_rubric(FOLDER / 'labrnn' / 'rubric.toml'), [])\n"
        "write_all(Report('labrnn', 'x', 'x', 'x', 'x', result, 'none', 4, ''), Path(sys.argv[1]))\n"
        "assert 'matplotlib' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "report.html").exists()


figures = st.none() | st.floats() | st.sampled_from([0.0, 1.0, -1.0, 1e308, 5e-324])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    epochs=st.lists(st.builds(Epoch, figures, figures, figures, figures), max_size=4),
    test=figures,
    size=st.none() | st.integers() | st.just(10**400),
    kind=st.text(max_size=30),
    setting=st.text() | st.floats() | st.none() | st.lists(st.text()),
)
def test_any_figures_can_be_drawn_and_told(
    perfect: Report, epochs: list[Epoch], test: float | None, size: int | None, kind: str, setting: object
) -> None:
    one = Training("observed", 1, "lab2.c", kind, {kind: setting}, size, size, tuple(epochs), test, test, test)
    report = replace(perfect, evidence=Evidence((one, replace(one, standing="claimed", kind="GRU"))), bar=0.84)
    for svg in svgs(html.render(report)):
        ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
    markdown.render(report)
    on_terminal(report)
    jsonschema.validate(json.loads(results_json.render(report)), SCHEMA)
    json.dumps(evidence_json.as_dict(report), allow_nan=False)


# ---- hostile and empty -----------------------------------------------------------------------------------------------
def test_hostile_texts_stay_texts_on_the_page(hostile_page: str) -> None:
    page = Page(hostile_page)
    assert not {"script", "img", "link", "iframe", "form", "foreignobject", "image", "a"} & set(page.tags)
    assert page.tags.count("html") == page.tags.count("body") == 1
    for name, value in page.attributes:
        assert not name.startswith("on") and name != "src"
        assert "href" not in name or (value or "").startswith("#")
    assert "<script>alert(1)</script>" in page.text and "{{ 7*7 }}" in page.text
    assert "<script" in page.drawn and "$\\frac $_{4$" in page.drawn  # as letters, and not as a formula
    assert not FORBIDDEN.search(hostile_page)


def test_hostile_texts_stay_texts_in_markdown(hostile_whole: Report) -> None:
    source = markdown.render(hostile_whole)
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    flat = [part for token in parsed for part in (token, *(token.children or []))]
    assert not {part.type for part in flat} & {"html_inline", "html_block", "link_open", "image"}
    headings = [after.content for token, after in pairwise(parsed) if token.type == "heading_open"]
    assert [h for h in headings if not h.startswith("lab2") and "script" not in h] == [
        markdown_text.escape(hostile_whole.title), "Accuracy, measured by the judge", "The notebook's run", "Trainings",
        "Outside the parts of the rubric", "The report", "About this run",
    ]  # fmt: skip
    assert not FORBIDDEN.search(source)


def test_hostile_reports_fit_the_terminal(hostile_whole: Report, nothing_known: Report, full: Report) -> None:
    for report in (hostile_whole, nothing_known, full):
        shown = on_terminal(report)
        assert max(map(len, shown.splitlines())) <= 80 and len(shown.splitlines()) < 400
        assert not FORBIDDEN.search(shown)


def test_numbers_that_are_none_become_null(hostile_whole: Report) -> None:
    whole = evidence_json.as_dict(hostile_whole)
    training = whole["evidence"]["trainings"][0]
    assert training["test_loss"] is None and training["seconds"] is None
    assert training["num_params"] is None and training["vocab_size"] is None
    assert training["settings"]["LR"] is None and training["settings"]["N_LAYERS"] is None
    assert training["epochs"][0] == dict.fromkeys(("train_loss", "train_acc", "valid_loss", "valid_acc"))
    verdict = next(iter(accuracy_json.as_dict(hostile_whole).values()))
    assert verdict["test_accuracy"] is None and verdict["attempts"][0]["curve"][1]["valid_acc"] is None
    json.dumps([whole, verdict], allow_nan=False)


def test_a_flood_stays_within_bounds(make: Any, perfect: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, drawn = pictures.ALL_PANELS, 40  # fewer, since each takes its time; their size is reckoned
    monkeypatch.setattr(pictures, "ALL_PANELS", drawn)
    flood = wholes.hostile(make(perfect.score), "<b>&$x" * 20_000, 5_000)
    page = html.render(flood)
    curves = sum(len(svg) for svg in svgs(page) if "Learning curves" in svg)
    assert len(page) + curves / drawn * (allowed - drawn) < 4_000_000
    assert f"{5_000 - MANY:,}".replace(",", "") + " more trainings were found" in page
    assert "more trainings are not shown" in page and "more are not drawn" in page
    assert len(re.findall(r"^\d+ · .* · ", Page(page).drawn, flags=re.MULTILINE)) == drawn
    results = results_json.render(flood)
    assert len(results) < 4_000_000
    jsonschema.validate(json.loads(results), SCHEMA)
    assert len(markdown.render(flood)) < 4_000_000


def test_forty_eight_trainings_of_a_part_get_a_panel_each(full: Report) -> None:
    many = tuple(wholes.training("lab2.f", "LSTM", {"HIDDEN_DIM": n}, 0.87) for n in range(10, 58))
    [svg] = [s for s in svgs(html.render(replace(full, accuracy=(), evidence=Evidence(many)))) if "Learning" in s]
    assert len(re.findall(r">\d+ · LSTM · test 87.0 %<", svg)) == 48
    assert {f"hidden {n}" for n in range(10, 58)} == set(re.findall(r">(hidden \d+)<", svg))


def test_what_is_not_known_is_a_dash(nothing_known: Report) -> None:
    page = Page(html.render(nothing_known))
    assert "None" not in page.text + page.drawn + markdown.render(nothing_known) + on_terminal(nothing_known)
    assert "It can't be opened." in page.text and "not complete" in page.text
    junit.render(nothing_known)


# ---- files -----------------------------------------------------------------------------------------------------------
def test_results_json_keeps_its_schema(full: Report, nothing_known: Report, hostile_whole: Report) -> None:
    for report in (full, nothing_known, hostile_whole):
        content = json.loads(results_json.render(report))
        jsonschema.validate(content, SCHEMA)
    extra = json.loads(results_json.render(full))["extra_data"]
    assert extra["execution"]["cells"] == {"ran": 1, "failed": 1, "timed out": 1, "not run": 1}
    assert extra["evidence"]["counts"] == {"observed": 23, "claimed": 12}
    assert extra["evidence"]["trainings"][3]["num_params"] == 98_131
    assert [entry["verdict"] for entry in extra["accuracy"].values()] == ["verified", "below", "structure"]
    assert extra["findings"]["answers"][0]["said"] == "true"
    assert [part["marking"] for part in extra["parts"]] == ["automatic", "assisted", "manual"]


def test_the_schema_refuses_other_figures(full: Report) -> None:
    content = json.loads(results_json.render(full))
    content["extra_data"]["accuracy"]["LSTM"]["test_accuracy"] = "0.859"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA)


def test_evidence_and_accuracy_have_files_of_their_own(tmp_path: Path, full: Report, perfect: Report) -> None:
    write_all(full, tmp_path)
    evidence = json.loads((tmp_path / "evidence.json").read_text(encoding="utf-8"))
    accuracy = json.loads((tmp_path / "accuracy.json").read_text(encoding="utf-8"))
    assert len(evidence["evidence"]["trainings"]) == 35 and evidence["bar"] == 0.84
    assert evidence["evidence"]["trainings"][3]["epochs"][4]["valid_acc"] == pytest.approx(0.87, abs=0.02)
    assert [cell["status"] for cell in evidence["execution"]["cells"]] == ["ran", "failed", "timed out", "not run"]
    assert "downloading" not in json.dumps(evidence)  # what cells print is in the executed notebook
    lstm = accuracy["LSTM"]
    assert list(accuracy) == ["LSTM", "GRU", "BiLSTM"]
    assert (lstm["test_accuracy"], lstm["threshold"], lstm["verdict"]) == (0.859, 0.84, "verified")
    assert len(lstm["attempts"][0]["curve"]) == 12 and lstm["shuffled"] == 0.71
    write_all(perfect, tmp_path)  # the same folder, without these steps
    assert not (tmp_path / "evidence.json").exists() and not (tmp_path / "accuracy.json").exists()


def test_students_read_no_proposals_about_their_report(tmp_path: Path, full: Report) -> None:
    """Their reasons tell the key, and signs of a broken rule are no verdict."""
    assert full.findings is not None
    told = [answer.why for answer in full.findings.answers if answer.why]
    told += [*full.findings.printed, *full.findings.broken_rules]
    assert len(told) > 3
    write_all(full, tmp_path)
    for name in ("report.html", "report.md", "results.json", "evidence.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not [sentence for sentence in told if sentence in text], name


def test_nan_and_infinity_never_reach_a_file(tmp_path: Path, full: Report) -> None:
    assert full.evidence and full.execution
    odd = replace(full.evidence.trainings[0], test_acc=nan, seconds=inf)
    write_all(replace(full, evidence=Evidence((odd,)), execution=replace(full.execution, seconds=nan)), tmp_path)
    for name in ("evidence.json", "accuracy.json", "results.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        json.loads(text, parse_constant=pytest.fail)
