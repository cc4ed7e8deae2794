"""What experiments with language models are judged by: perplexity, gradients over time, a table of runs.

The functions work on `models.Model`: a module of one's own, or a submission's model behind the wire. Everything but
`gradients.py` is numpy; that file alone touches torch, and it also runs inside student processes.
"""
