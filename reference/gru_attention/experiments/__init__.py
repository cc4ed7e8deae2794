"""The parts of `run_experiments.py`: settings, corpus, models, training, states, and what is made of finished runs."""
