"""Weight gradients in bfloat16, for the convolutions that trainings use.

Why `configuration.COARSEST` is 4: on 2x2x2 voxels oneDNN's bfloat16 weight gradient of a 3x3x3
convolution reads memory that nobody wrote, so a training is wrong without a word. Nothing is
asserted of that defect here; what is asserted is that the shapes which the configuration allows
are right even where fresh memory is full of NaN, and that it allows no smaller ones.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional

from robustseg.models.device import supports_bfloat16
from robustseg.models.unet import UNet3D
from robustseg.study.configuration import COARSEST

NETWORKS = [
    {"size": 32, "filters": 8, "levels": 4},  # config/config.yaml
    {"size": 64, "filters": 16, "levels": 5},
    {"size": 16, "filters": 4, "levels": 3},  # tests/micro.yaml
]


def convolution_shapes():
    """Return (inputs, outputs, kernel, stride, voxels per side) of every convolution."""
    found = set()

    def note(module, inputs, _):
        found.add(
            (
                module.in_channels,
                module.out_channels,
                module.kernel_size[0],
                module.stride[0],
                inputs[0].shape[-1],
            )
        )

    for settings in NETWORKS:
        size = settings["size"]
        with torch.device("meta"):
            network = UNet3D(filters=settings["filters"], levels=settings["levels"]).eval()
            for module in network.modules():
                if isinstance(module, nn.Conv3d):
                    module.register_forward_hook(note)
            network(torch.empty(2, 4, size, size, size))
    return sorted(found)


SHAPES = convolution_shapes()


def test_shapes_are_those_that_the_configuration_allows():
    assert min(side // stride for _, _, _, stride, side in SHAPES) == COARSEST
    assert len(SHAPES) > 40


@pytest.mark.skipif(
    not supports_bfloat16(torch.device("cpu")), reason="this CPU does not compute in bfloat16"
)
@pytest.mark.usefixtures("poisoned_memory")
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape)))
def test_weight_gradient_agrees_with_float32(shape):
    inputs, outputs, kernel, stride, side = shape
    assert torch.isnan(torch.empty(3)).all(), "memory is not poisoned, the test would be void"
    generator = torch.Generator().manual_seed(0)

    def draw(*size):
        rounded = torch.randn(size, generator=generator).bfloat16()
        return rounded.contiguous(memory_format=torch.channels_last_3d)

    image = draw(2, inputs, side, side, side)
    weight = draw(outputs, inputs, kernel, kernel, kernel)
    up = draw(2, outputs, *[side // stride] * 3)
    settings = {"stride": stride, "padding": kernel // 2}

    half = weight.clone().requires_grad_(True)
    image_half = image.clone().requires_grad_(True)
    functional.conv3d(image_half, half, **settings).backward(up)
    expected_image, expected, _ = torch.ops.aten.convolution_backward(
        up.float(), image.float(), weight.float(), None, [stride] * 3, [kernel // 2] * 3, [1] * 3,
        False, [0] * 3, 1, [True, True, False],
    )  # fmt: skip
    for found, reference in ((half.grad, expected), (image_half.grad, expected_image)):
        assert torch.isfinite(found).all()
        assert torch.isfinite(reference).all()
        error = (found.float() - reference).norm() / reference.norm()
        assert error < 0.02, f"relative error {error:.3f}"
