"""Bounds on a card's memory, with stand-ins for PyTorch's CUDA and for NVML."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.errors import OutOfGpuMemory
from autograder.evidence import CellRun, Execution
from autograder.inside import gpu_bound
from autograder.notebook.gpu_memory import (
    AGAIN,
    AGAIN_TOO,
    ALONE,
    ALONE_TOO,
    NO_CUDA,
    TOO_MUCH,
    CardWatch,
    ran_out,
    says_so,
)
from autograder.notebook.run import _on_a_card
from autograder.run import Card, Slot

GB = 1 << 30
QUARTER = Slot(Card("GPU-a"), 0.25)


# ---- PyTorch's own bound ---------------------------------------------------------------------------------------------
class Cuda:
    """What torch.cuda and torch._C have of it. `set`: the fractions that reached the allocator."""

    def __init__(self, gigabytes: int = 80, there: bool = True) -> None:
        self.set: list[float] = []
        self.core = SimpleNamespace(_cuda_setMemoryFraction=lambda fraction, device: self.set.append(fraction))
        self.cuda = SimpleNamespace(
            is_available=lambda: there,
            get_device_name=lambda device: "NVIDIA A2",
            get_device_properties=lambda device: SimpleNamespace(total_memory=gigabytes * GB),
            set_per_process_memory_fraction=lambda f, d=None: self.core._cuda_setMemoryFraction(f, d),  # as torch does
        )

    @property
    def torch(self) -> Any:
        return SimpleNamespace(cuda=self.cuda, _C=self.core)


def test_the_bound_is_set_before_any_cell() -> None:
    cuda = Cuda()
    assert gpu_bound.take_up(cuda.torch, 0.25) == "NVIDIA A2"
    assert cuda.set == [pytest.approx(0.25 - gpu_bound.CONTEXT / (80 * GB))]


def test_the_bound_can_be_lowered_and_not_raised() -> None:
    cuda = Cuda()
    gpu_bound.take_up(cuda.torch, 0.5)
    for wanted in (1.0, 0.1, 0.9):
        cuda.cuda.set_per_process_memory_fraction(wanted, 0)
    assert cuda.set[1:] == [cuda.set[0], 0.1, cuda.set[0]]


def test_a_whole_card_is_not_bounded() -> None:
    cuda = Cuda()
    assert gpu_bound.take_up(cuda.torch, 1.0) == "NVIDIA A2" and cuda.set == []


def test_where_cuda_does_not_work_the_cpu_is_used() -> None:
    assert gpu_bound.take_up(Cuda(there=False).torch, 0.25) == "cpu"


@pytest.mark.parametrize("gigabytes", [2, 4, 8, 24, 80, 140])
@pytest.mark.parametrize("share", [1 / 2, 1 / 4, 1 / 8])
def test_allocators_and_contexts_together_fit_on_a_card(gigabytes: int, share: float) -> None:
    fraction = gpu_bound.allowed(gigabytes * GB, share)
    assert share / 2 <= fraction < share
    if share * gigabytes * GB >= 2 * gpu_bound.CONTEXT:
        assert (fraction * gigabytes * GB + gpu_bound.CONTEXT) / share <= gigabytes * GB * (1 + 1e-9)


# ---- what the card says ----------------------------------------------------------------------------------------------
class Nvml:
    """pynvml with two cards. `used`: by card's name and process, in bytes; None where NVML does not know."""

    NVMLError = type("NVMLError", (Exception,), {})

    def __init__(self, used: dict[str, dict[int, int | None]], total: int = 80 * GB) -> None:
        self.used, self.total = used, total

    def nvmlInit(self) -> None:
        pass

    def nvmlDeviceGetCount(self) -> int:
        return len(self.used)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> str:
        return list(self.used)[number]

    def nvmlDeviceGetUUID(self, card: str) -> str:
        return card

    def nvmlDeviceGetMemoryInfo(self, card: str) -> Any:
        return SimpleNamespace(total=self.total)

    def nvmlDeviceGetComputeRunningProcesses(self, card: str) -> list[Any]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=amount) for pid, amount in self.used[card].items()]


def watch(monkeypatch: pytest.MonkeyPatch, nvml: Any, slot: Slot | None = QUARTER) -> CardWatch:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    return CardWatch(slot)


def test_what_is_taken_beyond_the_share_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml({"GPU-a": {7: 19 * GB, 8: 2 * GB, 9: 70 * GB}})
    assert TOO_MUCH in watch(monkeypatch, nvml).excess([7, 8])  # together more than 20 GB
    assert watch(monkeypatch, nvml).excess([7]) == "" == watch(monkeypatch, nvml).excess([8])  # a neighbour's is not
    assert says_so(f"The kernel was ended: {watch(monkeypatch, nvml).excess([9])}.")


def test_memory_on_a_card_of_others_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml({"GPU-b": {7: 15 * GB}, "GPU-a": {7: 10 * GB}})
    assert watch(monkeypatch, nvml).excess([7])


@pytest.mark.parametrize("slot", [None, Slot(Card("GPU-a"), 1.0, again=True)])
def test_nothing_is_watched_without_neighbours(monkeypatch: pytest.MonkeyPatch, slot: Slot | None) -> None:
    assert watch(monkeypatch, Nvml({"GPU-a": {7: 90 * GB}}), slot).excess([7]) == ""


def test_without_nvml_there_is_no_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watch(monkeypatch, None).excess([7]) == ""  # the import fails
    broken = Nvml({})
    monkeypatch.setattr(broken, "nvmlInit", lambda: 1 / 0)
    assert watch(monkeypatch, broken).excess([7]) == ""


def test_an_answer_that_nvml_refuses_ends_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml({"GPU-a": {7: None}})
    assert watch(monkeypatch, nvml).excess([7]) == ""

    def refuse(card: str) -> Any:
        raise nvml.NVMLError

    monkeypatch.setattr(nvml, "nvmlDeviceGetComputeRunningProcesses", refuse)
    assert watch(monkeypatch, nvml).excess([7]) == ""


# ---- whose fault -----------------------------------------------------------------------------------------------------
def ran(*errors: str, device: str = "NVIDIA A2", event: object = None) -> Execution:
    cells = tuple(
        CellRun(number, "", "failed" if error else "ran", error=error, events=({"error": event},) if event else ())
        for number, error in enumerate(errors, 1)
    )
    return Execution("full", "x.csv", device, "bubblewrap", cells, 1.0, remarks=("before",))


OOM = "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."


@pytest.mark.parametrize(
    "error",
    [
        OOM,
        "RuntimeError: CUDA error: out of memory",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
        f"The kernel was ended: it used more than 20480 MB {TOO_MUCH}.",
    ],
)
def test_a_run_that_was_short_beside_others_says_nothing(error: str) -> None:
    with pytest.raises(OutOfGpuMemory, match="cell 2"):
        _on_a_card(ran("", error), QUARTER)
    assert _on_a_card(ran("", error), Slot(Card("0"))).remarks == ("before",)  # nobody was beside it: its own doing


def test_a_training_that_was_stopped_says_it_too() -> None:
    with pytest.raises(OutOfGpuMemory):
        _on_a_card(ran("", event=OOM), QUARTER)


@pytest.mark.parametrize(
    "error", ["MemoryError", "RuntimeError: DefaultCPUAllocator: can't allocate memory", "ValueError: out of range"]
)
def test_other_failures_are_the_notebooks_own(error: str) -> None:
    assert ran_out(ran(error, event=5)) == ""
    assert _on_a_card(ran(error), QUARTER) == ran(error)


def test_the_report_says_that_it_was_run_again() -> None:
    alone = Slot(Card("0"), 1.0, again=True)
    assert _on_a_card(ran(""), alone).remarks == ("before", ALONE)
    assert _on_a_card(ran(OOM), alone).remarks == ("before", ALONE_TOO)


def test_a_second_run_on_a_part_of_a_card_counts_whatever_it_is() -> None:
    lent = Slot(Card("0"), 0.5, again=True)
    assert _on_a_card(ran(""), lent).remarks == ("before", AGAIN)
    assert _on_a_card(ran(OOM), lent).remarks == ("before", AGAIN_TOO)


def test_the_report_says_that_the_card_could_not_be_used() -> None:
    assert _on_a_card(ran("", device="cpu"), replace(QUARTER, share=1.0)).remarks == ("before", NO_CUDA)
