"""Attacks within a threat model, and the noise control."""
