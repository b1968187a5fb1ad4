"""Synthetic cases in the BraTS layout."""
