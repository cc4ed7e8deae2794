"""The report PDF: its text, whether it seems to be the notebook printed, and the True/False answers in it.

A PDF is hostile input: `child.py` parses it in a process of its own under limits; what it sends back is checked here.
"""
