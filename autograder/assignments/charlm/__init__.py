"""charlm: vowel or consonant, and a character language model."""
