"""Tiers of isolation behind one small protocol; see protocol.py."""
