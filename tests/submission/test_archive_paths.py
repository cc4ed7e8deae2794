"""Paths in zips that lead out, and names that only look so."""

from __future__ import annotations

import pytest

from autograder.submission.archive import leads_out


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "C:/Windows/x", "c:\\x"])
def test_leading_out(path: str) -> None:
    assert leads_out(path)


@pytest.mark.parametrize("path", ["0: 0_1000_assignsubmission_file_/x.ipynb", "A: Smith_1_file_/x.ipynb", "a..b/x"])
def test_names_with_colons_and_dots(path: str) -> None:
    assert not leads_out(path)
