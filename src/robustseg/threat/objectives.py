"""Objectives that attacks maximize: functions of the logits with one value per case.

A larger value means a worse segmentation. Every objective has two forms. Untargeted, ``target`` is
the truth. Targeted, it is the wanted segmentation, and the loss has a minus sign. A voxel is *open*
while the attack has not succeeded there: it is still correct, or not yet of the wanted class.
"""

from dataclasses import dataclass
from math import log
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from robustseg.models.losses import DiceLoss, one_hot
from robustseg.runtime.errors import InputError
from robustseg.threat.gradient import Loss

SMOOTH = 1e-5


class Objective(Protocol):
    """Maps logits ``(N, classes, D, H, W)`` and class indices ``(N, D, H, W)`` to ``(N,)``.

    ``progress`` runs from 0 at the first step of an attack towards 1.
    """

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return each case's value, which the attack increases."""
        ...


def comparable(objective: Objective) -> Objective:
    """Return the objective for comparing two images: ``objective``, unless its weights change.

    A mask on open voxels, or the weights of SegPGD and CosPGD, drops a voxel as soon as the attack
    succeeds there. The value then falls although the attack is nearer to its goal. Such an
    objective serves for the gradient only. As in SEA, images are compared by the underlying
    cross-entropy.
    """
    if isinstance(objective, CrossEntropy) and objective.masked:
        return CrossEntropy(balanced=objective.balanced)
    return CrossEntropy() if isinstance(objective, SegPGD | CosPGD) else objective


def not_yet_fooled(logits: Tensor, target: Tensor, *, targeted: bool) -> Tensor:
    """Return the open voxels, boolean ``(N, D, H, W)``."""
    hit = logits.argmax(1) == target
    return ~hit if targeted else hit


def _voxelwise(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits, target.long(), reduction="none")


def _signed_mean(values: Tensor, *, targeted: bool) -> Tensor:
    mean = values.flatten(1).mean(1)
    return -mean if targeted else mean


def class_weights(target: Tensor, classes: int) -> Tensor:
    """Return weights ``(N, D, H, W)`` of mean 1 with the same total for every class of a case."""
    counts = one_hot(target, classes).flatten(2).sum(2)
    present = (counts > 0).sum(1, keepdim=True)
    weights = target[0].numel() / (counts.clamp(min=1) * present)
    return weights.gather(1, target.flatten(1).long()).view_as(target)


@dataclass(frozen=True)
class Dice:
    """A loss of probabilities, by default the soft Dice loss that the networks are trained on."""

    loss: Loss = DiceLoss()

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return ``L(softmax(z), y)``."""
        value = self.loss(logits.softmax(1), one_hot(target, logits.shape[1]))
        return -value if targeted else value


@dataclass(frozen=True)
class RegionDice:
    """The soft Dice loss of the regions in which Dice is measured, unions of classes.

    Attributes:
        regions: class indices of each region.
    """

    regions: tuple[tuple[int, ...], ...]

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return the mean over regions of ``1 - (2 sum(p y) + s) / (sum(p) + sum(y) + s)``.

        p is the sum of ``softmax(z)`` over the classes of the region, y is 1 in its voxels and 0
        elsewhere, and s is 1e-5.

        Raises:
            InputError: a class of a region is not among the logits.
        """
        if (last := max(map(max, self.regions))) >= logits.shape[1]:
            raise InputError(
                f"region-dice: class {last} of a region, and the model has {logits.shape[1]} "
                "classes; give the cohort that the model was trained on"
            )
        classes = logits.softmax(1), one_hot(target, logits.shape[1])
        p, y = (
            torch.stack([each[:, region].sum(1) for region in self.regions], 1).flatten(2)
            for each in classes
        )
        scores = (2 * (p * y).sum(2) + SMOOTH) / (p.sum(2) + y.sum(2) + SMOOTH)
        loss = 1 - scores.mean(1)
        return -loss if targeted else loss


@dataclass(frozen=True)
class CrossEntropy:
    """The mean cross-entropy over voxels; balanced over classes, over open voxels, or both.

    Balanced and masked, it is a loss of SEA (Croce et al. 2024).
    """

    balanced: bool = False
    masked: bool = False

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return ``mean(w m CE)`` with the weights w and the mask m, if chosen."""
        values = _voxelwise(logits, target)
        if self.balanced:
            values = values * class_weights(target, logits.shape[1])
        if self.masked:
            values = values * not_yet_fooled(logits, target, targeted=targeted)
        return _signed_mean(values, targeted=targeted)


@dataclass(frozen=True)
class BalancedCrossEntropy(CrossEntropy):
    """The cross-entropy with equal weight for every class."""

    balanced: bool = True


@dataclass(frozen=True)
class MaskedCrossEntropy(CrossEntropy):
    """The cross-entropy of open voxels only."""

    masked: bool = True


@dataclass(frozen=True)
class BalancedMaskedCrossEntropy(CrossEntropy):
    """The cross-entropy of open voxels only, with equal weight for every class."""

    balanced: bool = True
    masked: bool = True


class Margin:
    """The logit margin of open voxels, without a softmax that saturates (Carlini & Wagner 2017)."""

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return ``mean(m (max over k != y of z_k - z_y))``, with the opposite sign targeted."""
        chosen = target.long().unsqueeze(1)
        own = logits.gather(1, chosen).squeeze(1)
        others = logits.scatter(1, chosen, -torch.inf).amax(1)
        margin = (others - own) * not_yet_fooled(logits, target, targeted=targeted)
        return _signed_mean(margin, targeted=targeted)


class JensenShannon:
    """The mean Jensen-Shannon divergence of the prediction from the truth (Croce et al. 2024).

    With q = p_y, ``2 JS = log 2 + (1 - q) log 2 + q log(2 q / (1 + q)) - log(1 + q)``: it is
    bounded, so voxels that are already wrong have little gradient.
    """

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return ``mean(JS(softmax(z), e_y))`` in nats, between 0 and log 2."""
        log_q = -_voxelwise(logits, target)
        q = log_q.exp()
        log_sum = torch.log1p(q)
        twice = log(2) + (1 - q) * log(2) + q * (log(2) + log_q - log_sum) - log_sum
        return _signed_mean(twice / 2, targeted=targeted)


class SegPGD:
    """SegPGD (Gu et al. 2022): the weight moves from open voxels to all voxels equally.

    With λ = progress / 2: ``mean((1 - λ) CE of open voxels + λ CE of the others)``.
    """

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return the weighted mean cross-entropy."""
        share = progress / 2
        weights = torch.where(not_yet_fooled(logits, target, targeted=targeted), 1 - share, share)
        return _signed_mean(weights * _voxelwise(logits, target), targeted=targeted)


class CosPGD:
    """CosPGD (Agnihotri et al. 2024): every voxel is weighted by its remaining correctness.

    The weight of a voxel is ``cos(softmax(z), e_y)``, targeted ``1 - cos``, and is not
    differentiated.
    """

    def __call__(
        self, logits: Tensor, target: Tensor, *, targeted: bool = False, progress: float = 0
    ) -> Tensor:
        """Return ``mean(weight CE)``."""
        with torch.no_grad():
            p = logits.softmax(1)
            cosine = p.gather(1, target.long().unsqueeze(1)).squeeze(1) / p.norm(dim=1)
            weights = 1 - cosine if targeted else cosine
        return _signed_mean(weights * _voxelwise(logits, target), targeted=targeted)
