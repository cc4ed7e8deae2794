"""What a hand-in shows of its experiments: tables, curves, gradient norms and texts, as files or in its notebook.

All of it is claimed: the hand-in says so, and nobody has seen it happen. Files are read by their bytes, in a process of
their own with bounds; nothing is unpickled, and what is no text, JSON or plain array of numbers is left to a person.
"""
