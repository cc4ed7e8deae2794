"""The reference's definitions as texts, for putting into a student process by name; imports nothing of them."""

from __future__ import annotations

from autograder.references import REFERENCES, Texts

_texts = Texts(REFERENCES / "labrnn" / "module.py")
given_source = _texts.given_source
solution_source = _texts.solution_source
