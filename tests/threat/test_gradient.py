import pytest
import torch
from torch import nn

from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.threat.gradient import loss_and_gradient


def cross_entropy(probabilities, target):
    return -(target * probabilities.log()).sum(1).flatten(1).mean(1)


@pytest.fixture
def network():
    return UNet3D(filters=2, levels=2).eval()


@pytest.fixture
def batch():
    return torch.randn(3, 4, 8, 8, 8), torch.randint(0, 4, (3, 8, 8, 8))


@pytest.mark.parametrize("loss", [DiceLoss(), DiceLoss(squared=True), cross_entropy])
def test_case_has_the_same_gradient_alone_and_in_a_batch(network, batch, loss):
    image, labels = batch
    together = loss_and_gradient(network, image, labels, loss=loss).gradient
    for n in range(3):
        alone = loss_and_gradient(network, image[n : n + 1], labels[n : n + 1], loss=loss).gradient[
            0
        ]
        torch.testing.assert_close(together[n], alone, rtol=1e-3, atol=1e-5 * alone.abs().max())


@pytest.mark.parametrize("temperature", [1, 20])
@pytest.mark.parametrize("loss", [DiceLoss(), DiceLoss(include_background=False), cross_entropy])
def test_agrees_with_finite_differences(batch, loss, temperature):
    """Central differences along the axes of the largest entries and along the gradient."""
    image, labels = batch
    # Smooth, unlike a U-Net with its kinks.
    model = nn.Sequential(nn.Conv3d(4, 4, 3, padding=1), nn.Tanh(), nn.Conv3d(4, 4, 1))
    gradient = loss_and_gradient(model, image, labels, loss=loss, temperature=temperature).gradient
    model, image, target = model.double(), image.double(), one_hot(labels, 4).double()

    def value(images):
        with torch.no_grad():
            return loss((model(images) / temperature).softmax(1), target)

    largest = torch.zeros_like(image).flatten(1)
    largest.scatter_(1, gradient.abs().flatten(1).argmax(1, keepdim=True), 1)
    for along in (largest.view_as(image), gradient.double().sign(), torch.randn_like(image)):
        difference = (value(image + 1e-4 * along) - value(image - 1e-4 * along)) / 2e-4
        expected = (gradient * along).sum((1, 2, 3, 4))
        scale = gradient.norm().item() * 1e-4
        torch.testing.assert_close(expected, difference, rtol=1e-3, atol=scale)


def test_temperature_divides_the_logits(network, batch):
    image, labels = batch
    at_20 = loss_and_gradient(network, image, labels, loss=DiceLoss(), temperature=20).gradient
    divided = loss_and_gradient(lambda x: network(x) / 20, image, labels, loss=DiceLoss()).gradient
    torch.testing.assert_close(at_20, divided)
    plain = loss_and_gradient(network, image, labels, loss=DiceLoss()).gradient
    assert at_20.abs().sum() < 0.5 * plain.abs().sum()


def test_soft_labels_and_class_indices_are_one_target(network, batch):
    image, labels = batch
    hard = loss_and_gradient(network, image, labels, loss=DiceLoss()).gradient
    assert torch.equal(
        hard, loss_and_gradient(network, image, one_hot(labels, 4), loss=DiceLoss()).gradient
    )


def test_leaves_image_parameters_and_mode_alone(network, batch):
    image, labels = batch
    before = image.clone()
    with torch.no_grad():
        gradient = loss_and_gradient(network, image, labels, loss=DiceLoss()).gradient
    assert gradient.shape == image.shape
    assert gradient.abs().sum() > 0
    assert not gradient.requires_grad
    assert not image.requires_grad
    assert image.grad is None
    assert torch.equal(image, before)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not network.training
