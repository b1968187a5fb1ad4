"""Paired statistics of the scores, and the study's two tables."""
