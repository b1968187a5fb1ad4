"""A model under an attack: rows of numbers."""
