"""A notebook's training driver under scripted losses: which weights it tests, on which data, and what it returns."""
