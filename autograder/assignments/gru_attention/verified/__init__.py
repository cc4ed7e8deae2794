"""Verified perplexity: the judge trains the hand-in's GRU, and a Transformer on its attention, and counts."""
