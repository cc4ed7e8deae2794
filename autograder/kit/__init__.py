"""What assignments have in common: declarations, value types, and a library of properties of neural modules.

An assignment says what its functions and classes are (declare.py); from that the kit derives how a hand-in is prepared,
which of the reference's parts stand in for broken ones, and what the checks are handed (derive.py, lab.py). Properties
of modules are chosen by role (roles.py) and become checks in suite.py.
"""
