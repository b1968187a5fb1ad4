"""Small trainings for the tests of training and resuming."""

import torch
from torch import nn

from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.distillation import Distillation
from robustseg.defenses.noise import Noise
from robustseg.defenses.pgd import PGD
from robustseg.defenses.undefended import Undefended
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.training.augmentation import Augmentation
from robustseg.training.checkpoint import Checkpoint
from robustseg.training.loop import TrainingSettings, train

CPU = torch.device("cpu")
SETTINGS = TrainingSettings(
    epochs=5, batch_size=2, learning_rate=1e-3, seed=7, checkpoint_every=2, bfloat16=False
)


class Teacher(nn.Module):
    """Reads the labels of `cases` off the first sequence."""

    def forward(self, image):
        classes = torch.arange(4.0)[None, :, None, None, None]
        return -10 * (image[:, :1] - classes).square()


DEFENSES = {
    "undefended": Undefended(),
    "noise": Noise(radius=0.05),
    "adversarial": Adversarial(epsilon=0.05),
    "pgd": PGD(epsilon=0.05, steps=2, relative_step=0.7),
    "distillation": Distillation(teacher=Teacher(), teacher_temperature=2, temperature=2),
}


class Killed(Exception):
    """A kill, simulated."""


def cases(count=3):
    """Return cases whose labels can be read off the first sequence."""
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 4, (count, 2, 2, 2), generator=generator)
    labels = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2).repeat_interleave(4, 3)
    image = torch.randn(count, 4, 8, 8, 8, generator=generator) * 0.1
    image[:, 0] += labels
    return image, labels


def run(path, *, identity="this", **changes):
    image, labels = cases()
    arguments = {
        "build": lambda: UNet3D(filters=2, levels=2, dropout=0.3),
        "batch": lambda indices: (image[list(indices)], labels[list(indices)]),
        "count": len(image),
        "classes": 4,
        "defense": Undefended(),
        "loss": DiceLoss(),
        "augmentation": Augmentation(),
        "settings": SETTINGS,
        "device": CPU,
        "checkpoint": Checkpoint(path, identity=identity),
    }
    return train(**{**arguments, **changes})


def kill_after(epoch):
    def on_epoch(row):
        if row.epoch == epoch:
            raise Killed

    return on_epoch


def same_bits(first, second):
    first, second = first.state_dict(), second.state_dict()
    return list(first) == list(second) and all(
        torch.equal(first[name], second[name]) for name in first
    )


def losses(history):
    return [(row.epoch, row.loss, row.learning_rate, row.monitored) for row in history]
