"""The study's figures: every function takes data and returns a matplotlib figure."""
