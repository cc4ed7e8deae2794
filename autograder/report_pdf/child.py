"""A process of its own that reads a PDF from standard input and prints a line of JSON for each part it could read.

Run as a script, with its limits as JSON in the first argument. It imports nothing of the project. Each line is flushed,
so that what was read before a crash or a kill is not lost.
"""

from __future__ import annotations

import contextlib
import encodings
import importlib
import json
import logging
import pkgutil
import resource
import signal
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdf
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

_MB = 1 << 20
_STRUCTURE = 2_000  # drawings of one page, nested ones included, that are looked at
_SIDE = 48  # pixels; smaller pictures are bullets and logos
_STROKES = 12  # painting operators; with fewer a form is a frame or a logo
_PAINTS = (b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh")


class OutOfTime(BaseException):
    """One page took too long. Not an Exception, since pypdf catches those."""


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[1])
    data = sys.stdin.buffer.read(limits["bytes"])
    preload()
    confine(limits)
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _ring)
    try:
        reader = pypdf.PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            tell({"kind": "encrypted"})
            return
        tell({"kind": "document", "pages": len(reader.pages), "scripts": scripts(reader), **origin(reader)})
        seen: set[tuple[int, int]] = set()
        for number in range(min(len(reader.pages), limits["pages"])):
            tell({"kind": "page", "number": number + 1, **one_page(reader, number, limits, seen)})
        tell({"kind": "end"})
    except Exception as error:  # noqa: BLE001  # whatever a damaged file makes of pypdf
        tell({"kind": "broken", "error": f"{type(error).__name__}: {error}"[:200]})


def preload() -> None:
    """Import what pypdf and text decoding import in passing: later no file can be opened."""
    for package in (pypdf, encodings):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with contextlib.suppress(Exception):  # codecs of other systems, libraries that are not installed
                importlib.import_module(module.name)


def confine(limits: dict[str, int]) -> None:
    """Bound time and memory; from here on no file, socket or process can be opened, for want of descriptors."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["output"], limits["output"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if sys.platform == "linux":  # elsewhere the interpreter alone may reserve more than any sensible bound
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory_mb"] * _MB, limits["memory_mb"] * _MB))


def tell(part: dict[str, Any]) -> None:
    print(json.dumps(part), flush=True)


def origin(reader: pypdf.PdfReader) -> dict[str, str]:
    """What the file says of the programs that made it."""
    try:
        found: Any = reader.metadata or {}
        return {key: str(found.get(f"/{key.capitalize()}") or "")[:300] for key in ("producer", "creator", "title")}
    except Exception:  # noqa: BLE001
        return {}


def scripts(reader: pypdf.PdfReader) -> bool:
    """Whether it carries JavaScript where a viewer runs it on opening."""
    try:
        root = reader.root_object
        action, names = _dictionary(root.get("/OpenAction")), _dictionary(root.get("/Names"))
        return "/JavaScript" in names or action.get("/S") == "/JavaScript"
    except Exception:  # noqa: BLE001
        return False


def one_page(
    reader: pypdf.PdfReader, number: int, limits: dict[str, int], seen: set[tuple[int, int]]
) -> dict[str, Any]:
    """Text and figures of a page; a page that is broken or takes too long has an error, and the next one is read."""
    found: dict[str, Any] = {"text": "", "images": 0, "drawings": 0, "error": ""}
    inline = 0

    def count(operator: Any, *_: Any) -> None:
        nonlocal inline
        inline += operator == b"INLINE IMAGE"

    try:
        signal.alarm(limits["page_seconds"])
        page = reader.pages[number]
        found["images"], found["drawings"] = figures(page, seen)
        found["text"] = page.extract_text(visitor_operand_before=count)[: limits["page_chars"]]
    except OutOfTime:
        found["error"] = "it took too long"
    except Exception as error:  # noqa: BLE001
        found["error"] = f"{type(error).__name__}: {error}"[:200]
    finally:
        signal.alarm(0)
    found["images"] += inline
    return found


def figures(page: Any, seen: set[tuple[int, int]]) -> tuple[int, int]:
    """Pictures, and drawings that are forms of their own, each counted once in the whole file."""
    images = drawings = 0
    for form in _xobjects(page.get("/Resources"), seen):
        if form.get("/Subtype") == "/Image":
            images += min(int(form.get("/Width", 0)), int(form.get("/Height", 0))) >= _SIDE
        elif form.get("/Subtype") == "/Form" and isinstance(form, StreamObject):
            words = form.get_data()[:_MB].split()
            drawings += sum(word in _PAINTS for word in words) >= _STROKES
    return images, drawings


def _xobjects(resources: Any, seen: set[tuple[int, int]]) -> Iterator[DictionaryObject]:
    """The forms and pictures of a page, nested ones included, as far as they were not seen before."""
    waiting, looked = [resources], 0
    while waiting and looked < _STRUCTURE:
        named = _dictionary(_dictionary(waiting.pop()).get("/XObject"))
        for value in list(dict.values(named))[:_STRUCTURE]:
            looked += 1
            key = (value.idnum, value.generation) if isinstance(value, IndirectObject) else (-1, id(value))
            if key not in seen:
                seen.add(key)
                form = _dictionary(value)
                yield form
                waiting.append(form.get("/Resources"))


def _dictionary(value: Any) -> DictionaryObject:
    value = value.get_object() if isinstance(value, IndirectObject) else value
    return value if isinstance(value, DictionaryObject) else DictionaryObject()


def _ring(*_: object) -> None:
    raise OutOfTime


if __name__ == "__main__":
    main()
