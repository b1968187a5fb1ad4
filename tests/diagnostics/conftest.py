"""A small network, trained plainly and robustly on volumes of blobs, and ways to break it."""

import pytest
import torch
from torch import nn

from robustseg.data.cohort import BRATS
from robustseg.defenses.registry import DEFENSES
from robustseg.diagnostics.subject import Subject
from robustseg.models.losses import DiceLoss
from robustseg.models.networks import LogitScale
from robustseg.models.unet import UNet3D
from robustseg.threat.threat_model import ThreatModel
from robustseg.training.augmentation import Augmentation
from robustseg.training.checkpoint import Checkpoint
from robustseg.training.loop import TrainingSettings, train
from robustseg.training.recipe import build_defense

SIZE = 16
CASES = 10
EPSILON = 0.05


def blobs():
    """Return volumes ``(N, 4, S, S, S)`` with a nested lesion each, and their labels."""
    generator = torch.Generator().manual_seed(0)
    grid = torch.stack(torch.meshgrid(*[torch.arange(SIZE)] * 3, indexing="ij")).float()
    images, labels = [], []
    for _ in range(CASES):
        center = 5 + 6 * torch.rand(3, generator=generator)
        distance = (grid - center[:, None, None, None]).norm(dim=0)
        label = torch.zeros(SIZE, SIZE, SIZE, dtype=torch.long)
        # So large that every training learns the innermost class, from whatever seed.
        for radius, index in ((6, 2), (4.7, 3), (3.4, 1)):
            label[distance < radius] = index
        level = torch.tensor(
            [[0, -0.6, 0.3, -0.4], [0, -0.3, 0.2, 0.9], [0, 0.8, 0.9, 0.3], [0, 0.6, 1.0, 0.5]]
        )
        noise = 0.35 * torch.randn(4, SIZE, SIZE, SIZE, generator=generator)
        images.append(level[:, label] + noise)
        labels.append(label)
    image = torch.stack(images)
    return (image - image.mean((2, 3, 4), keepdim=True)) / image.std((2, 3, 4), keepdim=True), (
        torch.stack(labels)
    )


IMAGE, LABELS = blobs()


def trained(folder, defense, **parameters):
    with torch.random.fork_rng():
        model, _ = train(
            lambda: UNet3D(filters=4, levels=3, dropout=0.1),
            lambda indices: (IMAGE[list(indices)], LABELS[list(indices)]),
            CASES - 4,
            classes=4,
            defense=build_defense(
                DEFENSES[defense].build, temperature=1, loss=DiceLoss(),
                threat_model=ThreatModel(), **parameters,
            ),
            loss=DiceLoss(),
            augmentation=Augmentation(rotation=0, flips=(), transpose=False),
            settings=TrainingSettings(
                epochs=40, batch_size=2, learning_rate=5e-3, seed=1, bfloat16=False
            ),
            device=torch.device("cpu"),
            checkpoint=Checkpoint(folder / "checkpoint.pt", identity=defense),
        )  # fmt: skip
    return model.to(memory_format=torch.contiguous_format).requires_grad_(False)


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("plain"), "undefended")


def subject(model, **changes):
    """Return the model with the four cases that no network was trained on."""
    part = slice(CASES - 4, None)
    settings = {"image": IMAGE[part], "labels": LABELS[part], "epsilon": EPSILON, "cohort": BRATS}
    return Subject(model=model.eval(), seeds=(1, 2, 3, 4), **{**settings, **changes})


class Before(nn.Module):
    """The network behind something done to its volumes."""

    def __init__(self, network, change):
        super().__init__()
        self.network, self.change = network, change

    def forward(self, image):
        return self.network(self.change(image))


class Squashed(nn.Module):
    """The logits behind a softmax or its like, times a temperature."""

    def __init__(self, network, function, temperature):
        super().__init__()
        self.network, self.function, self.temperature = network, function, temperature

    def forward(self, image):
        return self.temperature * self.function(self.network(image))


class HardLabels(nn.Module):
    """Labels given out as logits."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        logits = self.network(image)
        return nn.functional.one_hot(logits.argmax(1), 4).movedim(-1, 1).to(logits.dtype)


class WithoutClass(nn.Module):
    """The first class is never found where it is, and found where it is not."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        background, lost, other, *rest = self.network(image).split(1, 1)
        elsewhere = background + torch.where(image[:, :1] > 1.5, 0.1, -1.0)
        return torch.cat([background, elsewhere, torch.maximum(lost, other), *rest], 1)


def quantized(image):
    return (image / 0.1).round() * 0.1


def noisy(image):
    return image + 0.1 * torch.randn_like(image)


def shattered(image):
    """Add a triangle wave of ReLUs, lower than the noise, with slopes of plus and minus 10."""
    period = 0.004
    phase = image / period - (image / period).floor().detach()
    return image + 10 * period * (phase.relu() - 2 * (phase - 0.5).relu())


def folded(image):
    """Add a wave as long as a step is wide: right at the clean volume, wrong at the step's end."""
    return image + 0.1 * torch.sin(2 * torch.pi * image / 0.4)


def clipped(image):
    return image.clamp(-0.4, 0.4)


BROKEN = {
    "20 z": (lambda net: LogitScale(net, 20), "gradient masking"),
    "100 z": (lambda net: LogitScale(net, 100), "gradient masking"),
    "500 z": (lambda net: LogitScale(net, 500), "gradient masking"),
    "5000 z": (lambda net: LogitScale(net, 5000), "gradient masking"),
    "10 softmax": (lambda net: Squashed(net, nn.Softmax(1), 10), "squashed output"),
    "20 softmax": (lambda net: Squashed(net, nn.Softmax(1), 20), "squashed output"),
    "10 sigmoid": (lambda net: Squashed(net, nn.Sigmoid(), 10), "squashed output"),
    "20 tanh": (lambda net: Squashed(net, nn.Tanh(), 20), "squashed output"),
    "quantized input": (lambda net: Before(net, quantized), "zero gradient"),
    "noise at inference": (lambda net: Before(net, noisy), "stochastic"),
    "hard labels": (HardLabels, "hard output"),
    "shattered input": (lambda net: Before(net, shattered), "misleading gradient"),
    "folded input": (lambda net: Before(net, folded), "loss bends back"),
    "clipped input": (lambda net: Before(net, clipped), "zero gradient"),
    "no class 1": (WithoutClass, "class not learned"),
    "detached copy": (lambda net: Before(net, torch.Tensor.detach), "zero gradient"),
}
SOUND = {
    "adversarial": {"epsilon": EPSILON},
    "noise": {"radius": EPSILON},
    "pgd": {"epsilon": EPSILON, "steps": 3, "relative_step": 0.5},
}
