"""Does a model look more robust than it is? Measurements of one model, and a verdict."""
