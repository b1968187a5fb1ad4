"""Tests for gradient masking: measurements of one model, and a verdict."""
