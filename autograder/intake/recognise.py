"""Which platform made a download, and where in it the hand-ins stand: zips are unpacked, folders opened, as needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import ConfigError
from autograder.grades import Platform
from autograder.intake import canvas, github, gradescope, moodle, sakai
from autograder.intake.download import Entry, HandInNames, Root
from autograder.intake.unpack import top_names, unpack
from autograder.submission import several_hand_ins
from autograder.submission.limits import listed, shown

TITLES: dict[Platform, str] = {
    "folder": "a plain folder",
    "gradescope": "Gradescope",
    "canvas": "Canvas",
    "sakai": "Sakai",
    "moodle": "Moodle",
    "github": "GitHub Classroom",
}
# Of platforms whose marks as many entries bear, the first counts: Canvas's are but two numbers, which a name may hold.
_SIGNS: dict[Platform, Callable[[Entry], bool]] = {
    "moodle": moodle.sign,
    "sakai": sakai.sign,
    "canvas": canvas.sign,
}
_CLASS_FILES = ("grades.csv", "grades.xls", "grades.xlsx")
_DEEPEST = 6  # folders and zips around a download


@dataclass(frozen=True)
class Source:
    """What was recognised: the platform, and the folder of each download of it (a section each, say)."""

    platform: Platform
    roots: tuple[Root, ...]
    remarks: tuple[str, ...] = ()


def recognise(
    source: Path,
    scratch: Path,
    asked: HandInNames,
    platform: Platform | None = None,
    roster: Path | None = None,
) -> Source:
    """Find the hand-ins of a folder or zip; zips are unpacked below `scratch`. `roster`: a file that is none of them.

    Raises:
        ConfigError: there is nothing, it can't be opened, or it holds downloads of two platforms.
    """
    root = _opened(Path(source), scratch, roster)
    for _ in range(_DEEPEST):
        seen = platforms_at(root)
        if len(seen) > 1 and platform is None:
            raise ConfigError(_mixed(source, seen))
        for own in seen:
            if platform in (None, own):
                return Source(own, (root,))
        entries = root.entries()
        if len(entries) != 1 or not _holds_class(root, entries[0], asked):
            break
        root = _entered(root, entries[0], scratch)
    if platform is None and (several := _several(root, scratch, asked, source)):
        return several
    return Source(platform or "folder", (root,), _classes(root, asked) if platform in (None, "folder") else ())


def platforms_at(root: Root) -> dict[Platform, str]:
    """The platforms whose marks the entries of a folder bear, with an example of each.

    People choose the names of their files, so that one entry proves nothing: a platform's marks count from half of the
    entries on, and on two at least unless all bear them. Others' marks then count only where they stand alone: every
    entry that a student can name bears the marks of their platform too.
    """
    entries = [own for own in root.entries() if own.name.lower() not in _CLASS_FILES]
    lists = [own for own in entries if gradescope.sign(own)]
    homes = [own for own in entries if gradescope.home(own)]
    if lists and _enough(homes, len(entries) - 1):
        return {"gradescope": lists[0].name, **_strangers([own for own in entries if own not in homes])}
    borne = {platform: [own for own in entries if sign(own)] for platform, sign in _SIGNS.items()}
    platform, most = max(borne.items(), key=lambda pair: len(pair[1]))
    if most and _enough(most, len(entries)):
        return {platform: most[0].name, **_strangers([own for own in entries if own not in most])}
    clones = [entry for entry in entries if github.sign(entry)]
    if clones and 2 * len(clones) >= len(entries) and (len(clones) > 1 or "-submissions" in root.name):
        return {"github": clones[0].name}
    return {}


def _enough(own: Sequence[Entry], count: int) -> bool:
    return len(own) == count or (2 * len(own) >= count and len(own) > 1)


def _strangers(entries: Sequence[Entry]) -> dict[Platform, str]:
    """The platforms whose marks these entries bear, with an example of each."""
    found: dict[Platform, str] = {}
    for entry in entries:
        own = next((platform for platform, sign in _SIGNS.items() if sign(entry)), None)
        if own:
            found.setdefault(own, entry.name)
    return found


def _mixed(source: Path, seen: dict[Platform, str]) -> str:
    what = ", ".join(f"{TITLES[platform]} ({shown(example)})" for platform, example in seen.items())
    return f"{source} holds downloads of several platforms: {what}; give one at a time, or say --platform."


def _opened(path: Path, scratch: Path, roster: Path | None) -> Root:
    """Raises ConfigError."""
    if path.is_dir():
        return Root(path, path.resolve().name, roster=roster)
    if not path.exists():
        raise ConfigError(f"There is no {path}.")
    if path.suffix.lower() in (".ipynb", ".py"):
        raise ConfigError(f"{path} is one file; give a folder or zip of hand-ins, or use make grade.")
    return unpack(path, _fresh(scratch))


def _fresh(scratch: Path) -> Path:
    """A name that is still free below `scratch`."""
    count = 1
    while (scratch / f"download-{count}").exists():
        count += 1
    return scratch / f"download-{count}"


def _holds_class(root: Root, entry: Entry, asked: HandInNames, depth: int = 0) -> bool:
    """Whether the only entry of a folder is a class and not one student's hand-in. Raises ConfigError."""
    if not entry.is_dir:
        return entry.path.suffix.lower() == ".zip" and entry.path not in root.left_out and _is_class(entry.path)
    inner = root.inside(entry, entry.name)
    if platforms_at(inner) or several_hand_ins(entry.path, asked.files, asked.defines):
        return True
    own = inner.entries()
    return len(own) == 1 and depth < _DEEPEST and _holds_class(inner, own[0], asked, depth + 1)


def _entered(root: Root, entry: Entry, scratch: Path) -> Root:
    """Raises ConfigError."""
    return root.inside(entry, entry.name) if entry.is_dir else unpack(entry.path, _fresh(scratch))


def _is_class(path: Path) -> bool:
    """Whether a zip, going by the names in it alone, is a class's: a platform's, or zips, or folders with notebooks."""
    names = [PurePosixPath(name) for name in top_names(path)]
    names = [name for name in names if name.parts]
    while names and len({name.parts[0] for name in names}) == 1 and any(len(name.parts) > 1 for name in names):
        names = [PurePosixPath(*name.parts[1:]) for name in names if len(name.parts) > 1]
    tops = {name.parts[0]: len(name.parts) > 1 for name in names}
    marked = sum(_looks_made(top, names) for top in tops)
    homes = {name.parts[0] for name in names if len(name.parts) > 1 and name.suffix.lower() == ".ipynb"}
    loose = [name for name in names if len(name.parts) == 1 and name.suffix.lower() == ".ipynb"]
    zips = [top for top in tops if top.lower().endswith(".zip")]
    return bool(tops) and (2 * marked >= len(tops) or (not loose and (len(homes) > 1 or len(zips) == len(tops))))


def _looks_made(top: str, names: list[PurePosixPath]) -> bool:
    """Whether an entry's name is a platform's."""
    entry = Entry(top, Path("/nonexistent"))
    inside = {name.parts[1] for name in names if name.parts[0] == top and len(name.parts) > 1}
    return (
        any(sign(entry) for sign in (gradescope.sign, moodle.sign, canvas.sign, sakai.sign))
        or bool(inside & set(sakai.OWN))
        or ".git" in inside
    )


def _several(root: Root, scratch: Path, asked: HandInNames, source: Path) -> Source | None:
    """Several downloads side by side, if every entry is one. Raises ConfigError if they are of different platforms."""
    entries = root.entries()
    if len(entries) < 2 or not all(_is_download(root, entry) for entry in entries):  # the first hand-in ends it
        return None
    seen: dict[Platform, str] = {}
    roots: list[Root] = []
    for entry in entries:
        inner = _entered(root, entry, scratch)
        for _ in range(_DEEPEST):
            own = inner.entries()
            if platforms_at(inner) or len(own) != 1:
                break
            inner = _entered(inner, own[0], scratch)
        for platform in platforms_at(inner):
            seen.setdefault(platform, entry.name)
        roots.append(inner)
    if len(seen) > 1:
        raise ConfigError(_mixed(source, seen))
    if not seen:
        return None
    names = listed([entry.name for entry in entries])
    return Source(next(iter(seen)), tuple(roots), (f"{len(roots)} downloads were taken together: {names}.",))


def _is_download(root: Root, entry: Entry) -> bool:
    """Whether an entry is itself a platform's download, perhaps in one more folder. Raises ConfigError."""
    if not entry.is_dir:
        return entry.path.suffix.lower() == ".zip" and _is_class(entry.path)
    inner = root.inside(entry, entry.name)
    own = inner.entries()
    return bool(platforms_at(inner)) or (len(own) == 1 and own[0].is_dir and _is_download(inner, own[0]))


def _classes(root: Root, asked: HandInNames) -> tuple[str, ...]:
    """A remark if entries of a plain folder look like whole classes themselves."""
    found = [
        entry.name for entry in root.entries()
        if entry.is_dir and several_hand_ins(entry.path, asked.files, asked.defines)
    ]  # fmt: skip
    if not found:
        return ()
    return (f"Each of these folders was taken for one student's, though it seems to hold several: {listed(found)}.",)
