"""The parts of scripts/gpu_check.sh that need the grader: `python -m scripts.gpu.parts ORDER` does one of them.

The order is JSON; the answer goes into a file of its name in the working folder, also JSON, with `ok` and the figures.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from autograder.kit.text_classification.made_up import write_csv
from autograder.notebook import execute
from autograder.notebook.gpu_memory import ALONE, ALONE_TOO
from autograder.preflight import Options, describe
from autograder.records import Cell, Submission
from autograder.run import Slot
from autograder.runners.slots import chosen_cards
from autograder.sandbox.conformance import check_tier
from autograder.sandbox.protocol import TIERS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "reference" / "labrnn" / "LabRNN.ipynb"
MADE_UP = 400  # reviews, where there are no real ones
CONTAINING = (1, 2)  # the tiers that hostile code does not get out of
TRAINS = re.compile(r"\b(RESULTS|run_setting|plot_runs|print_runs)\b")  # cells of the reference that experiment

USES = """
import torch
x = torch.arange(4.0).cuda()
total = float((x * x).sum())
big = torch.randn(512, 512, generator=torch.Generator().manual_seed(1))
near = torch.allclose((big.cuda() @ big.cuda()).cpu(), big @ big, atol=1e-2)
print("FOUND", x.device.type, total, near, torch.cuda.is_available())
"""
WALLS = """
import os, socket

def refused(action):
    try:
        action()
    except OSError:
        return True
    return False

shadow, write = refused(lambda: open("/etc/shadow")), refused(lambda: open("/usr/x", "w"))
print("WALLS", shadow, write, refused(lambda: socket.create_connection(("192.0.2.1", 9), 1)))
"""
TORCH_BOMB = """
import torch
hoard = []
while True:
    hoard.append(torch.full((64 << 20,), 1.0, device=DEVICE))
"""
RAW_BOMB = """
import ctypes, time, torch
if DEVICE == "cuda":
    torch.ones(1, device=DEVICE)
    cuda = ctypes.CDLL(next(line.split()[-1] for line in open("/proc/self/maps") if "libcuda.so" in line))
    pointer = ctypes.c_uint64()
    while cuda.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(1 << 30)) == 0:
        time.sleep(0.05)
    raise RuntimeError("CUDA error: out of memory")
else:
    hoard = []
    while True:
        hoard.append(torch.full((64 << 20,), 1.0))
"""
ENDLESS = """
import torch
if DEVICE == "cuda":
    torch.ones(1, device=DEVICE)
    for _ in range(1000):
        torch.cuda._sleep(1 << 40)
    torch.cuda.synchronize()
while True:
    pass
"""
NEIGHBOUR = """
import time, torch
model = torch.nn.LSTM(32, 64, batch_first=True).to(DEVICE)
optimiser, done = torch.optim.Adam(model.parameters()), 0
started = time.time()
while time.time() - started < SECONDS:
    out, _ = model(torch.randn(16, 32, 32, device=DEVICE))
    optimiser.zero_grad(); out.square().mean().backward(); optimiser.step()
    done += 1
print("NEIGHBOUR", done > 10, DEVICE)
"""


# ---- in the sandbox --------------------------------------------------------------------------------------------------
def cells_in(tier: int | None, order: dict[str, Any], *sources: str) -> tuple[Any, str]:
    """Run cells in a kernel of a tier, on the first card if there is one; the execution, and all that was printed."""
    options = Options("labrnn", Path(order["work"], "out"), only="notebook", tier=tier, unsafe=True)
    cards = () if order["cpu"] else chosen_cards("auto")
    run = replace(describe(options), slot=Slot(cards[0], 0.5) if cards else None)
    cells = tuple(Cell(number, source) for number, source in enumerate(sources, 1))
    submission = Submission("check", Path("check.ipynb"), "check.ipynb", cells, ())
    done = execute(submission, run, run.out / f"tier {tier}")
    return done, "\n".join(cell.text for cell in done.cells)


def tiers(order: dict[str, Any]) -> dict[str, Any]:
    """Which tier works with a card inside: `.cuda()` reaches it, results are right, the walls stand."""
    found: dict[str, Any] = {}
    wanted = "cpu" if order["cpu"] else "cuda"
    for number in (1, 2, 3):
        entry: dict[str, Any] = {"works": False}
        found[TIERS[number].name] = entry
        try:
            started = time.monotonic()
            done, said = cells_in(number, order, USES, WALLS)
            entry["seconds"] = round(time.monotonic() - started, 1)
            entry |= {"device": done.device, "said": re.findall(r"^(?:FOUND|WALLS) .*", said, re.MULTILINE)}
            entry["works"] = f"FOUND {wanted} 14.0 True" in said
            entry["walls"] = "WALLS True True True" in said
            entry["errors"] = [cell.error for cell in done.cells if cell.error] or list(done.remarks)
        except Exception as error:  # noqa: BLE001  # of any kind: the next tier is tried
            entry["errors"] = [f"{type(error).__name__}: {error}"]
        check = check_tier(number)
        entry |= {"missing": check.missing, "broken": check.broken}
    best = next((number for number in (1, 2, 3) if found[TIERS[number].name]["works"]), None)
    return {"ok": best in CONTAINING, "best": best, "tiers": found}


def afterwards(order: dict[str, Any]) -> dict[str, Any]:
    """Whether the card is usable after all that, in the best tier."""
    done, said = cells_in(best_tier(order), order, USES)
    return {"ok": "14.0 True" in said and "FOUND " + ("cpu" if order["cpu"] else "cuda") in said, "device": done.device}


# ---- whole hand-ins --------------------------------------------------------------------------------------------------
def graded(order: dict[str, Any], command: str, target: Path, *words: str) -> tuple[Path, float]:
    """Call the grader's own command; where the results are, and the seconds.

    Raises:
        RuntimeError: it did not end with 0.
    """
    out = Path(order["work"], f"results {order['name']}")
    tier = [] if best_tier(order) is None else ["--tier", str(best_tier(order))]
    asked = [sys.executable, "-m", "autograder", command, "--out", str(out), "--unsafe", *tier, *words]
    started = time.monotonic()
    status = subprocess.run([*asked, "--", str(target)], cwd=ROOT).returncode
    if status:
        raise RuntimeError(f"autograder {command} ended with {status}")
    return out, time.monotonic() - started


def best_tier(order: dict[str, Any]) -> int | None:
    """The best in which the card can be used, as it was found before; None where that is not known."""
    found: int | None = order["before"].get("tiers", {}).get("best")
    return found


def reviews(order: dict[str, Any], *, few: bool) -> Path:
    """All reviews, or few of them, that were carried; else made-up ones."""
    work = Path(order["work"])
    everything, some = work / "all.csv", work / "few.csv"
    if not everything.is_file():
        write_csv(everything, MADE_UP, seed=1)
    if not some.is_file():
        with (
            everything.open(encoding="utf-8", newline="") as source,
            some.open("w", encoding="utf-8", newline="") as target,
        ):
            csv.writer(target).writerows(itertools.islice(csv.reader(source), 1 + order["few"]))
    return some if few else everything


def evidence(folder: Path) -> dict[str, Any]:
    """The figures of one hand-in's run."""
    found = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    run, shown = found["execution"], found["evidence"]
    observed = [training for training in shown["trainings"] if training["standing"] == "observed"]
    return {
        "device": run["device"], "tier": run["tier"], "mode": run["mode"], "seconds": round(run["seconds"], 1),
        "trainings": len(observed), "complete": sum(training["complete"] for training in observed),
        "best": max((training["test_acc"] or 0.0 for training in observed), default=0.0),
        "failed": {cell["number"]: cell["error"] for cell in run["cells"] if cell["status"] not in ("ran", "skipped")},
        "remarks": run["remarks"],
    }  # fmt: skip


def on_the_card(order: dict[str, Any], found: dict[str, Any]) -> bool:
    return order["cpu"] or found["device"] != "cpu"


def notebook(order: dict[str, Any]) -> dict[str, Any]:
    """The reference, whole, in full mode."""
    data = reviews(order, few=True)
    out, seconds = graded(order, "grade", REFERENCE, "--only", "notebook", "--mode", "full", "--data", str(data))
    found = evidence(out / REFERENCE.stem)
    ok = on_the_card(order, found) and not found["failed"] and found["complete"] == found["trainings"] > 0
    return {"ok": ok, "reviews": MADE_UP if order["cpu"] else order["few"], **found, "wall": round(seconds, 1)}


def verification(order: dict[str, Any]) -> dict[str, Any]:
    """What the judge measures of the reference's classes, on everything; it trains on the CPU. With --cpu on its own
    made-up language."""
    data = [] if order["cpu"] else ["--data", str(reviews(order, few=False))]
    out, seconds = graded(order, "grade", REFERENCE, "--only", "accuracy", *data)
    found = json.loads((out / REFERENCE.stem / "accuracy.json").read_text(encoding="utf-8"))
    measured = {
        name: {key: entry.get(key) for key in ("verdict", "test_accuracy", "threshold", "seconds")}
        for name, entry in found.items()
    }
    ok = {"LSTM", "GRU"} <= found.keys() and all(entry["verdict"] == "verified" for entry in found.values())
    return {"ok": ok, "classes": measured, "wall": round(seconds, 1)}


def two_at_once(order: dict[str, Any]) -> dict[str, Any]:
    """Two whole references in two slots of one card; how long they take beside one."""
    folder = Path(order["work"], "two")
    folder.mkdir()
    for name in ("one", "two"):
        shutil.copyfile(REFERENCE, folder / f"{name}.ipynb")
    where = [] if order["cpu"] else ["--gpus", "0", "--per-gpu", "2"]
    data = str(reviews(order, few=True))
    out, seconds = graded(
        order, "grade-all", folder, "--only", "notebook", "--mode", "full", "--data", data, "--jobs", "2", *where
    )
    found = {name: evidence(out / name) for name in ("one", "two")}
    ok = all(on_the_card(order, one) and one["trainings"] and not one["failed"] for one in found.values())
    alone = order["before"].get("notebook", {}).get("wall")
    ratio = round(seconds / alone, 2) if alone else None
    return {"ok": ok, "wall": round(seconds, 1), "times_one": ratio, **found}


def out_of_bounds(order: dict[str, Any]) -> dict[str, Any]:
    """An allocation bomb of PyTorch's, one past it, and an endless kernel, beside an honest neighbour on one card: each
    ends alone, the first two after a second run alone."""
    folder, rubric = Path(order["work"], "bounds"), Path(order["work"], "bounds.toml")
    folder.mkdir()
    seconds = 8 if order["cpu"] else 20
    rubric.write_text(
        f"[notebook]\nsmoke_cell_seconds = {seconds + 10}\nsmoke_seconds = 300\n"
        + ("memory_mb = 1500\n" if order["cpu"] else "")
    )
    bad = {"bomb": TORCH_BOMB, "raw": RAW_BOMB, "endless": ENDLESS, "neighbour": NEIGHBOUR}
    for name, source in bad.items():
        hand_in(folder / f"{name}.ipynb", source.replace("SECONDS", str(seconds)), "cpu" if order["cpu"] else "cuda")
    where = ["--jobs", "1"] if order["cpu"] else ["--gpus", "0", "--per-gpu", "4"]
    out, wall = graded(
        order, "grade-all", folder, "--only", "notebook", "--mode", "smoke", "--rubric", str(rubric), *where
    )
    found = {name: evidence(out / name) for name in bad}
    told = {name: [entry for entry in found[name]["remarks"] if entry in (ALONE, ALONE_TOO)] for name in bad}
    neighbour = "NEIGHBOUR True" in (out / "neighbour" / "executed.ipynb").read_text(encoding="utf-8")
    ended = {name: bool(found[name]["failed"]) for name in ("bomb", "raw", "endless")}
    again = {name: bool(told[name]) for name in ("bomb", "raw")}
    ok = neighbour and all(ended.values()) and not told["neighbour"] and (order["cpu"] or all(again.values()))
    return {
        "ok": ok, "neighbour": neighbour, "ended": ended, "again_alone": again, "wall": round(wall, 1),
        "how": {name: found[name]["failed"] for name in bad}, "device": found["neighbour"]["device"],
    }  # fmt: skip


def hand_in(path: Path, source: str, device: str) -> None:
    """The reference without its experiments, with a cell at its end."""
    book = nbformat.read(REFERENCE, as_version=4)
    book.cells = [cell for cell in book.cells if cell.cell_type != "code" or not TRAINS.search(cell.source)]
    book.cells.append(nbformat.v4.new_code_cell(f"DEVICE = {device!r}"))
    book.cells.append(nbformat.v4.new_code_cell(source.strip()))
    nbformat.write(book, path)


PARTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "tiers": tiers,
    "notebook": notebook,
    "verification": verification,
    "two at once": two_at_once,
    "out of bounds": out_of_bounds,
    "afterwards": afterwards,
}


def main(words: Sequence[str]) -> None:
    """Do one part."""
    order = json.loads(words[0])
    answer = PARTS[order["name"]](order)
    Path(order["work"], f"{order['name']}.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
