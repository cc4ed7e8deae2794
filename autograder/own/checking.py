"""`check`: the public checks on the functions and classes of the notebook that is running."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError, StudentError
from autograder.inside.live import LiveWorkspace
from autograder.inside.server import Server
from autograder.own.cards import Card, error_card, result_card
from autograder.own.judging import Result, judge_items
from autograder.own.keep import undisturbed
from autograder.own.tasks import Sheet, find_sheet
from autograder.own.typed import cells_of
from autograder.records import Item, Submission
from autograder.sandbox.inprocess import InProcess


def check(item: str = "", *, assignment: str = "") -> None:
    """Run the public checks of an item (`check("lab1.b")`), or of all, on your functions as they are now, and show what
    they found. Nothing in the notebook changes.

    item: its id, the beginning of several, or the name of a function. assignment: needed only where several are there.
    """
    shell = _shell()
    namespace: dict[str, Any] = shell.user_ns if shell else sys._getframe(1).f_globals
    show(card_of(item, assignment, namespace, shell), shell)


def card_of(item: str, assignment: str, namespace: dict[str, Any], shell: Any = None) -> Card:
    """Return what `check` shows; whatever happens is a sentence on it."""
    try:
        sheet = find_sheet(assignment)
        items = sheet.chosen(item)
        return result_card(sheet, judge_running(sheet, items, namespace, shell))
    except (ConfigError, StudentError) as error:
        return error_card(str(error))
    except KeyboardInterrupt:
        return error_card("Interrupted: nothing was judged.")
    except Exception as error:  # noqa: BLE001  # the kernel must go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        return error_card(
            f"The checks themselves failed, which is not your fault: {type(error).__name__}: {error} ({where}). "
            "Please tell the course."
        )


def judge_running(sheet: Sheet, items: Sequence[Item], namespace: dict[str, Any], shell: Any = None) -> list[Result]:
    """Judge items on the names of a running notebook, which is left as it was.

    Raises:
        StudentError, GraderError: as judge_items.
    """
    cells = cells_of(namespace)
    submission = Submission("notebook", Path(sheet.notebook), sheet.notebook, cells)
    files = dict(getattr(getattr(shell, "compile", None), "_filename_map", {}))
    with undisturbed(namespace, shell):
        servers: list[Server] = []

        def start() -> Server:
            servers.append(Server(workspace=LiveWorkspace(namespace, files)))
            return servers[-1]

        try:
            results = judge_items(sheet, InProcess(start), submission, items, {})
        finally:
            if servers:
                servers[0].settings.restore()  # to what was set before the first call
    return [results[item.id] for item in items]


def show(card: Card, shell: Any) -> None:
    """In Jupyter the card, elsewhere its text."""
    if shell is not None and type(shell).__name__ != "TerminalInteractiveShell":
        from IPython.display import display

        display(card)
    else:
        print(card)


def _shell() -> Any:
    """IPython, where it is what runs us."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
