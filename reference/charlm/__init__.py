"""The solved assignment charlm."""
