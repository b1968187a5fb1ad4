"""Evaluation of a model under an attack."""
