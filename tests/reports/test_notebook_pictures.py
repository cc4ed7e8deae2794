"""The pictures of a page: they are there, do no harm, and cost nothing where none is drawn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import full_reports
import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import Page, html_of, markdown_of, on_terminal, results_of, svgs

from autograder.evidence import Epoch, Evidence, Training
from autograder.records import Report
from autograder.reports import (
    evidence_json,
    pictures,
    results_json,
)
from autograder.reports import trainings as told
from autograder.reports.view import content_of

SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))


def test_every_training_has_its_curves(full: Report, page: str) -> None:
    titles = re.findall(r"^(\d+) · (\w+) · (.*)$", Page(page).drawn, flags=re.MULTILINE)
    assert sorted(int(number) for number, *_ in titles) == list(range(1, 36))
    assert ("1", "LSTM", "test 50.0 %") in titles and ("24", "LSTM", "claims 50.2 %") in titles
    assert ("11", "LSTM", "no test") in titles
    assert (
        page.count('<figure class="picture') == page.count("<svg") == 2 + 9 + 2
    )  # overviews, parts, classes with attempts


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
    small = replace(full, evidence=Evidence(tuple(full_reports.training(*run) for run in full_reports.RUNS[:3])))
    page = html_of(small)
    assert html_of(small) == page and page.count("<svg") == 6 and "2026-" not in "".join(svgs(page))


def test_a_legend_fits_below_its_curves(full: Report) -> None:
    ended = "validation reached 0.960 after 12.5 epochs of the five"
    verdict = replace(full.accuracy[0], attempts=(replace(full.accuracy[0].attempts[0], ended=ended),) * 8)
    svg = pictures.attempts(verdict, "x")
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    legend = [text for text in words if " · " in text]
    assert len(legend) == 8 and all(ended[:40] in text for text in legend)
    assert max(map(len, legend)) <= 70  # a letter takes 0.06 of the 4.3 inches there
    height = float(re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)"', svg)[0])
    places = {text: float(y) for y, text in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>([^<]*)<', svg)}
    told = [y for text, y in places.items() if " · " in text]
    assert places["epochs trained"] + 5 < min(told) and max(places.values()) <= height


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
        "from autograder.folder import BUILT_IN\n"
        "from autograder.rubric import load_rubric\n"
        "from autograder.scoring import score\n"
        "result = score(load_rubric(BUILT_IN / 'labrnn' / 'rubric.toml'), [])\n"
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
    for svg in svgs(html_of(report)):
        ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
    markdown_of(report)
    on_terminal(report)
    jsonschema.validate(json.loads(results_of(report)), SCHEMA)
    json.dumps(evidence_json.as_dict(content_of(report)), allow_nan=False)
