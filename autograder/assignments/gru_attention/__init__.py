"""The second assignment: a GRU language model and multi-head attention."""
