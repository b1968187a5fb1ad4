import pytest
import torch

from robustseg.models.networks import LogitScale, build_network
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError

SMALL = {"name": "robustseg.models.unet:UNet3D", "filters": 2, "levels": 2}


def test_builds_by_name_with_arguments():
    network = build_network({**SMALL, "dropout": 0.1})
    assert isinstance(network, UNet3D)
    assert network.encoder[0].down[0].out_channels == 2
    assert len(network.encoder) == 2


def test_does_not_change_the_description():
    architecture = {**SMALL, "logit_scale": 20}
    build_network(architecture)
    assert architecture == {**SMALL, "logit_scale": 20}


def test_scale_of_one_is_no_wrapper():
    assert isinstance(build_network({**SMALL, "logit_scale": 1}), UNet3D)


@pytest.mark.parametrize("temperature", [20, 500, 5000])
def test_scaled_logits_at_their_temperature_are_those_of_the_network(temperature):
    scaled = build_network({**SMALL, "logit_scale": temperature}).eval()
    assert isinstance(scaled, LogitScale)
    image = torch.randn(2, 4, 8, 8, 8)
    inner = scaled.network(image)
    torch.testing.assert_close((scaled(image) / temperature).softmax(1), inner.softmax(1))
    torch.testing.assert_close(scaled(image), inner * temperature)


def test_scaling_is_done_in_float32():
    scaled = LogitScale(lambda image: image.to(torch.bfloat16), 5000)
    assert scaled(torch.tensor([1.0])).dtype == torch.float32


@pytest.mark.parametrize(
    ("architecture", "named"),
    [
        ({"name": "robustseg.models.unet:UNet4D"}, "UNet4D"),
        ({"name": "unet3d"}, "'unet3d': is not of the form module:object"),
        ({"name": "no.such.package:Net"}, "no.such.package: does not import"),
        ({"name": "no/such/file.py:Net"}, "no/such/file.py: no such file"),
        ({"name": "builtins:dict"}, "makes dict, not a torch.nn.Module"),
        ({**SMALL, "filter": 2}, "filter"),
        ({**SMALL, "levels": "many"}, "UNet3D"),
    ],
)
def test_wrong_description_is_one_line(architecture, named):
    with pytest.raises(InputError, match=named) as caught:
        build_network(architecture)
    assert "\n" not in str(caught.value)
