"""The training loop, its recipe, checkpoint and history."""
