"""A run over Slurm as a process of its own, which tests kill: `python -m tests.runners.drive_slurm FOLDER`. It does the
hand-ins of FOLDER/in that have no result in FOLDER/out yet, as a class does, and prints the name of each that comes."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.clusters import OnSlurm
from autograder.runners.dispatch import Dispatch
from autograder.runners.local import Job
from autograder.runners.slurm import engine, open_slurm, submission
from tests.runners.conformance import described
from tests.runners.slurm_place import quick_work


def main() -> None:
    folder = Path(sys.argv[1])
    submission.work, engine.ASK_SECONDS = quick_work, 0.5
    names = [path.stem for path in sorted((folder / "in").glob("*.py"))]
    left = [name for name in names if not (folder / "out" / name / "results.json").exists()]
    jobs = [Job(folder / "in" / f"{name}.py", name, folder / "out" / name) for name in left]
    run = described(folder / "out", runner="slurm", slurm=OnSlurm(minutes=5), number=7)
    with Dispatch(run, open_slurm(run), lambda said: print(said, file=sys.stderr, flush=True)) as runner:
        runner.run(jobs, lambda result: print(result.job.name, flush=True))


if __name__ == "__main__":
    main()
