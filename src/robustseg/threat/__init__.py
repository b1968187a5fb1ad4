"""The threat model, the objectives of attacks, and their gradients."""
