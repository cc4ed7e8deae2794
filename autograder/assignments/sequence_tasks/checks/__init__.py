"""The checks of sequence_tasks."""
