"""The pytest plugin that runs one suite of checks against many students.

Checks are collected once; each student then runs in the same warm process (or a fork of it).
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from autograder.course import Course, known
from autograder.errors import ConfigError, StudentError
from autograder.judge import fixtures
from autograder.judge.examples import Example, Examples, search
from autograder.judge.outcomes import Verdict, verdict_of
from autograder.judge.render import show_calls
from autograder.judge.seeds import seed_of
from autograder.records import Item, Outcome, Visibility
from autograder.student.proxy import Student

MAX_EXAMPLES = 60  # of one check that fails, shrinking included


@dataclass(frozen=True)
class Check:
    """One collected check: what its marker says and the pytest item that runs it."""

    item: str
    name: str
    sentence: str
    weight: float
    required: bool
    visibility: Visibility
    node: pytest.Function


@dataclass
class Bench:
    """What the fixtures hand to the running check."""

    student: Student
    context: Any
    secret: bytes


class Enough(BaseException):
    """Ends the search for a smaller counterexample: students wait for the verdict. Not an Exception, which hypothesis
    would take for one more failure."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(failure)
        self.failure = failure


def again(function: Callable[..., object], example: Example, error: Exception) -> Exception:
    """The error, or, if the same example passes the second time, one that says so."""
    try:
        function(**example)
    except (AssertionError, StudentError):
        return error
    return ExceptionGroup("flaky", [error])


def smaller(known: Exception | None, found: Exception) -> Exception:
    """The failure whose calls are shorter to read."""
    lengths = [len(show_calls(getattr(error, "calls", ()))) for error in (known, found)]
    return found if known is None or lengths[1] < lengths[0] else known


def _adjusted(check: Check, course: Course) -> Check:
    change = course.checks.get((check.item, check.name))
    if change is None:
        return check
    weight = check.weight if change.weight is None else change.weight
    required = check.required if change.required is None else change.required
    if change.weight == 0 and required and change.required is None:
        where = f'{course.name}: [checks."{check.item}".{check.name}]'
        raise ConfigError(f"{where}: `weight = 0` makes it a remark, but it is required; say `required = false` too.")
    return replace(check, weight=weight, required=required)


class Judge:
    """Collects the checks, then hands itself to `body` in place of pytest's own loop."""

    def __init__(self, body: Callable[[Judge], None], public_only: bool) -> None:
        self.body, self.public_only = body, public_only
        self.checks: list[Check] = []
        self._declared: dict[tuple[str, str], tuple[float, bool]] = {}  # weights that a course changed, as they were
        self.bench: Bench | None = None
        self.collect_errors: list[str] = []
        self._shared: fixtures.Shared = {}
        self._smallest: Exception | None = None  # failure of the running check's examples so far
        self._tried = 0
        self._examples = Examples()

    # ---- pytest hooks ------------------------------------------------------------------------------------------------
    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers", "item(ids, weight, visibility, required): the rubric's item that a check is for"
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        marker = metafunc.definition.get_closest_marker("item")
        if marker is not None and "item_id" in metafunc.fixturenames:
            metafunc.parametrize("item_id", marker.kwargs["ids"])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.collect_errors.append(f"{report.nodeid}: {report.longreprtext}")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.collect_errors:  # nobody is graded by a part of the checks
            return True
        self.checks = [c for node in session.items if (c := self._check(node)) is not None]
        for name, count in Counter(f"{check.item}.{check.name}" for check in self.checks).items():
            if count > 1:  # courses name checks in their rubrics
                raise pytest.UsageError(f"there are {count} checks called {name}")
        self.body(self)
        return True

    @pytest.fixture
    def student(self) -> Student:
        assert self.bench is not None
        return self.bench.student

    @pytest.fixture
    def context(self) -> Any:
        """What the assignment's `prepare` found out about this submission."""
        assert self.bench is not None
        return self.bench.context

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """Random numbers that are the same for this check and secret, and for no other."""
        assert self.bench is not None
        return np.random.default_rng(seed_of(self.bench.secret, request.node.name))

    # ---- running -----------------------------------------------------------------------------------------------------
    def _check(self, node: pytest.Item) -> Check | None:
        marker = node.get_closest_marker("item")
        if marker is None or not isinstance(node, pytest.Function):
            raise pytest.UsageError(f"{node.nodeid} has no @item")
        fixtures.require_plain(node)
        options = dict(marker.kwargs)
        ids = options.pop("ids")
        if self.public_only and options["visibility"] != "public":
            return None
        item_id = str(fixtures.parameters_of(node).get("item_id", ids[0]))
        sentence = " ".join((node.function.__doc__ or "").strip().split("\n\n")[0].split())
        self._observe(node)
        return Check(item_id, node.function.__name__.removeprefix("test_"), sentence, node=node, **options)

    def _observe(self, node: pytest.Function) -> None:
        """Let every example start with an empty trace, and every failure keep the trace of its own example."""
        check = node.obj
        if not hasattr(check, "hypothesis"):
            node.obj = self._observed(check)
            return
        # There is no database; without a key, hypothesis would parse the check's source anew for each student.
        check._hypothesis_internal_database_key = None
        body = self._observed(check.hypothesis.inner_test)

        def run(**fixtures: Any) -> None:
            assert self.bench is not None
            seed = seed_of(self.bench.secret, node.name)
            bound = functools.partial(body, **fixtures)
            for example in self._examples.of(node.nodeid, check, seed, fixtures):
                try:
                    bound(**example)
                except (AssertionError, StudentError) as error:
                    find = functools.partial(search, check, seed, fixtures, self._searching(bound))
                    raise self._smaller(find, error) or again(bound, example, error) from None

        node.obj = functools.wraps(check)(run)

    def _observed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            assert self.bench is not None
            student = self.bench.student
            student.calls = []
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if not getattr(error, "calls", ()):
                    error.calls = tuple(student.calls)  # type: ignore[attr-defined]
                raise

        return run

    def _smaller(self, find: Callable[[], object], known: Exception) -> Exception | None:
        """The failure of the smallest example that hypothesis finds; None if it finds none that fails."""
        assert self.bench is not None
        if self.bench.student.fatal is not None:
            return known  # every further call would fail in the same way
        try:
            find()
        except Enough as enough:
            return enough.failure
        except Exception as error:  # noqa: BLE001  # hypothesis's verdict on all that it tried
            return error
        return None

    def _searching(self, body: Callable[..., object]) -> Callable[[Example], object]:
        """`body` for hypothesis: keeps the failure that is shortest to read and ends the search in time."""

        def run(example: Example) -> object:
            self._tried += 1
            try:
                return body(**example)
            except (AssertionError, StudentError) as error:
                self._smallest = smaller(self._smallest, error)
                if self._tried == 1:  # hypothesis starts with its simplest example
                    raise Enough(again(body, example, error)) from None
                raise
            finally:
                if self._smallest is not None and self._tried >= MAX_EXAMPLES:
                    raise Enough(self._smallest) from None

        return run

    def require_items(self, items: Sequence[Item]) -> None:
        """Make sure that checks and items belong together, so that a typo in one of them leaves nothing ungraded.

        Raises:
            ConfigError: a check names an item that the rubric lacks, or an automatic item has no check.
        """
        judged = {check.item for check in self.checks}
        known(sorted(judged), [item.id for item in items], "The checks", "item")
        for item in items:
            if item.marking == "automatic" and item.id not in judged and not self.public_only:
                raise ConfigError(f"The rubric's item `{item.id}` is automatic, but no check judges it.")
            weights = [check.weight for check in self.checks if check.item == item.id]
            if weights and not sum(weights) and not self.public_only:
                raise ConfigError(
                    f"All checks of the item `{item.id}` have the weight 0: they leave nothing to pay for."
                )

    def adjust(self, course: Course) -> None:
        """Give checks the weights that a course's rubric says.

        Raises:
            ConfigError: it names a check that an item does not have, or leaves an item nothing to be judged by.
        """
        for item, name in course.checks:
            there = [check.name for check in self.checks if check.item == item]
            known([name], there, f'{course.name}: [checks."{item}"]', "check")
        self._declared = {
            (check.item, check.name): (check.weight, check.required)
            for check in self.checks
            if (check.item, check.name) in course.checks
        }
        self.checks = [_adjusted(check, course) for check in self.checks]
        for item in {item for item, _ in course.checks}:
            if not sum(check.weight for check in self.checks if check.item == item):
                raise ConfigError(f'{course.name}: [checks."{item}"]: all its checks have the weight 0.')

    def as_declared(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """The outcomes with the weights that the checks were written with, whatever the course says of them."""
        return tuple(
            replace(outcome, weight=own[0], required=own[1])
            if (own := self._declared.get((outcome.item, outcome.check))) is not None
            else outcome
            for outcome in outcomes
        )

    def has(self, item: str, visibility: Visibility) -> bool:
        """Whether the item has such checks."""
        return any(check.item == item and check.visibility == visibility for check in self.checks)

    def in_order(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Outcomes in the suite's order."""
        places = {(check.item, check.name): place for place, check in enumerate(self.checks)}
        return sorted(outcomes, key=lambda outcome: places[outcome.item, outcome.check])

    def run(
        self, bench: Bench, items: Sequence[str] | None = None, visibility: Visibility | None = None
    ) -> list[Outcome]:
        """Run the checks of `items` (all when None) against one student, in the suite's order; of one visibility only
        where it is said."""
        self.bench = bench
        chosen = [
            check
            for check in self.checks
            if (items is None or check.item in items) and visibility in (None, check.visibility)
        ]
        try:
            return [self._run(check) for check in chosen]
        finally:
            self.bench = None
            self._shared.clear()

    def _run(self, check: Check) -> Outcome:
        assert self.bench is not None
        started = time.perf_counter()
        self._smallest, self._tried = None, 0
        student = self.bench.student
        student.begin_check()
        verdict = self._verdict(check.node)
        lack = student.lack
        if verdict.status in ("failed", "unjudged") and lack is not None:  # whatever the check made of it
            verdict = Verdict("pending", str(lack))
        return Outcome(
            check.item, check.name, check.sentence, check.weight, check.required, check.visibility,
            verdict.status, verdict.message, verdict.counterexample, time.perf_counter() - started,
            verdict.cause, verdict.origin,
        )  # fmt: skip

    def _verdict(self, node: pytest.Function) -> Verdict:
        assert self.bench is not None
        try:
            fixtures.run(node, self._shared)
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as error:  # noqa: BLE001  # pytest.skip's, for one, is not an Exception
            return verdict_of(error, self.bench.student.fatal)
        return Verdict("passed")
