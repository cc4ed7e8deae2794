"""GPUs on made-up device trees: which there are, and what a sandbox lets in for one of them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from running import LABRNN, LIMITS, submission_of

from autograder.notebook import execute
from autograder.notebook.gpu import find_cards, gpu_devices, gpu_environment, gpu_readable
from autograder.notebook.gpu_memory import NO_CUDA
from autograder.run import Card, Slot

FIRST, SECOND = (f"GPU-{digit * 8}-1111-2222-3333-444444444444" for digit in "ab")


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def driver(root: Path, place: str, uuid: str, minor: int) -> None:
    """What NVIDIA's driver says of one card."""
    folder = root / "proc/driver/nvidia/gpus" / place
    folder.mkdir(parents=True)
    (folder / "information").write_text(
        f"Model: \t\t NVIDIA A2\nIRQ:   \t\t 42\nGPU UUID: \t {uuid}\nBus Location: \t {place}\nDevice Minor: \t {minor}\n"
    )


def named(root: Path, **env: str) -> list[str]:
    return [card.name for card in find_cards(root, env)]


def test_a_machine_without_gpus(tmp_path: Path) -> None:
    tree(tmp_path, "dev/null", "dev/nvidiactl", "dev/nvidia-uvm")
    assert find_cards(tmp_path, {}) == () == find_cards(tmp_path, {"CUDA_VISIBLE_DEVICES": "0"})


def test_cards_are_numbered_where_the_driver_does_not_name_them(tmp_path: Path) -> None:
    tree(tmp_path, *(f"dev/nvidia{n}" for n in (10, 2, 0)))
    assert find_cards(tmp_path, {}) == (Card("0"), Card("1"), Card("2"))


def test_the_driver_says_which_node_is_whose(tmp_path: Path) -> None:
    """The minor number of a card need not be the number that CUDA and nvidia-smi count by, which is its place."""
    tree(tmp_path, "dev/nvidia0", "dev/nvidia1")
    driver(tmp_path, "0000:81:00.0", SECOND, 0)
    driver(tmp_path, "0000:01:00.0", FIRST, 1)
    one, two = str(tmp_path / "dev/nvidia1"), str(tmp_path / "dev/nvidia0")
    assert find_cards(tmp_path, {}) == (Card(FIRST, one), Card(SECOND, two))
    assert find_cards(tmp_path, {"CUDA_VISIBLE_DEVICES": SECOND}) == (Card(SECOND, two),)


def test_a_card_of_another_container_is_not_counted(tmp_path: Path) -> None:
    tree(tmp_path, "dev/nvidia1")
    driver(tmp_path, "0000:01:00.0", FIRST, 0)
    driver(tmp_path, "0000:81:00.0", SECOND, 1)
    assert named(tmp_path) == [SECOND]


def test_names_that_the_driver_keeps_to_itself_are_not_used(tmp_path: Path) -> None:
    tree(tmp_path, "dev/nvidia0")
    driver(tmp_path, "0000:01:00.0", "GPU-????????-????-????-????-????????????", 0)
    assert named(tmp_path) == ["0"]


@pytest.mark.parametrize(
    ("visible", "names"),
    [("", []), ("-1", []), ("1", ["1"]), ("0, 1", ["0", "1"]), ("1,-1,0", ["1"]), ("MIG-4f", ["MIG-4f"])],
)
def test_the_variable_chooses_as_it_does_for_cuda(tmp_path: Path, visible: str, names: list[str]) -> None:
    tree(tmp_path, "dev/nvidia0", "dev/nvidia1")
    assert named(tmp_path, CUDA_VISIBLE_DEVICES=visible) == names


def test_a_slot_is_let_into_its_own_card_alone(tmp_path: Path) -> None:
    tree(tmp_path, *(f"dev/{n}" for n in ("nvidia1", "nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-modeset", "null")))
    tree(tmp_path, "dev/nvidia-caps/nvidia-cap2", "dev/nvidia-caps/other", "sys/bus/pci/x")

    def let_in(card: Card) -> list[str]:
        return [os.path.relpath(path, tmp_path / "dev") for path in gpu_devices(card, tmp_path)]

    common = ["nvidiactl", "nvidia-uvm", "nvidia-modeset", "nvidia-caps/nvidia-cap2"]
    assert let_in(Card(FIRST, str(tmp_path / "dev/nvidia1"))) == ["nvidia1", *common]
    assert let_in(Card("1")) == ["nvidia0", "nvidia1", *common]
    assert gpu_readable(tmp_path, {}) == (tmp_path / "sys/bus/pci",)


def test_the_environment_names_one_card_and_nothing_of_the_judge(tmp_path: Path) -> None:
    env = gpu_environment(
        Card(FIRST), {"CUDA_VISIBLE_DEVICES": "0,1", "SECRET": "x", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    )
    assert env["CUDA_VISIBLE_DEVICES"] == FIRST and env["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" and "SECRET" not in env


def test_the_drivers_libraries_may_lie_anywhere(tmp_path: Path) -> None:
    libraries = tree(tmp_path, "opt/driver/libcuda.so.1", "opt/other/libz.so") / "opt"
    path = f"{libraries}/driver:{libraries}/other::relative"
    assert gpu_readable(tmp_path / "none", {"LD_LIBRARY_PATH": path}) == (libraries / "driver",)
    assert gpu_environment(Card("0"), {"LD_LIBRARY_PATH": path})["LD_LIBRARY_PATH"] == path


@pytest.mark.slow
@pytest.mark.parametrize("tier", [1, 2])
def test_a_kernel_is_let_into_its_card(tmp_path: Path, tier: int) -> None:
    """With a device that is there everywhere in place of a card's."""
    run = replace(
        LABRNN,
        rubric=msgspec.structs.replace(LABRNN.rubric, notebook=LIMITS),
        tier=tier,
        slot=Slot(Card(FIRST, "/dev/full"), 0.5),
    )
    source = "import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'], len(open('/dev/full', 'rb').read(3)))"
    done = execute(submission_of([source]), run, tmp_path)
    assert done.cells[0].text.strip() == f"{FIRST} 3" and done.device == "cpu" and done.remarks == (NO_CUDA,)
