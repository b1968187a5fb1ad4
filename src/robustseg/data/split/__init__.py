"""Training and test cases."""
