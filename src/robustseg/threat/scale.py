"""Divisors of the logits before the softmax, for attacks on temperature-scaled logits.

A softmax of large logits is constant up to rounding, and so is every loss of it. Its gradient
vanishes although the segmentation is as easy to change as before. Division by a constant changes
no decision and restores the gradient (Carlini & Wagner 2016, on defensive distillation).
"""

import torch
from torch import Tensor

SATURATION = 16.636
"""The gap from which a float32 softmax over two classes rounds to exactly 1: -ln(2^-24)."""

ORDINARY_GAP = 10.0
"""A median gap below `SATURATION`, typical of an ordinarily trained network."""


def top2_gap(logits: Tensor) -> Tensor:
    """Return the largest minus the second largest logit of every voxel, ``(N, D, H, W)``."""
    first, second = logits.topk(2, dim=1).values.unbind(1)
    return first - second


def median_gap(logits: Tensor) -> Tensor:
    """Return each case's median of `top2_gap`, ``(N, 1, 1, 1, 1)``; 1 where it is 0."""
    gap = top2_gap(logits).flatten(1).median(1).values
    return torch.where(gap > 0, gap, 1.0).view(-1, 1, 1, 1, 1)
