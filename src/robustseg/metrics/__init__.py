"""Dice, image quality, and the evaluation of a model under an attack."""
