"""The configuration: checks, look-ups, fingerprints, resources, progress."""
