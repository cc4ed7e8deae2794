"""What one cell prints, shows and reports, out of messages that the kernel sent: untrusted, checked, cut.

Kept are texts, PNG pictures, errors, and the hook's events. Everything else (HTML, JavaScript, widgets) is dropped.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

EVENT = "application/vnd.autograder+json"  # as in inside/kernel.py
REMARK = "remark"
MOST_OUTPUTS = 500  # of one cell
MOST_HANDLE = 200  # characters of the name under which an output may be replaced
MOST_EVENTS = 20_000  # of one cell
EVENT_CHARS = 100_000  # of one event
EVENTS_CHARS = 8_000_000  # of one cell
PART_CHARS = 60  # for which a list or dict in an event counts: the judge needs as many bytes for an empty one
_DEPTH = 8
_PNG = b"\x89PNG\r\n\x1a\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_EPOCH = re.compile(r"\bepoch", re.IGNORECASE)
_CUT = "\n… (cut: this cell printed more than is kept)\n"


class CellOutput:
    """The outputs of one cell, at most `kilobytes` of text and pictures together, and `event_chars` of events.

    `outputs` are in nbformat's form; `text` keeps what was printed also after it was cleared; `error` is the first
    one's `Name: text`, since a cell goes on after it; `idle` says that the kernel has finished with the cell.
    """

    def __init__(self, kilobytes: int, event_chars: int = EVENTS_CHARS) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.events: list[Mapping[str, Any]] = []
        self.remarks: set[str] = set()
        self.error = ""
        self.idle = False
        self._left = kilobytes << 10
        self._text: list[str] = []
        self._shown: dict[str, dict[str, Any]] = {}  # by the handle under which they may be replaced
        self._tail = ""  # the last line that was printed, unfinished
        self._epoch = ""
        self._room, self._event_room = self._left, min(event_chars, EVENTS_CHARS)
        self._event_chars = self._event_room

    @property
    def used(self) -> tuple[int, int]:
        """Kilobytes of outputs and characters of events that are kept."""
        return -(-min(self._room - self._left, self._room) >> 10), self._event_room - self._event_chars

    @property
    def text(self) -> str:
        """All that was printed, then the error."""
        return "".join(self._text) + (f"\n{self.error}" if self.error else "")

    @property
    def epoch_line(self) -> str:
        """The last line about an epoch, cut."""
        return self._epoch

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """One message of the kernel's about this cell."""
        if kind == "stream":
            self._stream(content)
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self._display(content.get("data"), content.get("transient"), replace=kind.startswith("update"))
        elif kind == "error":
            self._error(content)
        elif kind == "clear_output":
            self.outputs.clear()
        elif kind == "status" and content.get("execution_state") == "idle":
            self.idle = True

    def _stream(self, content: Mapping[str, Any]) -> None:
        text = content.get("text")
        if type(text) is not str:
            return
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        self._notice(text)
        last = self.outputs[-1] if self.outputs else {}
        goes_on = last.get("output_type") == "stream" and last["name"] == name
        if goes_on and _begins_again(text):  # a progress bar begins its line again
            length = len(last["text"]) - last["text"].rfind("\n") - 1
            last["text"] = last["text"][: len(last["text"]) - length]
            self._take_back(length)
        text = self._afford(_last_states(text))
        self._text.append(text)
        if goes_on:
            last["text"] += text
        elif text:
            self._add({"output_type": "stream", "name": name, "text": text})

    def _take_back(self, length: int) -> None:
        """Forget the end of what was printed; as a terminal would not keep it, it counts as never printed."""
        while length > 0 and self._text:
            part = self._text.pop()
            taken = min(length, len(part))
            self._left += taken
            length -= taken
            if taken < len(part):
                self._text.append(part[: len(part) - taken])

    def _notice(self, text: str) -> None:
        """Keep the latest line about an epoch, for showing progress."""
        lines = (self._tail + text[-20_000:]).splitlines() or [""]
        self._tail = lines[-1][-500:] if not text.endswith("\n") else ""
        self._epoch = next((line.strip()[:200] for line in reversed(lines) if _EPOCH.search(line)), self._epoch)

    def _afford(self, text: str) -> str:
        """As much of it as may still be kept."""
        kept = text[: max(self._left, 0)]
        if len(kept) < len(text) and self._left > 0:
            kept += _CUT
        self._left -= len(text)
        return _harmless(kept)

    def _display(self, data: Any, transient: Any, *, replace: bool) -> None:
        if type(data) is not dict:
            return
        if EVENT in data:
            self._event(data[EVENT])
            return
        kept: dict[str, str] = {}
        picture = data.get("image/png")
        if type(picture) is str and len(picture) > self._left:
            self.remarks.add("cut")
        elif type(picture) is str and _is_png(picture):
            self._left -= len(picture)
            kept["image/png"] = "".join(picture.split())
        words = data.get("text/plain")
        if type(words) is str:
            kept["text/plain"] = self._afford(words)
        handle = transient.get("display_id") if type(transient) is dict else None
        if replace:
            self._shown.get(handle if type(handle) is str else "", {}).update(data=kept)
        elif kept:
            output = {"output_type": "display_data", "data": kept, "metadata": {}}
            self._add(output)
            if type(handle) is str and len(handle) <= MOST_HANDLE and len(self._shown) < MOST_OUTPUTS:
                self._shown[handle] = output

    def _event(self, text: Any) -> None:
        if type(text) is not str:
            return
        if len(text) > min(EVENT_CHARS, self._event_chars) or len(self.events) >= MOST_EVENTS:
            self.remarks.add("events")
            return
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return
        if type(event) is not dict:
            return
        if event.keys() == {REMARK} and type(event[REMARK]) is str:
            self.remarks.add(event[REMARK][:20])
        elif _is_shallow(event, _DEPTH):
            self._event_chars -= len(text) + PART_CHARS * (text.count("[") + text.count("{"))
            self.events.append(event)

    def _error(self, content: Mapping[str, Any]) -> None:
        name, value = (_harmless(_plain(content.get(key))) for key in ("ename", "evalue"))
        self.error = self.error or (f"{name[:100]}: {value[:1000]}" if value else name[:100])
        lines = content.get("traceback")
        trace = [self._afford(line) for line in lines[:200] if type(line) is str] if type(lines) is list else []
        self._add({"output_type": "error", "ename": name[:100], "evalue": value[:1000], "traceback": trace})

    def _add(self, output: dict[str, Any]) -> None:
        if len(self.outputs) < MOST_OUTPUTS:
            self.outputs.append(output)
        else:
            self.remarks.add("cut")


def _begins_again(text: str) -> bool:
    """Whether it overwrites the line that stands before it."""
    first = text.partition("\n")[0]
    return "\r" in first.removesuffix("\r")


def _last_states(text: str) -> str:
    """Of every line what a terminal would show in the end. (No regular expression: those take squared time here.)"""
    if "\r" not in text:
        return text
    return "\n".join(line.removesuffix("\r").rpartition("\r")[2] for line in text.split("\n"))


def _plain(value: Any) -> str:
    return _COLOUR.sub("", value[:10_000]) if type(value) is str else ""


def _harmless(text: str) -> str:
    """Half a surrogate pair is a str that no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_png(text: str) -> bool:
    try:
        return base64.b64decode("".join(text.split()), validate=True).startswith(_PNG)
    except (binascii.Error, ValueError):
        return False


def _is_shallow(value: Any, depth: int) -> bool:
    """Whether nothing in it is nested deeper."""
    inner = value.values() if type(value) is dict else value if type(value) is list else ()
    return depth > 0 and all(_is_shallow(entry, depth - 1) for entry in inner)
