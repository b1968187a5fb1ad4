"""Networks by the names of the configuration. Add a network here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NetworkEntry:
    """Where a network is and what it takes.

    Attributes:
        build: ``"module:class"``.
        parameters: keyword arguments that the configuration must give.
        optional: keyword arguments that it may give.
    """

    build: str
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


NETWORKS = {
    "unet3d": NetworkEntry(
        build="robustseg.models.unet:UNet3D", parameters=("filters", "levels", "dropout", "heads")
    ),
}
