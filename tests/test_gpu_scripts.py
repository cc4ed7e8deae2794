"""What goes to a GPU machine, and what is written there whatever happens; the parts themselves need such a machine."""

from __future__ import annotations

import io
import json
import lzma
import subprocess
import tarfile
from pathlib import Path

import pytest

from scripts.gpu import bundle, check, parts
from scripts.gpu.debian import members, unpack

ROOT = Path(__file__).parents[1]


# ---- Debian's packages -----------------------------------------------------------------------------------------------
def archive(**files: bytes) -> bytes:
    """An ar archive."""
    out = b"!<arch>\n"
    for name, content in files.items():
        head = f"{name + '/':16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        out += head + content + b"\n" * (len(content) % 2)
    return out


def tar(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as out:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o755
        out.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def test_a_package_is_unpacked(tmp_path: Path) -> None:
    package = tmp_path / "x.deb"
    package.write_bytes(archive(**{"debian-binary": b"2.0", "data.tar.xz": tar("./usr/bin/bwrap", b"program")}))
    unpack(package, tmp_path / "root")
    assert (tmp_path / "root/usr/bin/bwrap").read_bytes() == b"program"
    assert (tmp_path / "root/usr/bin/bwrap").stat().st_mode & 0o111


def test_a_package_writes_nowhere_else(tmp_path: Path) -> None:
    package = tmp_path / "x.deb"
    package.write_bytes(archive(**{"data.tar.xz": tar("../outside", b"")}))
    with pytest.raises(tarfile.OutsideDestinationError):
        unpack(package, tmp_path / "root")


@pytest.mark.parametrize("data", [b"", b"PK", archive(a=b"abc")[:-3], archive(a=b"abc")[:30], b"!<arch>\n" + b"x" * 60])
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(ValueError, match="ar archive"):
        members(data)


def test_a_package_without_files(tmp_path: Path) -> None:
    (tmp_path / "x.deb").write_bytes(archive(**{"debian-binary": b"2.0"}))
    with pytest.raises(ValueError, match=r"x\.deb holds no"):
        unpack(tmp_path / "x.deb", tmp_path)


# ---- the bundle ------------------------------------------------------------------------------------------------------
def test_what_the_machine_has_is_not_carried() -> None:
    found = bundle.needed()
    assert {"msgspec", "py-landlock", "pyseccomp", "ipykernel", "hypothesis", "nvidia-ml-py"} <= found.keys()
    assert not found.keys() & {"torch", "numpy", "scipy", "pandas", "matplotlib", "pillow", "ruff", "mypy", "duckdb"}


def test_reviews_are_packed_once(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("review,sentiment\n")
    bundle.reviews(tmp_path / "r.csv", tmp_path / "a.xz")
    bundle.reviews(tmp_path / "a.xz", tmp_path / "b.xz")
    assert lzma.decompress((tmp_path / "b.xz").read_bytes()) == b"review,sentiment\n"


def test_a_bundle_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "a.whl").write_bytes(b"x" * 5000)
    monkeypatch.setattr(bundle, "checkout", lambda: [tmp_path / "wheels" / "a.whl"])
    monkeypatch.setattr(bundle, "MOST", 10_000)
    assert bundle.tell(tmp_path) == 0
    assert f'carry=["{tmp_path}"]' in capsys.readouterr().out
    monkeypatch.setattr(bundle, "MOST", 9_999)
    assert bundle.tell(tmp_path) == 3
    assert "too large" in capsys.readouterr().err


def test_what_can_not_be_had_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path) -> None:
        raise subprocess.CalledProcessError(1, ["pip"])

    monkeypatch.setattr(bundle, "wheels", fail)
    assert bundle.main(["--out", str(tmp_path / "out")]) == 3
    assert "can't be made" in capsys.readouterr().err


# ---- the check -------------------------------------------------------------------------------------------------------
def found(tmp_path: Path, seconds: float = check.WHOLE) -> check.Found:
    return check.Found(tmp_path / "gpu.json", seconds / check.WHOLE)


def written(tmp_path: Path) -> dict[str, dict[str, object]]:
    return json.loads((tmp_path / "gpu.json").read_text())


def test_a_part_that_fails_leaves_the_others_and_the_file(tmp_path: Path) -> None:
    kept = found(tmp_path)
    kept.part("machine", lambda: {"ok": True, "torch": "2.11"})
    kept.part("tiers", lambda: {"ok": True, "x": 1 / 0})
    assert [part["ok"] for part in written(tmp_path).values()] == [True, False]
    kept.part("notebook", lambda: {"ok": True})
    assert list(written(tmp_path)) == ["machine", "tiers", "notebook"]
    assert written(tmp_path)["tiers"]["error"] == "ZeroDivisionError: division by zero"
    assert all("seconds" in part for part in written(tmp_path).values())


def test_when_the_time_is_over_parts_are_left_out_and_say_so(tmp_path: Path) -> None:
    kept = found(tmp_path, seconds=1.0)
    kept.part("tiers", lambda: pytest.fail("begun"))
    assert "used up" in str(written(tmp_path)["tiers"]["error"])


def test_all_parts_are_there_and_fit_into_eight_minutes() -> None:
    assert set(check.SECONDS) == {"machine", "environment", *parts.PARTS}
    assert check.WHOLE < 480


@pytest.mark.parametrize(
    ("program", "seconds", "why"),
    [("exit 3", 20.0, "status 3: said"), ("sleep 60 & sleep 60", 0.3, "more than 0 s; it said last: said")],
)
def test_a_part_that_dies_or_hangs_is_told_with_what_it_said(
    tmp_path: Path, program: str, seconds: float, why: str
) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho said\n{program}\n")
    python.chmod(0o755)
    places = check.Places(tmp_path, tmp_path, tmp_path, cpu=True)
    with pytest.raises((RuntimeError, TimeoutError), match=why):
        check.outside("tiers", places, seconds, {})


def test_without_a_bundle_nothing_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([str(tmp_path / "none"), str(tmp_path / "out")]) == 3
    assert "make gpu-bundle" in capsys.readouterr().out and not (tmp_path / "out").exists()


def test_hand_ins_that_break_out_are_notebooks_without_experiments(tmp_path: Path) -> None:
    parts.hand_in(tmp_path / "x.ipynb", parts.ENDLESS, "cpu")
    cells = json.loads((tmp_path / "x.ipynb").read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert sources[-2:] == ["DEVICE = 'cpu'", parts.ENDLESS.strip()]
    assert any("def load_imdb" in source for source in sources)
    assert not any("RESULTS" in source for source in sources)
