"""Recurrent language models of GRU cells: an embedding, layers with a state of their own, and an output layer."""
