"""The tables of the paper and of the robustness of models."""
