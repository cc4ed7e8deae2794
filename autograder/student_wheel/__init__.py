"""Builds the wheel that students install: the public checks of one assignment and only the code that they need."""
