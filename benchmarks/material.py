"""What the benchmarks of the networks share: phantom cases, and a network as one writes it."""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import read_case
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.preprocessing.sample import preprocess
from robustseg.models.layers import UpsamplingConv
from robustseg.models.unet import UNet3D


def phantom_volumes(cases: int, size: int) -> tuple[Tensor, Tensor]:
    """Return images ``(N, 4, S, S, S)`` and labels ``(N, S, S, S)`` of phantoms, without N4."""
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(cases):
            case = f"phantom-{seed:03d}"
            write_phantom(
                Path(folder) / case,
                case=case,
                seed=seed,
                size=max(size, 64),
                sequences=BRATS.sequences,
            )
            images, labels, _ = read_case(Path(folder) / case, case, cohort=BRATS)
            samples.append(
                preprocess(images, labels, size=size, standardization="volume", cohort=BRATS)
            )
    return (
        torch.from_numpy(np.stack([sample.image for sample in samples])),
        torch.from_numpy(np.stack([sample.labels for sample in samples])),
    )


def plain(network: nn.Module) -> nn.Module:
    """Return a copy with the same weights and torch's own layers, in torch's own memory order.

    Layers of the library that compute a torch layer another way are subclasses of it, and
    `UpsamplingConv` has the upsampling before it included.
    """
    copy = deepcopy(network).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    for module in copy.modules():
        if isinstance(module, UNet3D):
            module.order = torch.contiguous_format
    for parent in list(copy.modules()):
        for name, layer in parent.named_children():
            replacement: nn.Module | None = None
            if isinstance(layer, nn.InstanceNorm3d) and type(layer) is not nn.InstanceNorm3d:
                replacement = nn.InstanceNorm3d(layer.num_features, affine=True)
                replacement.load_state_dict(layer.state_dict())
            elif isinstance(layer, nn.Conv3d) and type(layer) is not nn.Conv3d:
                kernel = layer.kernel_size[0]
                replacement = nn.Conv3d(
                    layer.in_channels,
                    layer.out_channels,
                    kernel,
                    stride=layer.stride[0],
                    padding=kernel // 2,
                    bias=layer.bias is not None,
                )
                replacement.load_state_dict(layer.state_dict())
                if isinstance(layer, UpsamplingConv):
                    replacement = nn.Sequential(nn.Upsample(scale_factor=2), replacement)
            if replacement is not None:
                setattr(parent, name, replacement)
    return copy.train(network.training)  # type: ignore[no-any-return]


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return each call's median seconds over ``rounds`` rounds A B A B, after one unmeasured."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}
