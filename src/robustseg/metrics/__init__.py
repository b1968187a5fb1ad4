"""The Dice coefficient, and image quality."""
