"""Reads neural modules of a hand-in as the judge's own: by the types of their layers, else by what their numbers do."""
