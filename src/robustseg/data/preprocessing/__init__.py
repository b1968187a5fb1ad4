"""From a case folder to a sample: bias field, crop, size, intensities."""
