"""Weights as safetensors files that state their architecture."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from robustseg.models.networks import build_network
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path

OWN = "robustseg.models.unet:UNet3D"
"""The network of this package."""


def save_weights(
    path: str | Path,
    model: nn.Module,
    architecture: Mapping[str, Any],
    *,
    training: str | None = None,
) -> None:
    """Write the state of ``model`` and the ``architecture`` that `build_network` rebuilds.

    Args:
        path: of the file.
        model: the model to write.
        architecture: of the model.
        training: the network whose training writes them. In a study only this training may
            replace the file (`preflight.weights_problems`).
    """
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()
    }
    stated = {**architecture, **({} if training is None else {"training": training})}
    # One entry only: safetensors writes several entries in a random order.
    metadata = {"architecture": json.dumps(stated, sort_keys=True)}
    with atomic_path(path) as temporary:
        save_file(state, temporary, metadata=metadata)


def load_model(path: str | Path, *, network: str = OWN) -> nn.Module:
    """Rebuild a model in evaluation mode, its parameters frozen, on the CPU.

    Args:
        path: of a file that `save_weights` wrote.
        network: ``"module:object"`` of the network that the file must name. Building it runs its
            code, so a file cannot choose it.

    Raises:
        InputError: the file is missing, damaged, states no architecture, or does not fit it.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path}: not readable as safetensors ({error}); train it again"
        ) from error
    if "architecture" not in metadata:
        raise InputError(f"{path}: states no architecture; save it with save_weights")
    try:
        architecture = json.loads(metadata["architecture"])
        architecture.pop("training", None)
        name = architecture["name"]
        if name != network:
            raise InputError(f"its network is {name}, and {network} was asked for")
        model = build_network(architecture)
    except (InputError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{path}: states no known architecture ({error}); train it again"
        ) from error
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        first_line = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: does not fit its architecture ({first_line})") from error
    return model.eval().requires_grad_(False)
