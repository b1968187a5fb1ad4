"""Common parts of all jobs: errors, files, seeds, GPUs, plug-ins."""
