"""The data folder from its source."""
