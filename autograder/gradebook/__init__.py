"""What is known of a class, kept for good: facts of gradings, marks, scores. Nothing in it is ever overwritten."""

from autograder.gradebook.store import Gradebook, open_gradebook

__all__ = ["Gradebook", "open_gradebook"]
