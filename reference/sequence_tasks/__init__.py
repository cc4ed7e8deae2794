"""The solved sequence_tasks assignment.

`reference.sequence_tasks.module` holds the definitions (import it for running them; that imports torch). The functions
here return the same definitions as text, for putting into a student process by name, and import nothing.
"""

from __future__ import annotations

from pathlib import Path

from reference import Texts

MODULE = Path(__file__).with_name("module.py")
NOTEBOOK = Path(__file__).with_name("sequence_tasks.ipynb")
SCRIPT = Path(__file__).with_name("sequence_tasks.py")

_texts = Texts(MODULE)
solution_source = _texts.solution_source
needs = _texts.needs
