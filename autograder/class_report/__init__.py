"""class.html: one page about everybody's grades, for staff; and a page for each pair of alike hand-ins."""

from autograder.class_report.pages import render, render_pair

__all__ = ["render", "render_pair"]
