"""Networks from their description, which is stored with their weights."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import called, resolve


class LogitScale(nn.Module):
    """A network z' written as z = scale * z' (the protocol's parametrization with scale = T)."""

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

    Args:
        architecture: its ``name`` is ``"module:object"``, a class or function that takes the
            other keys but ``logit_scale`` as keyword arguments.

    Raises:
        InputError: there is no such object, it takes other arguments, or it returns no network.
    """
    arguments = dict(architecture)
    name, scale = arguments.pop("name"), arguments.pop("logit_scale", 1)
    build = resolve(name)
    try:
        with called(name):
            network = build(**arguments)
    except TypeError as error:
        raise InputError(f"network {name}: {error}; correct the key under network:") from error
    if not isinstance(network, nn.Module):
        raise InputError(f"{name}: makes {type(network).__name__}, not a torch.nn.Module")
    return LogitScale(network, scale) if scale != 1 else network
