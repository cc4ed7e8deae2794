"""The judge fills fixtures by itself; what it can't fill is refused when checks are collected."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import GraderError
from autograder.judge.plugin import Bench, Judge
from autograder.judge.rehearsal import Nowhere
from autograder.judge.session import with_checks
from autograder.records import Outcome
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

HEAD = """import pytest
from autograder.judge.marks import item

@pytest.fixture(scope="module")
def kept() -> list:
    return []

@pytest.fixture
def own(kept: list, request: pytest.FixtureRequest) -> list:
    kept.append(request.node.name)
    return list(kept)

@pytest.fixture
def skips() -> None:
    pytest.skip("not here")

@item("a")
def test_first(own: list, kept: list) -> None:
    '''One.'''
    assert own == ["test_first"] and kept is not own

@item("a", "b")
def test_second(kept: list, item_id: str, request: pytest.FixtureRequest) -> None:
    '''Two.'''
    assert kept == ["test_first"] and request.getfixturevalue("item_id") == item_id
    assert "item_id" in request.fixturenames

@item("a")
def test_skipped(skips: None) -> None:
    '''Three.'''
"""


def outcomes(folder: Path, text: str, rounds: int = 1) -> list[list[Outcome]]:
    (folder / f"test_{folder.name}.py").write_text(text)
    found: list[list[Outcome]] = []

    def body(judge: Judge) -> None:
        for _ in range(rounds):
            found.append(judge.run(Bench(Student(Nowhere(), (), Limits()), None, b"secret")))

    with_checks(folder, body)
    return found


def test_scopes_and_requests(tmp_path: Path) -> None:
    first, second = outcomes(tmp_path, HEAD, rounds=2)
    assert [(o.check, o.status) for o in first] == [
        ("first", "passed"), ("second", "passed"), ("second", "passed"), ("skipped", "skipped"),
    ]  # fmt: skip
    assert [o.status for o in second] == [o.status for o in first]  # nothing is kept from one run to the next


@pytest.mark.parametrize(
    ("fixture", "mark"),
    [
        ("@pytest.fixture\ndef odd():\n    yield 1\n", ""),
        ("@pytest.fixture(params=[1, 2])\ndef odd(request):\n    return request.param\n", ""),
        ("@pytest.fixture(scope='session')\ndef odd():\n    return 1\n", ""),
        ("@pytest.fixture\ndef odd():\n    return 1\n", "@pytest.mark.skipif(True, reason='no')\n"),
        ("@pytest.fixture\ndef odd():\n    return 1\n", "@pytest.mark.xfail\n"),
    ],
)
def test_what_it_can_not_fill_is_refused(fixture: str, mark: str, tmp_path: Path) -> None:
    text = f"{HEAD}\n{fixture}\n{mark}@item('c')\ndef test_odd(odd):\n    '''Odd.'''\n"
    with pytest.raises(GraderError, match="pytest ended"):
        outcomes(tmp_path, text)
