"""Gradescope's export: `submission_metadata.yml`, and a folder for each submission that it tells of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml  # type: ignore[import-untyped]

from autograder.errors import ConfigError, SubmissionError
from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, stranger
from autograder.submission.files import disk_file
from autograder.submission.limits import MB, shown

METADATA = "submission_metadata.yml"
_LARGEST = 20 * MB
_DEEPEST = 60
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T]{1,3}(\d{2}:\d{2}:\d{2})(?:\.(\d{1,12}))? {0,3}(Z|UTC|[+-]\d{2}:?\d{2})?", re.ASCII
)
_HOME = re.compile(r"submission_\d{1,20}", re.ASCII)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def sign(entry: Entry) -> bool:
    """Whether the entry is Gradescope's list of submissions."""
    return entry.name == METADATA and not entry.is_dir


def home(entry: Entry) -> bool:
    """Whether the entry is called like the folder of a submission."""
    return _HOME.fullmatch(entry.name) is not None


def read(root: Root, asked: HandInNames, zone: ZoneInfo) -> Iterator[Found]:
    """One hand-in a submission of the list. Times without a zone are of `zone`.

    Raises:
        ConfigError: the list can't be read, or an entry of it is not what Gradescope writes.
    """
    path = root.folder / METADATA
    there = {entry.name: entry for entry in root.entries() if entry.name != METADATA}
    records = [(key, name, record, tuple(_claims(path, record))) for key, name, record in _records(path)]
    known = Counter(claim.who for *_, claims in records for claim in set(claims))
    for key, name, record, claims in records:
        entry = there.pop(name, None)
        where = f"{path}, line {key.start_mark.line + 1}"
        claims = tuple(own if known[own.who] == 1 else replace(own, who=f"{own.who}, {name}") for own in claims)
        created = record.get("created_at")
        time = _time(path, created, zone) if created is not None else None
        before = record.get("history")
        earlier = len(before.value) if isinstance(before, yaml.SequenceNode) else 0
        remarks = (f"{shown(name)}: {earlier} earlier submissions are only noted at Gradescope.",) if earlier else ()
        if not claims:
            claims = (Claim(f"gradescope: {name}"),)
            remarks = (*remarks, f"{where}: {shown(name)} names no submitters.")
        refused = "" if entry else f"Gradescope's export holds no files of this submission; hand in {asked.notebook}."
        label = next((own.id or own.email or own.name for own in claims), "") if len(claims) == 1 else name
        files = (entry or Entry(name, path),)
        yield Found(label or name, files, claims, name, time, refused=refused, remarks=remarks)
    for entry in there.values():
        yield stranger(entry, "Gradescope's list", asked)


def _records(path: Path) -> Iterator[tuple[yaml.Node, str, dict[str, yaml.Node]]]:
    """The submissions of the list: each key, its text, and what is said of it. Raises ConfigError."""
    top = _composed(path)
    seen: dict[str, int] = {}
    for key, value in _pairs(path, top):
        name, line = _text(path, key), key.start_mark.line + 1
        if name in seen:
            raise ConfigError(f"{path}, line {line}: {shown(name)} stands already in line {seen[name]}.")
        seen[name] = line
        yield key, name, {_text(path, inner).lstrip(":"): own for inner, own in _pairs(path, value)}


def _composed(path: Path) -> yaml.Node:
    """The file as YAML nodes: nothing is constructed, so that no tag does anything. Raises ConfigError."""
    try:
        data = disk_file(path, path.name).load(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigError(f"{path} is too large for a list of submissions (more than {_LARGEST // MB} MB).")
        text = data.decode("utf-8-sig")
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):  # not recursive, other than composing
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise ConfigError(f"{path}, line {event.start_mark.line + 1}: nested too deep.")
        node = yaml.compose(text, Loader=_LOADER)
    except SubmissionError as error:
        raise ConfigError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{place}: this is no YAML ({error.problem or error.context}).") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: this is no YAML ({str(error).splitlines()[0]}).") from error
    if node is None:
        raise ConfigError(f"{path} is empty.")
    return node


def _pairs(path: Path, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    """Raises ConfigError if it is no mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}, line {node.start_mark.line + 1}: keys and values are expected here.")
    return list(node.value)


def _text(path: Path, node: yaml.Node | None) -> str:
    """A value as text; empty for null. Raises ConfigError if it is a list or a mapping."""
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{path}, line {node.start_mark.line + 1}: one value is expected here.")
    return str(node.value).strip()


def _claims(path: Path, record: dict[str, yaml.Node]) -> Iterator[Claim]:
    """Raises ConfigError."""
    people = record.get("submitters")
    if people is None or people.tag == "tag:yaml.org,2002:null":
        return
    if not isinstance(people, yaml.SequenceNode):
        raise ConfigError(f"{path}, line {people.start_mark.line + 1}: a list of submitters is expected here.")
    for person in people.value:
        said = {_text(path, key).lstrip(":"): value for key, value in _pairs(path, person)}
        name, sid, email = (_text(path, said.get(key)) for key in ("name", "sid", "email"))
        if not (name or sid or email):
            raise ConfigError(f"{path}, line {person.start_mark.line + 1}: a submitter without name, sid and email.")
        yield Claim(f"gradescope: {sid or email or name}", id=sid, email=email, name=name)


def _time(path: Path, node: yaml.Node, zone: ZoneInfo) -> datetime | None:
    """Raises ConfigError if it is no time."""
    text = _text(path, node)
    if not text:
        return None
    try:
        parts = _TIME.fullmatch(text)
        if parts is None:
            raise ValueError
        day, clock, fraction, offset = parts.groups()
        offset = "+00:00" if offset in ("Z", "UTC") else offset or ""
        time = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset}")
        return time if time.tzinfo else time.replace(tzinfo=zone)
    except ValueError as error:
        raise ConfigError(f"{path}, line {node.start_mark.line + 1}: {shown(text, 40)!r} is no time.") from error
