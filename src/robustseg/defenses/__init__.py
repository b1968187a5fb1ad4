"""Trainings: one file a defence, one loop for all."""
