"""What every job does around its work: errors, files, seeds, GPUs."""
