"""What the kernel's stand-ins report by a code word, as sentences for students."""

from __future__ import annotations

SENTENCES = {
    "no gpu": "Cell {cell} asks for a GPU, which this machine does not have; the CPU did its work.",
    "install": "Cell {cell} installs or downloads something; that was left out, nothing is fetched here.",
    "cut": "Cell {cell} shows more, or larger pictures, than is kept; the rest is missing in executed.ipynb.",
    "events": "Cell {cell} reports more of its trainings than is kept; what was beyond that is missing here.",
    "exit": "Cell {cell} ends its kernel (exit or quit); that was left out, and the cells below it ran.",
}
