"""A network of one's own: two convolutions at full resolution.

In a configuration:

    plugins: [examples/network.py]
    network: {name: "network:Shallow", width: 8}
"""

from torch import Tensor, nn


class Shallow(nn.Module):
    """Maps ``(N, sequences, D, H, W)`` to logits ``(N, classes, D, H, W)``.

    `sequences` and `classes` are given; the other parameters are the keys under ``network:``.
    """

    def __init__(self, *, sequences: int, classes: int, width: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(sequences, width, 3, padding=1),
            nn.InstanceNorm3d(width, affine=True),
            nn.LeakyReLU(0.01),
            nn.Conv3d(width, classes, 3, padding=1),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits."""
        return self.layers(image)
