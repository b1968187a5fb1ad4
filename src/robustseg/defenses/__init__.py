"""Defenses: one file per defense, one training loop for all."""
