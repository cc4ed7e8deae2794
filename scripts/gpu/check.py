"""Tries the GPU runner part by part and writes gpu.json after each: a part that fails leaves the others alone.

Standard library alone, under the machine's own Python: nothing is installed yet. The parts themselves are in parts.py,
which runs in an environment made here of the bundle's wheels and of the machine's packages.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes.util
import functools
import json
import lzma
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.gpu.debian import unpack

ROOT = Path(__file__).resolve().parents[2]
WHOLE = 465.0  # seconds for everything: those who lend such machines lend them for minutes
LEAST = 5.0  # seconds under which no part is begun
SECONDS = {  # at most, of each part, in their order: the longest last
    "machine": 30.0, "environment": 90.0, "tiers": 80.0, "verification": 90.0, "notebook": 180.0,
    "out of bounds": 130.0, "afterwards": 30.0, "two at once": 180.0,
}  # fmt: skip
PATIENCE = 8.0  # times as long with --cpu: that is no machine that is lent by the minute
FEW = 5000  # reviews that notebooks are run on
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")


@dataclass(frozen=True)
class Places:
    """`bundle`: what was carried here. `out`: where gpu.json goes. `work`: for everything that goes at the end."""

    bundle: Path
    out: Path
    work: Path
    cpu: bool

    @property
    def python(self) -> Path:
        return self.work / "env" / "bin" / "python"


def main(words: list[str]) -> int:
    """0 where every part came out well, 1 where one did not, 3 where nothing could be tried."""
    parser = argparse.ArgumentParser(prog="scripts/gpu_check.sh")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("dist/gpu"))
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("OUT") or "results/gpu"))
    asked = parser.parse_args(words)
    if not (asked.bundle / "wheels").is_dir():
        print(f"There is no bundle {asked.bundle}; `make gpu-bundle` makes one where there is a network.")
        return 3
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as work:
        os.chmod(work, 0o755)  # student processes of other users look into it
        places = Places(asked.bundle.resolve(), asked.folder.resolve(), Path(work), asked.cpu)
        found = Found(places.out / "gpu.json", PATIENCE if asked.cpu else 1.0)
        for name in SECONDS:
            found.part(name, functools.partial(_part, name, places, found))
    return 0 if all(part["ok"] for part in found.parts.values()) else 1


def _part(name: str, places: Places, found: Found) -> dict[str, Any]:
    if name == "machine":
        return machine()
    if name == "environment":
        return environment(places)
    return outside(name, places, found.left(name), found.parts)


class Found:
    """What was found, and the file in which it is kept."""

    def __init__(self, file: Path, patience: float) -> None:
        self._file, self._patience, self._deadline = file, patience, time.monotonic() + patience * WHOLE
        self.parts: dict[str, dict[str, Any]] = {}

    def left(self, name: str) -> float:
        """The seconds that a part has."""
        return min(self._patience * SECONDS[name], self._deadline - time.monotonic())

    def part(self, name: str, do: Callable[[], dict[str, Any]]) -> None:
        """Do a part, whatever becomes of it, and write the file."""
        started, entry = time.monotonic(), dict[str, Any](ok=False)
        print(f"{name} …", flush=True)
        try:
            if self.left(name) < LEAST:
                raise TimeoutError("the time for everything was used up before")
            with peak() as most:
                entry = do()
            entry |= most
        except Exception as error:  # noqa: BLE001  # of any kind: the other parts go on
            entry["error"] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
        self.parts[name] = {**entry, "seconds": round(time.monotonic() - started, 1)}
        print(f"{name}: {'ok' if entry['ok'] else 'FAILED'} {json.dumps(self.parts[name])[:1500]}", flush=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self.parts, indent=1) + "\n", encoding="utf-8")
        new.replace(self._file)


@contextlib.contextmanager
def peak() -> Iterator[dict[str, Any]]:
    """While it lasts, what the card with most in use had in use, in MB; nothing where no card says it."""
    most: dict[str, Any] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.5):
            with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
                used = max(int(line) for line in smi("memory.used"))
                most["peak_gpu_mb"] = max(most.get("peak_gpu_mb", 0), used)

    watcher = threading.Thread(target=look, daemon=True)
    if shutil.which("nvidia-smi"):
        watcher.start()
    try:
        yield most
    finally:
        ended.set()


def smi(names: str) -> list[str]:
    """What nvidia-smi says of each card; raises OSError without it."""
    words = ["nvidia-smi", f"--query-gpu={names}", "--format=csv,noheader,nounits"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True)
    return said.stdout.strip().splitlines()


# ---- the machine -----------------------------------------------------------------------------------------------------
def machine() -> dict[str, Any]:
    """What it is. Not ok without a card that PyTorch can use; with --cpu that is as it should be."""
    asked = "import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available()]))"
    torch, cuda, there = json.loads(subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout)  # fmt: skip
    cards: list[str] = []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        cards = smi("name,uuid,memory.total,driver_version")
    return {
        "ok": True, "cards": cards, "torch": torch, "cuda": cuda, "usable": there, "python": platform.python_version(),
        "kernel": platform.release(), "cores": len(os.sched_getaffinity(0)), "uid": os.geteuid(),
        "nodes": sorted(str(path) for path in Path("/dev").glob("nvidia*")),
        "driver_says": sorted(str(path) for path in Path("/proc/driver/nvidia").glob("gpus/*/information")),
    }  # fmt: skip


# ---- the environment -------------------------------------------------------------------------------------------------
def environment(places: Places) -> dict[str, Any]:
    """An environment with the bundle's wheels, in front of what the machine has; bubblewrap in it; the data."""
    env = places.python.parents[1]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    site = env / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    wheels = sorted(str(path) for path in (places.bundle / "wheels").glob("*.whl"))
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    words += ["--no-cache-dir", "--disable-pip-version-check", "--target", str(site)]
    said = subprocess.run([*words, *wheels], capture_output=True, text=True)
    if said.returncode:
        raise RuntimeError(said.stdout[-500:] + said.stderr[-1500:])
    own = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (site / "machine.pth").write_text("".join(f"{folder}\n" for folder in own))
    debian(places.bundle / "debian", env)
    data(places)
    asked = "import torch, pandas, sklearn, matplotlib, nltk, IPython, ipykernel, hypothesis, autograder.batch"
    subprocess.run([str(places.python), "-c", asked], cwd=ROOT, check=True, env=surroundings(places))
    return {"ok": True, "wheels": len(wheels), "bwrap": shutil.which("bwrap", path=surroundings(places)["PATH"])}


def debian(folder: Path, env: Path) -> None:
    """bubblewrap into the environment where the machine has none; libseccomp into the system, where that is allowed."""
    with tempfile.TemporaryDirectory() as scratch:
        for package in sorted(folder.glob("*.deb")):
            unpack(package, Path(scratch))
        if not shutil.which("bwrap"):
            shutil.copy2(Path(scratch, "usr/bin/bwrap"), env / "bin" / "bwrap")
        if ctypes.util.find_library("seccomp") is None and os.geteuid() == 0:
            for library in Path(scratch).rglob("libseccomp.so.2*"):
                shutil.copy2(library, LIBRARIES / library.name, follow_symlinks=False)
            subprocess.run(["ldconfig"], check=True)


def data(places: Places) -> None:
    """The reviews that were carried, and the first FEW of them; parts.py makes some up where there are none."""
    packed = places.bundle / "reviews.csv.xz"
    if places.cpu or not packed.is_file():
        return
    with lzma.open(packed) as source, (places.work / "all.csv").open("wb") as target:
        shutil.copyfileobj(source, target)


def surroundings(places: Places) -> dict[str, str]:
    """The environment's variables: one thread each, bubblewrap found, a secret."""
    path = f"{places.python.parent}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "AUTOGRADER_SECRET": "of a check", "PYTHONPATH": ""}


# ---- a part in the environment ---------------------------------------------------------------------------------------
def outside(name: str, places: Places, seconds: float, before: dict[str, Any]) -> dict[str, Any]:
    """Do a part in a process of its own, which is ended with all that it started when its time is over.

    Raises:
        RuntimeError: it failed; TimeoutError: it took too long.
    """
    order = {"name": name, "work": str(places.work), "cpu": places.cpu, "few": FEW, "before": before}
    words = [str(places.python), "-m", "scripts.gpu.parts", json.dumps(order)]
    log = places.work / "log.txt"
    with log.open("w+b") as said:
        process = subprocess.Popen(
            words, cwd=ROOT, env=surroundings(places), stdout=said, stderr=said, start_new_session=True
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            raise TimeoutError(f"it took more than {seconds:.0f} s; it said last: {tail(log)}") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    answer = places.work / f"{name}.json"
    if not answer.is_file():
        raise RuntimeError(f"status {process.returncode}: {tail(log)}")
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found if found["ok"] else {**found, "said": tail(log)}


def tail(log: Path) -> str:
    """The end of what was said."""
    return log.read_text(encoding="utf-8", errors="replace")[-1500:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
