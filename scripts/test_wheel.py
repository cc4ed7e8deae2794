"""Installs the wheel into an empty environment and grades with it in an empty folder: `make test-wheel`.

Run it with the Python of an environment that has hatchling. Every command is the console script's, far from the
repository; what each must say stands beside it. `--keep FOLDER` uses, and leaves, an environment there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FULL, NOTHING = "40 of 40 points", "0 of 40 points"
PROBE = '''
import glob, importlib, os, sys
import autograder

def read():
    """What of the grader's own files can be read or listed."""
    here = os.path.dirname(autograder.__file__)
    around = os.path.dirname(here)
    found = []
    for name in ("rubric.py", "grade.py", "assignments/labrnn/rubric.toml", "shipped/reference/labrnn/source.py",
                 "assignments/labrnn/checks/conftest.py", "shipped/reference/labrnn/LabRNN.ipynb"):
        try:
            found.append(open(os.path.join(here, name)).read()[:9])
        except OSError:
            pass
    for folder in ("assignments", "shipped", "shipped/reference", "assignments/labrnn/checks"):
        try:
            found += os.listdir(os.path.join(here, folder))
        except OSError:
            pass
    for record in (*glob.glob(f"{around}/autograder-*/RECORD"), f"{around}/autograder-VERSION.dist-info/RECORD"):
        try:
            found += [line for line in open(record) if "checks" in line]
        except OSError:
            pass
    for module in ("autograder.grade", "autograder.rubric", "autograder.references", "reference.labrnn.module"):
        try:
            importlib.import_module(module)
            found.append(module)
        except (ImportError, OSError):
            pass
    return found

def build_vocab(*args, **kwargs):
    import importlib.metadata, numpy, pandas, scipy.signal
    raise ValueError(f"numpy {importlib.metadata.version('numpy')}; read {read() or 'nothing'}")
'''


class Wheel:
    """An installed wheel: `say` runs a command of it and wants an exit code and words."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.bin, self.folder = environment / "bin", folder
        self.env = {name: os.environ[name] for name in ("HOME", "LANG", "TERM", "TMPDIR") if name in os.environ}
        self.env |= {"PATH": f"{self.bin}:{os.environ['PATH']}", "COLUMNS": "200", "OMP_NUM_THREADS": "1"}

    def say(self, *words: str | Path, code: int = 0, told: str = "") -> str:
        ended = subprocess.run(
            ["autograder", *map(str, words)], cwd=self.folder, env=self.env, capture_output=True, text=True
        )
        text = ended.stdout + ended.stderr
        right = ended.returncode == code and told in text
        print(f"{'ok' if right else 'WRONG'}: autograder {' '.join(map(str, words))}", flush=True)
        if not right:
            sys.exit(f"It ended with {ended.returncode} (wanted: {code}), without {told!r}:\n{text}")
        return text

    def lacks(self, tier: str) -> str:
        """Why the machine does not give the tier; empty where it does."""
        source = "from autograder.sandbox.conformance import check_tier; print(check_tier({}).missing)"
        return self.python(source.format(tier))

    def python(self, source: str) -> str:
        words = ["python", "-P", "-c", source]
        return subprocess.run(
            words, cwd=self.folder, env=self.env, capture_output=True, text=True, check=True
        ).stdout.strip()


def install(environment: Path, wheel: Path) -> None:
    """The wheel as the lock says, and nothing else."""
    if not (environment / "bin" / "python").exists():
        venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "-q", "-c", ROOT / "requirements.txt"]
    print(f"Installing {wheel.name} with all that it needs (minutes).", flush=True)
    subprocess.run([*pip, wheel], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", wheel], check=True)


def grade(wheel: Wheel, home: Path, version: str) -> None:
    """One hand-in at a time, in both assignments and every safe tier that the machine has."""
    reference, template = (home / kind / "labrnn" / "LabRNN.ipynb" for kind in ("reference", "student_template"))
    wheel.say("grade", reference, "--only", "functions", told=FULL)
    wheel.say("grade", template, "--only", "functions", "--out", "blank", told=NOTHING)
    wheel.say("check", template, told="NotImplementedError")
    other = home / "reference" / "gru_attention" / "solution.ipynb"
    wheel.say("grade", other, "--assignment", "gru_attention", "--only", "functions", told="50 of 50 points")
    probe = wheel.folder / "probe.py"
    probe.write_text(PROBE.replace("VERSION", version), encoding="utf-8")
    wheel.say("tier", "--check", told="It can't read checks, rubrics or the judge.")
    for tier in ("1", "2"):
        if why := wheel.lacks(tier):
            print(f"NOT TESTED in tier {tier}: {why}")
            continue
        wheel.say("grade", probe, "--only", "functions", "--tier", tier, "--out", f"probe{tier}", told="; read nothing")
        run = ("grade", reference, "--only", "notebook", "--mode", "smoke", "--tier", tier, "--out", f"run{tier}")
        wheel.say(*run, told="30 of 30 cells came to their end")


def author(wheel: Wheel) -> None:
    """An assignment of one's own, and the words for staff."""
    wheel.say("explain", told="lab1.a")
    wheel.say("explain", "--assignment", "gru_attention", told="points")
    wheel.say("new-assignment", "words", told="rubric.toml")
    own = ("--assignment", "words", "--out", "own")
    wheel.say("grade", "words/reference/solution.py", *own, told="10 of 10 points")
    wheel.say("grade", "words/template/solution.py", *own, told="0 of 10 points")


def grade_class(wheel: Wheel, home: Path) -> None:
    """A class, twice, and what is made of its gradebook."""
    for name, kind in (("ada", "reference"), ("ben", "student_template"), ("eve", "reference")):
        (wheel.folder / "downloads" / name).mkdir(parents=True)
        shutil.copy(home / kind / "labrnn" / "LabRNN.ipynb", wheel.folder / "downloads" / name)
    (wheel.folder / "roster.csv").write_text("id,name,email\n1,ada,ada@u.edu\n2,ben,ben@u.edu\n3,eve,eve@u.edu\n")
    words = ("grade-all", "downloads", "--roster", "roster.csv", "--only", "functions", "--out", "class")
    wheel.say(*words, told="3 submissions: 3 graded")
    wheel.say(*words, told="3 of 3 were known and unchanged.")
    wheel.say("show", "ada", "--out", "class", told="40 of 40")
    wheel.say("export", "csv", "--out", "class", "--partial")
    wheel.say("export", "canvas", "--assignment-id", "4711", "--out", "class", "--partial")
    wheel.say("feedback", "--out", "class")
    wheel.say("similarity", "downloads", "--out", "class")
    wheel.say("config", told="assignment")
    assert (wheel.folder / "class" / "class.html").stat().st_size > 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder of the environment; else one that is removed at the end")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory(prefix="autograder-wheel-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
        environment = (keep or folder / "environment").absolute()
        install(environment, next(folder.glob("autograder-*.whl")))
        wheel = Wheel(environment, folder / "empty")
        wheel.folder.mkdir()
        home = Path(wheel.python("from autograder.references import HOME; print(HOME)"))
        assert home.is_relative_to(environment), home
        version = wheel.python("from importlib.metadata import version; print(version('autograder'))")
        author(wheel)
        grade(wheel, home, version)
        grade_class(wheel, home)
    print(f"autograder {version} works from its wheel.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
