"""Building an architecture by its name, and networks with multiplied logits."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.models.registry import NETWORKS
from robustseg.runtime.errors import InputError
from robustseg.runtime.lazy import resolve


class LogitScale(nn.Module):
    """A network z' seen as z = scale * z' (the protocol's parametrisation with scale = T)."""

    def __init__(self, network: nn.Module, scale: float) -> None:
        """Wrap ``network``; ``scale`` is positive."""
        super().__init__()
        self.network = network
        self.scale = scale

    def forward(self, image: Tensor) -> Tensor:
        """Return logits of at least float32: a large scale would lose digits in half precision."""
        logits: Tensor = self.network(image)
        return (logits if logits.dtype == torch.float64 else logits.float()) * self.scale


def build_network(architecture: Mapping[str, Any]) -> nn.Module:
    """Build what ``architecture`` describes: ``name``, its arguments and ``logit_scale``.

    Raises:
        InputError: the name is unknown or an argument does not exist.
    """
    arguments = dict(architecture)
    name, scale = arguments.pop("name"), arguments.pop("logit_scale", 1)
    if name not in NETWORKS:
        raise InputError(f"network {name!r} is unknown; choose one of {', '.join(NETWORKS)}")
    try:
        network: nn.Module = resolve(NETWORKS[name].build)(**arguments)
    except TypeError as error:
        raise InputError(f"network {name}: {error}; correct the key under network:") from error
    return LogitScale(network, scale) if scale != 1 else network
