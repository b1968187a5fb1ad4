"""Architectures by the names of the configuration. Add a network here."""

NETWORKS = {"unet3d": "robustseg.models.unet:UNet3D"}
"""``"module:class"``, each with its own keyword arguments."""
