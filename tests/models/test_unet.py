import pytest
import torch
from torch import nn

from robustseg.models.unet import ConvBlock, EncoderLevel, UNet3D


def test_size_of_the_published_network():
    network = UNet3D(sequences=4, classes=4, filters=16, levels=5, heads=3)
    blocks = [module for module in network.modules() if isinstance(module, ConvBlock)]
    encoder = [module for module in network.encoder.modules() if isinstance(module, ConvBlock)]
    assert len(encoder) == 15
    assert len(blocks) == 27
    assert len(network.heads) == 3
    assert sum(parameter.numel() for parameter in network.parameters()) == 8_267_468
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv3d)]
    assert len(convolutions) == 27 + 3


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((1, 4, 16, 16, 16), {"filters": 2, "levels": 4}),
        ((2, 4, 8, 8, 8), {"filters": 2, "levels": 2}),
        ((2, 4, 8, 12, 16), {"filters": 3, "levels": 3}),
        ((1, 1, 8, 8, 8), {"filters": 2, "levels": 3, "sequences": 1, "classes": 2}),
        ((1, 4, 32, 32, 32), {"filters": 1, "levels": 5}),
        ((1, 4, 8, 8, 8), {"filters": 2, "levels": 3, "heads": 1}),
        ((1, 4, 8, 8, 8), {"filters": 2, "levels": 2, "heads": 3}),
    ],
)
def test_logits_have_the_shape_of_the_image(shape, settings):
    network = UNet3D(**settings).eval()
    logits = network(torch.randn(shape))
    assert logits.shape == (shape[0], settings.get("classes", 4), *shape[2:])
    assert torch.isfinite(logits).all()


def test_dropout_is_off_in_evaluation_and_on_in_training():
    network, image = UNet3D(filters=2, levels=3, dropout=0.5), torch.randn(2, 4, 8, 8, 8)
    network.eval()
    assert torch.equal(network(image), network(image))
    network.train()
    assert not torch.equal(network(image), network(image))


def test_cases_of_a_batch_do_not_mix():
    network, image = UNet3D(filters=2, levels=3).eval(), torch.randn(3, 4, 8, 8, 8)
    alone = torch.cat([network(image[n : n + 1]) for n in range(3)])
    torch.testing.assert_close(network(image), alone, rtol=1e-4, atol=1e-5)


def test_every_parameter_takes_part():
    network = UNet3D(filters=2, levels=4, dropout=0)
    weights = torch.randn(2, 4, 16, 16, 16)
    (network(torch.randn(2, 4, 16, 16, 16)) * weights).sum().backward()
    still = [name for name, p in network.named_parameters() if not p.grad.abs().sum() > 0]
    assert still == []


def test_heads_are_summed_at_every_resolution():
    """Every head alone, by its bias: the sum of the heads' biases reaches every voxel."""
    network = UNet3D(filters=2, levels=4, heads=3).eval()
    with torch.no_grad():
        for number, head in enumerate(network.heads):
            head.weight.zero_()
            head.bias.fill_(10.0**number)
    logits = network(torch.randn(1, 4, 16, 16, 16))
    assert torch.equal(logits, torch.full_like(logits, 111.0))


def test_context_is_added_to_its_input():
    level, image = EncoderLevel(4, 3, stride=2, dropout=0.3).eval(), torch.randn(2, 4, 8, 8, 8)
    context = level.context(level.down(image))
    assert torch.equal(level(image), level.down(image) + context)
    with torch.no_grad():
        last = level.context[-1][1]
        last.weight.zero_()
        last.bias.zero_()
    assert torch.equal(level(image), level.down(image))


def test_skipped_features_reach_the_decoder():
    """The coarse path silenced, the finest level's own features still make the logits."""
    network, image = UNet3D(filters=2, levels=3).eval(), torch.randn(1, 4, 8, 8, 8)
    with torch.no_grad():
        for decoder in network.decoder:
            norm = decoder.up[1]
            norm.weight.zero_()
            norm.bias.zero_()
    assert network(image).std() > 0
    assert not torch.allclose(network(image), network(image.flip(2)))
