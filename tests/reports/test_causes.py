"""Of several failures the cause comes first and its consequences are folded; remarks, doubts and the course's rubric
are told alike in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from reading import Page, html_of, junit_of, markdown_of, md_text, on_terminal, results_of

from autograder.folder import BUILT_IN
from autograder.records import Cell, CellReport, Counterexample, Outcome, Problem, Report, Submission
from autograder.reports.cells import cell_names
from autograder.reports.failures import failures, remarks_of
from autograder.reports.harmless import named
from autograder.reports.view import content_of
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
Make = Callable[..., Report]


def outcome(check: str, status: str = "failed", message: str = "", item: str = "lab1.c", **rest: Any) -> Outcome:
    facts: dict[str, Any] = {
        "weight": 1.0,
        "required": False,
        "visibility": "public",
        "sentence": f"{check} holds.",
        **rest,
    }
    return Outcome(item, check, status=status, message=message, **facts)  # type: ignore[arg-type]


def told(outcomes: list[Outcome]) -> list[tuple[str, list[str]]]:
    """What is told of lab1.c: first checks, each with those folded under it."""
    [entry] = [entry for entry in score(RUBRIC, outcomes).items if entry.item.id == "lab1.c"]
    return [(f.outcome.check, [other.check for other in f.same]) for f in failures(entry)]


def readers(report: Report) -> dict[str, str]:
    """What the readers of every format for people see."""
    texts = {
        "page": Page(html_of(report)).text,
        "markdown": md_text(markdown_of(report)) + markdown_of(report),
        "terminal": on_terminal(report, 300),
    }
    return {name: " ".join(text.split()) for name, text in texts.items()}


# ---- order and folding -----------------------------------------------------------------------------------------------
KINDS = ["load", "missing", "time-out", "raised", "type", ""]


@pytest.mark.parametrize("first", range(len(KINDS)))
def test_what_names_the_cause_comes_first(first: int) -> None:
    rest = KINDS[first:]
    outcomes = [outcome(f"c{n}", message=f"m{n}", cause=kind) for n, kind in reversed(list(enumerate(rest)))]
    assert [check for check, _ in told(outcomes)] == [f"c{n}" for n in range(len(rest))]


def test_wrong_values_stay_in_the_suites_order() -> None:
    assert [check for check, _ in told([outcome(name, message=name) for name in "bca"])] == ["b", "c", "a"]


def test_ten_times_the_same_exception_is_one_line(make: Make) -> None:
    example = Counterexample("f(1)", "raised", "")
    many = [
        outcome(f"c{n}", message=f"raised KeyError: {n}", cause="raised", origin="KeyError in cell 3, line 2",
                counterexample=example) for n in range(10)
    ]  # fmt: skip
    other = outcome("other", message="raised KeyError: 1", cause="raised", origin="KeyError in cell 9, line 1")
    assert told([*many, other]) == [("c0", [f"c{n}" for n in range(1, 10)]), ("other", [])]
    for name, text in readers(make(score(RUBRIC, many))).items():
        assert "he same happened in 9 more checks" in text, name


def test_all_time_outs_of_an_item_are_one_also_hidden_ones(make: Make) -> None:
    outcomes = [
        outcome("value", message="a wrong word", cause=""),
        outcome("slow", message="no answer within 10 seconds", cause="time-out"),
        outcome("again", message="tokenize was not called again", cause="time-out"),
        outcome("secret", message="hidden words", cause="time-out", visibility="hidden"),
    ]
    assert told(outcomes) == [("slow", ["again", "secret"]), ("value", [])]
    for text in readers(make(score(RUBRIC, outcomes[:1] + outcomes[3:]))).values():
        assert "It did not finish in time." in text and "hidden words" not in text


def test_hidden_checks_tell_no_place_and_no_exception() -> None:
    secret = outcome("secret", message="raised E: 77", cause="raised", origin="E in cell 7", visibility="hidden")
    veiled = content_of(Report("", "", "", "", "", score(RUBRIC, [secret]), "", 1, "")).report.score
    [seen] = [o for entry in veiled.items for o in entry.outcomes]
    assert (seen.message, seen.origin, seen.counterexample) == ("", "", None) and seen.cause == "raised"


def test_hidden_checks_that_fail_as_public_ones_do_are_folded_under_them(make: Make) -> None:
    place = "KeyError in cell 3, line 2"
    outcomes = [
        outcome("words", message="raised KeyError: 1", cause="raised", origin=place),
        outcome("secret", message="raised KeyError: 4711", cause="raised", origin=place, visibility="hidden"),
        outcome("shape", message="must be [2, 2]"),
        outcome("other", message="must be [2, 2]", visibility="hidden"),
        outcome("alone", message="must be 4711", visibility="hidden"),
    ]
    report = make(score(RUBRIC, outcomes))
    [entry] = [entry for entry in content_of(report).report.score.items if entry.item.id == "lab1.c"]
    assert [(f.outcome.check, [o.check for o in f.same]) for f in failures(entry)] == [
        ("words", ["secret"]), ("shape", ["other"]), ("alone", []),
    ]  # fmt: skip
    for text in [*readers(report).values(), results_of(report)]:
        assert "4711" not in text


# ---- remarks ---------------------------------------------------------------------------------------------------------
def test_a_remark_costs_nothing_and_is_told_as_one(make: Make) -> None:
    remark = outcome("both", message="only one direction", weight=0.0)
    result = score(RUBRIC, [outcome("words", "passed"), remark])
    [entry] = [entry for entry in result.items if entry.item.id == "lab1.c"]
    assert entry.score == 5.0 and entry.status == "graded" and failures(entry) == () and remarks_of(entry) == (remark,)
    report = make(result)
    for name, text in readers(report).items():
        assert "cost nothing" in text or "costs nothing" in text, name
        assert "both holds." in text and "only one direction" in text, name
    assert '<article id="lab1.c"' not in html_of(report)  # nothing of it failed
    [test] = [t for t in json.loads(results_of(report))["tests"] if t["number"] == "lab1.c"]
    assert test["status"] == "passed" and "only one direction" in test["output"] and "cost nothing" in test["output"]
    suite = ElementTree.fromstring(junit_of(report)).find("testsuite")
    assert suite is not None and suite.get("failures") == "0"
    [message] = [s.get("message") for s in suite.iter("skipped") if "both holds." in (s.get("message") or "")]
    assert message is not None and "costs nothing" in message


def test_a_remark_does_not_repeat_what_failed_anyway() -> None:
    place = "NotImplementedError in cell 3, line 2"
    raised = {"message": "raised NotImplementedError", "cause": "raised", "origin": place}
    own = outcome("both", message="another kind of number", weight=0.0)
    outcomes = [outcome("words", **raised), outcome("shape", weight=0.0, **raised), own]
    [entry] = [entry for entry in score(RUBRIC, outcomes).items if entry.item.id == "lab1.c"]
    assert len(failures(entry)) == 1 and remarks_of(entry) == (own,)
    [entry] = [entry for entry in score(RUBRIC, outcomes[1:]).items if entry.item.id == "lab1.c"]
    assert len(remarks_of(entry)) == 2


def test_a_remark_that_only_a_person_can_judge_keeps_nobody_waiting() -> None:
    result = score(RUBRIC, [outcome("words", "passed"), outcome("both", "pending", "no package x", weight=0.0)])
    [entry] = [entry for entry in result.items if entry.item.id == "lab1.c"]
    assert (entry.status, entry.score) == ("graded", 5.0)


def test_a_required_check_without_weight_is_no_remark() -> None:
    result = score(RUBRIC, [outcome("words", "passed"), outcome("alive", weight=0.0, required=True)])
    [entry] = [entry for entry in result.items if entry.item.id == "lab1.c"]
    assert entry.score == 0.0 and remarks_of(entry) == () and len(failures(entry)) == 1


# ---- what could not be judged ----------------------------------------------------------------------------------------
LACK = "needs the package `torchtext` 0.18, which this machine lacks."


def test_what_waits_for_a_person_says_why_everywhere(make: Make) -> None:
    report = make(score(RUBRIC, [outcome("words", "passed"), outcome("lack", "pending", LACK)]))
    for name, text in readers(report).items():
        assert "torchtext" in text and "0.18" in text and "person" in text, name
        assert "On 5 of these points the checks could not decide: a person will." in text, name
    content = json.loads(results_of(report))
    [test] = [t for t in content["tests"] if t["number"] == "lab1.c"]
    assert {"pending", "needs-person"} <= set(test["tags"]) and "score" not in test and "torchtext" in test["output"]
    other = next(t for t in content["tests"] if t["number"] == "tf.1")
    assert "needs-person" not in other["tags"]
    suite = ElementTree.fromstring(junit_of(report))
    messages = [case.get("message") or "" for case in suite.iter("skipped")]
    assert "a person decides: lack holds." in messages


def test_what_pays_nothing_since_it_was_not_judged_says_so(make: Make) -> None:
    outcomes = [outcome(f"c{n}", "passed") for n in range(3)] + [outcome("last", "unjudged", "no id came back")]
    report = make(score(RUBRIC, outcomes))
    [entry] = [entry for entry in report.score.items if entry.item.id == "lab1.c"]
    assert entry.status == "graded" and entry.score == 4.75
    for name, text in readers(report).items():
        assert "One check of 4 could not be judged and pays nothing." in text, name
        assert name == "terminal" or ("not judged, pays nothing" in text and "no id came back" in text), name


def test_a_hidden_doubt_shows_nothing_of_its_message(make: Make) -> None:
    doubt = outcome("lack", "pending", "no module named 'seen: 4711'", visibility="hidden")
    report = make(score(RUBRIC, [outcome("words", "passed"), doubt]))
    for text in [*readers(report).values(), results_of(report)]:
        assert "4711" not in text and "lack holds." in text


# ---- excused items ---------------------------------------------------------------------------------------------------
def test_excused_items_leave_every_maximum_alike(make: Make) -> None:
    everything = [outcome("c", "passed", item=item.id) for item in RUBRIC.items if item.marking == "automatic"]
    excused = {"lab1.c": "Not in this edition.", "lab2.g.bar": "Not in this edition."}
    plain = {i.id: i.points for i in RUBRIC.items if i.marking == "automatic" and not i.bonus and i.id not in excused}
    report = make(score(RUBRIC, everything, excused=excused))
    content = json.loads(results_of(report))
    tests = {test["number"]: test for test in content["tests"]}
    assert report.score.maximum == content["extra_data"]["maximum"] == sum(plain.values())
    assert sum(test["max_score"] for item, test in tests.items() if item in plain) == sum(plain.values())
    assert tests["lab1.c"]["max_score"] == tests["lab2.g.bar"]["max_score"] == 0
    assert sum(part["possible"] for part in content["extra_data"]["parts"]) == sum(plain.values())
    for text in readers(report).values():
        assert f"of {sum(plain.values()):g} points" in text


# ---- where things stand ----------------------------------------------------------------------------------------------
def test_cells_are_named_as_readers_find_them(make: Make) -> None:
    cells = (Cell(2, "x", 7), Cell(5, "y", None), Cell(9, "z", 12))
    heading = "Part d: a very long heading, longer than anybody would like to read here"
    notebook = Submission("s", Path("s.ipynb"), "LabRNN.ipynb", cells, headings=((4, "Part c"), (8, heading)))
    places = notebook.places()
    assert places == {2: "In [7]", 5: "under “Part c”", 9: f"In [12], under “{heading[:40].rstrip()}…”"}
    sentence = "raised KeyError: 1 (cell 2, line 3), cell 22 and Cell 5"
    assert (
        named(sentence, places) == "raised KeyError: 1 (cell 2 (In [7]), line 3), cell 22 and Cell 5 (under “Part c”)"
    )
    assert named(named(sentence, places), places) == named(sentence, places)


def test_people_read_names_that_their_editor_shows(make: Make) -> None:
    """results.json, which programs read, keeps the numbers among all cells."""
    broken = CellReport(5, "partly", (Problem(3, "x = = 1", "SyntaxError: invalid syntax"),))
    report = make(
        score(RUBRIC, [outcome("c", message="raised KeyError: 1 (cell 2, line 3), see text cell 4 and Cell 8")]),
        places={2: "In [7], under “Part b”", 5: "under “Part c”", 8: "under “Part c”"},
        cells=(CellReport(2, "loaded"), broken, CellReport(8, "loaded")),
    )
    told = "raised KeyError: 1 (In [7] under “Part b”, line 3), see text cell 4 and The 2nd code cell after the heading"
    for name, text in readers(report).items():
        assert f"{told} “Part c”" in text, name
        assert "The 1st code cell after the heading “Part c”, line 3" in text, name
    kept = "raised KeyError: 1 (cell 2 (In [7], under “Part b”), line 3), see text cell 4 and Cell 8 (under “Part c”)"
    outcomes = [o for item in json.loads(results_of(report))["extra_data"]["items"] for o in item["outcomes"]]
    assert [o["message"] for o in outcomes] == [kept]


@pytest.mark.parametrize(
    ("places", "names"),
    [
        ({}, ["the 1st code cell", "the 2nd code cell", "the 3rd code cell"]),
        (
            {1: "under “A”", 4: "under “B”", 9: "under “B”"},
            ["the code cell after the heading “A”", "the 1st code cell after the heading “B”",
             "the 2nd code cell after the heading “B”"],
        ),
        (
            {1: "under “A”", 4: "under “B”", 9: "under “A”"},
            ["the 1st code cell, after the heading “A”", "the code cell after the heading “B”",
             "the 3rd code cell, after the heading “A”"],
        ),
        (
            {1: "In [3]", 4: "In [4], under “A long…”", 9: "under “A long…”"},
            ["In [3]", "In [4] under “A long…”", "the 3rd code cell, after the heading “A long…”"],
        ),
    ],
)  # fmt: skip
def test_a_cells_name_is_never_another_cells(make: Make, places: dict[int, str], names: list[str]) -> None:
    """What stands below a heading is counted from there, unless the heading comes twice or may be two that are cut."""
    cells = tuple(CellReport(number, "loaded") for number in (1, 4, 9))
    found = cell_names(make(score(RUBRIC, []), places=places, cells=cells))
    assert [found[number].full for number in (1, 4, 9)] == names


def test_a_script_of_one_cell_has_no_other_name_for_it(make: Make) -> None:
    assert cell_names(make(score(RUBRIC, []), cells=(CellReport(1, "loaded"),))) == {}


def test_a_hostile_heading_is_no_markup(make: Make, hostile: str) -> None:
    notebook = Submission("s", Path("s.ipynb"), "n.ipynb", (Cell(2, "x", 7),), headings=((1, hostile),))
    report = make(score(RUBRIC, [outcome("c", message="see cell 2")]), places=notebook.places())
    assert "<script>" not in html_of(report) and "[red]" not in html_of(report).replace(hostile[:40], "")
    json.loads(results_of(report))


# ---- the course's rubric ---------------------------------------------------------------------------------------------
def test_every_report_names_the_courses_rubric(make: Make) -> None:
    name = "my.toml (sha256 0123456789ab)"
    report = make(score(RUBRIC, []), rubric=name)
    assert all(name in text for text in readers(report).values())
    assert json.loads(results_of(report))["extra_data"]["rubric"] == name
    assert name in junit_of(report)
    assert all("Rubric of the course" not in text for text in readers(make(score(RUBRIC, []))).values())
