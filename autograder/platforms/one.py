"""Grades one hand-in up to one stage and writes the platform's file: the process that the platform's entry watches.

    python -m autograder.platforms.one ORDER

It judges like `autograder grade`, in the same sandbox; the order is JSON (Order). Exit code 0: the file is there,
whatever stands in it; 4: so it is, and later stages have nothing to add; 3: it is not, and the message on standard
error says why.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from autograder.assemble import report_of
from autograder.batch import grade_jobs
from autograder.bounded import Stages
from autograder.errors import AutograderError, ConfigError, StageOverrun
from autograder.facts import Facts
from autograder.platforms import gradescope_results, prairielearn_results
from autograder.platforms.metadata import Delivery, late_of, read_delivery, remarks_for_staff
from autograder.platforms.settings import Settings, fitted, load_settings
from autograder.platforms.watch import FINAL
from autograder.preflight import Options, describe
from autograder.records import Report
from autograder.reports import warm_up, without_texts, write_text
from autograder.run import Run
from autograder.runners.local import Job, Result
from autograder.sandbox import best_tier, fallback


@dataclass(frozen=True)
class Order:
    """What to grade and where to say so; paths as text. `steps`: those of this stage; `seconds`: that it may take;
    `rubric`, `metadata`: "" where there is none; `file`: the platform's results."""

    platform: str  # gradescope | prairielearn
    assignment: str
    rubric: str
    settings: str
    submission: str
    metadata: str
    steps: tuple[str, ...]
    seconds: float
    file: str

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Order:
        """From JSON."""
        fields = json.loads(text)
        return cls(**{**fields, "steps": tuple(fields["steps"])})


def grade_one(order: Order) -> Report:
    """Grade and write; returns what was written.

    Raises:
        AutograderError: settings, rubric or metadata are wrong, the isolation is too weak, or the grader failed.
    """
    settings = load_settings(Path(order.settings))
    require_tier(settings)
    delivery = read_delivery(Path(order.metadata)) if order.metadata else Delivery()
    with tempfile.TemporaryDirectory(prefix="autograder-platform-") as folder:
        run = run_of(order, settings, Path(folder))
        print(f"Grading {', '.join(order.steps)}.", flush=True)
        for remark in remarks_for_staff(run.rubric, delivery) if order.metadata else ():
            print(remark, flush=True)
        job = Job(Path(order.submission), delivery.name, run.out / "one", late=late_of(run.rubric, delivery))
        results: list[Result] = []
        grade_jobs([job], run, results.append)
        facts = results[0].facts or Facts(failure=results[0].problem)
        report = report_of(run, facts, job.path, job.name, job.late)
    tell(report)
    render = {
        "gradescope": lambda found: gradescope_results.render(found, run.rubric, settings, delivery),
        "prairielearn": prairielearn_results.render,
    }[order.platform]
    write(report, render, Path(order.file))
    return report


def require_tier(settings: Settings) -> None:
    """Raises:
    ConfigError: the machine isolates student code less than the course asks for.
    """
    tier = best_tier()
    if tier.number == settings.weakest_tier == 3 and fallback.reads_all_files():
        raise ConfigError(
            "In isolation tier 3 only the files' rights keep checks and secret from student code, and here other users "
            "can't read Python's own folders, so that student code would be given the right to read everything: "
            "install Python where everybody can read it."
        )
    if tier.number > settings.weakest_tier:
        more = (
            "On a platform that throws the container away after one submission a course may accept tier 3: write "
            "`weakest_tier = 3` into platform.toml, and upload again; see docs/platforms.md."
            if tier.number == 3
            else "Nobody's code is run here."
        )
        raise ConfigError(
            f"This container gives only isolation tier {tier.number} ({tier.promise}), since {tier.lacks}. {more}"
        )


def run_of(order: Order, settings: Settings, out: Path) -> Run:
    """Return the description of this stage's run.

    Raises:
        ConfigError: as preflight.describe.
    """
    rubric = Path(order.rubric) if order.rubric else None
    run = describe(Options(order.assignment, out, unsafe=settings.weakest_tier == 3, mode="smoke", rubric=rubric))
    return replace(run, steps=frozenset(order.steps), rubric=fitted(run.rubric, settings, order.seconds))


def tell(report: Report) -> None:
    """Print for staff what became of it."""
    print(f"Isolation tier {report.tier_number}, {report.tier}.")
    total, seconds = report.score.total, report.seconds.get("total", 0.0)
    told = "none" if total is None else f"{total:g}"
    print(f"Exit code {report.exit_code}; total {told} of {report.score.maximum:g}; {seconds:.1f} s.")
    if report.failure:
        print(f"The grader failed: {report.failure}")


def write(report: Report, render: Callable[[Report], str], file: Path) -> None:
    """Write the file in a bounded process of its own, since the report's texts are partly a student's; where they are
    too much for it, without them.

    Raises:
        OSError: the file can't be written.
    """
    warm_up()
    try:
        Stages().run("write", lambda: write_text(file, render(report)))
    except StageOverrun:
        write_text(file, render(without_texts(report)))


def main() -> int:
    """Do the order that is the only argument."""
    try:
        report = grade_one(Order.parse(sys.argv[1]))
    except AutograderError as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("Grading was ended from outside.", file=sys.stderr)
        return 3
    return FINAL if report.exit_code == 2 else 0


if __name__ == "__main__":
    sys.exit(main())
