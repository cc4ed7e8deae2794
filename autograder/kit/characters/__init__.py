"""Models of characters: their answers, contexts that tell what they read, easy lessons, a made-up language."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz "  # the vocabulary in index order
