"""What a spreadsheet would take for a formula, made a plain text."""

from __future__ import annotations

import re

# What may start a formula, at the start of a text or of what another locale takes for a cell of its own. Spreadsheets
# drop spaces and quotes before it, and read full-width signs as the plain ones.
_FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?=[\s"'\u200b\ufeff]{0,100}[=+\-@\uff1d\uff0b\uff0d\uff20])|(?=^[\t\r])""")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?")


def defused(text: str) -> str:
    """Return the text with an apostrophe before all that a spreadsheet would take for a formula; numbers stay numbers.

    It looks for the ends of cells of every locale: `;` and tabs too.
    """
    if _NUMBER.fullmatch(text):
        return text
    return _FORMULA.sub(lambda match: f"{match[0]}'", text)
