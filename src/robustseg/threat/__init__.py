"""What an attacker may change, and the gradient to follow."""
