"""Stands for a library that asks for the folder of temporary files when it is imported."""

import tempfile

FOLDER = tempfile.gettempdir()
