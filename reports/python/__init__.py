"""Experiments from Python: what the commands do, with results as columns."""
