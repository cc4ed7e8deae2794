"""Attention with several heads: four linear projections, masks, and a softmax."""
