"""Defensive distillation (Papernot et al. 2016): learn the teacher's soft labels at T."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from robustseg.defenses.undefended import Undefended
from robustseg.threat.gradient import Forward


@dataclass(frozen=True, kw_only=True)
class Distillation(Undefended):
    """One update per batch towards ``softmax(teacher(X) / teacher_temperature)``.

    The student's temperature is `temperature`. With networks written as z = T z', the factors T
    cancel, so one teacher trained at temperature 1 serves every T.

    Attributes:
        teacher: a trained network in evaluation mode.
        teacher_temperature: the temperature it was trained at.
    """

    teacher: nn.Module
    teacher_temperature: float

    def updates(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the images with their soft labels; the truth is not used."""
        with torch.no_grad():
            logits = self.teacher(image).float()
        yield image, (logits / self.teacher_temperature).softmax(1)
