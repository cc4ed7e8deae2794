"""Ways to run many gradings: one file each."""
