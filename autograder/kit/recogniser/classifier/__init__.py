"""Recurrent classifiers of token sequences: an embedding, recurrent layers, and a linear head."""
