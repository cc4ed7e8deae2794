"""Collects what `scripts/gpu_check.sh` needs on a machine without network: `make gpu-bundle [DATA=reviews.csv]`.

Wheels of what the grader imports, but for what comes with the machine's PyTorch; bubblewrap and libseccomp as Debian's
packages; the reviews, compressed. Refuses to be larger than what such a machine is sent at most.
"""

from __future__ import annotations

import argparse
import lzma
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
MOST = 60_000_000  # bytes, with the checkout
FROM_THE_MACHINE = ("torch", "numpy", "scipy", "scikit-learn", "pandas", "matplotlib")  # with all that these need
UNUSED = ("duckdb", "copydetect", "debugpy")  # other formats, look-alikes, a debugger
DEBIAN = ("bubblewrap", "libseccomp2")
PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5)), "manylinux2014_x86_64")
THERE = {  # what markers are asked about: the machine, not this one
    "python_version": "3.12", "python_full_version": "3.12.3", "implementation_name": "cpython", "os_name": "posix",
    "platform_python_implementation": "CPython", "sys_platform": "linux", "platform_system": "Linux",
    "platform_machine": "x86_64",
}  # fmt: skip


def needed() -> dict[str, str]:
    """The packages that are carried, each with its version, that of this environment where it is here: "==2.0".

    Raises:
        PackageNotFoundError: one of them is not installed here.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting, found = [Requirement(text) for text in project["dependencies"]], dict[str, str]()
    left_out = {canonicalize_name(name) for name in (*FROM_THE_MACHINE, *UNUSED)}
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or name in left_out:
            continue
        package = metadata.distribution(name)
        found[name] = f"=={package.version}"
        for text in package.requires or ():
            inner = Requirement(text)
            extras = ("", *wanted.extras)
            if inner.marker is None or any(inner.marker.evaluate({**THERE, "extra": extra}) for extra in extras):
                waiting.append(inner)
    for text in project["optional-dependencies"]["gpu"]:
        wanted = Requirement(text)
        found[canonicalize_name(wanted.name)] = str(wanted.specifier)
    return found


def wheels(folder: Path) -> None:
    """Download the wheels for CPython 3.12 on Linux.

    Raises:
        CalledProcessError: pip finds no wheel of one of them.
    """
    words = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary=:all:", "-d", str(folder)]
    words += ["--python-version", "3.12", "--implementation", "cp"]
    for platform in PLATFORMS:
        words += ["--platform", platform]
    subprocess.run([*words, *(name + version for name, version in sorted(needed().items()))], check=True)


def packages(folder: Path) -> None:
    """Download Debian's packages.

    Raises:
        OSError, CalledProcessError: there is no apt-get here, or it does not find one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "-qq", "-oAPT::Sandbox::User=root", "download", *DEBIAN], cwd=folder, check=True)


def reviews(source: Path, target: Path) -> None:
    """The reviews as .xz, as they are where they are that already."""
    if source.suffix == ".xz":
        shutil.copyfile(source, target)
        return
    with source.open("rb") as plain, lzma.open(target, "wb", preset=9) as packed:
        shutil.copyfileobj(plain, packed)


def checkout() -> list[Path]:
    """All files that travel with a working tree: tracked, and untracked but not ignored."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file() and not path.is_symlink()]


def size(paths: Iterable[Path]) -> int:
    """Bytes of all these files together."""
    return sum(path.stat().st_size for path in paths if path.is_file())


def main(words: list[str]) -> int:
    """0; 3 where something can't be had or the bundle is too large."""
    parser = argparse.ArgumentParser(prog="make gpu-bundle", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--data", type=Path, help="the real reviews, as CSV or CSV.xz")
    parser.add_argument("--out", type=Path, default=Path("dist/gpu"))
    asked = parser.parse_args(words)
    shutil.rmtree(asked.out, ignore_errors=True)
    asked.out.mkdir(parents=True)
    try:
        wheels(asked.out / "wheels")
        packages(asked.out / "debian")
        if asked.data is not None:
            reviews(asked.data, asked.out / "reviews.csv.xz")
    except (subprocess.CalledProcessError, OSError, metadata.PackageNotFoundError) as error:
        print(f"The bundle can't be made: {error}", file=sys.stderr)
        return 3
    return tell(asked.out)


def tell(out: Path) -> int:
    """Print what it holds and how it is used; 3 where it is too large."""
    parts = {folder.name: size(folder.rglob("*")) if folder.is_dir() else size([folder]) for folder in out.iterdir()}
    parts["the checkout"] = size(checkout())
    total = sum(parts.values())
    for name, amount in sorted(parts.items()):
        print(f"{amount / 1e6:6.1f} MB  {name}")
    print(f"{total / 1e6:6.1f} MB  in all; at most {MOST / 1e6:.0f} MB may be sent")
    if total > MOST:
        print(f"The bundle {out} is {(total - MOST) / 1e6:.1f} MB too large; leave something out.", file=sys.stderr)
        return 3
    print(f"There: sh scripts/gpu_check.sh {out}        (gpu.json goes into $OUT, or a folder named after it)")
    print(f'With the device tool: run(command="sh scripts/gpu_check.sh {out}", carry=["{out}"], timeout_s=540)')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
