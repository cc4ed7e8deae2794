"""The checks of charlm."""
