"""Trainings: one file a defense, one loop for all."""
