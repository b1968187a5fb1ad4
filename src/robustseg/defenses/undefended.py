"""Ordinary training: one update per batch, on the unchanged batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg.threat.gradient import Forward

Cases = Callable[[], tuple[Tensor, Tensor]]
"""Reads images ``(N, C, D, H, W)`` and one-hot truth ``(N, classes, D, H, W)``."""


@dataclass(frozen=True, kw_only=True)
class Undefended:
    """No defense; the other defenses override `updates`.

    Attributes:
        temperature: the softmax in training is that of ``logits / temperature``.
    """

    temperature: float = 1

    def updates(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the pairs (images, target probabilities) of the batch's successive updates.

        The network is updated between two pairs, so later pairs depend on the updated network.

        Args:
            forward: the current network, without dropout.
            image: ``(N, C, D, H, W)``.
            target: one-hot truth ``(N, classes, D, H, W)``.
            generator: a CPU generator for the random values of the defense.
        """
        yield image, target

    def monitor(self, forward: Forward, cases: Cases) -> dict[str, float]:
        """Return numbers to monitor every few epochs, by name; they must not be random.

        Args:
            forward: the current network, without dropout.
            cases: reads the same few training cases every time, without augmentation.
        """
        return {}
