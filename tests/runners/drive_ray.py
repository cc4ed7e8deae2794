"""A run over Ray as a process of its own, which tests kill: `python -m tests.runners.drive_ray FOLDER [ADDRESS]`. It
does the hand-ins of FOLDER/in that have no result in FOLDER/out yet, as a class does, and prints the name of each."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.clusters import OnRay
from autograder.runners import ray
from autograder.runners.dispatch import Dispatch
from autograder.runners.local import Job
from tests.runners.conformance import described


def main() -> None:
    folder, address = Path(sys.argv[1]), "".join(sys.argv[2:])
    ray.NODE = "tests.runners.quick_node"
    names = [path.stem for path in sorted((folder / "in").glob("*.py"))]
    left = [name for name in names if not (folder / "out" / name / "results.json").exists()]
    jobs = [Job(folder / "in" / f"{name}.py", name, folder / "out" / name) for name in left]
    run = described(folder / "out", runner="ray", ray=OnRay(address=address))
    with Dispatch(run, ray.open_ray(run), lambda said: print(said, file=sys.stderr, flush=True)) as runner:
        runner.run(jobs, lambda result: print(result.job.name, flush=True))


if __name__ == "__main__":
    main()
