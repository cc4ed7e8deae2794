"""Training tasks: what a submission's models have to learn, how they are trained, and what is counted."""
