"""Allowed changes of an image: norm, reference of epsilon, clipping and support."""

from dataclasses import asdict, dataclass
from typing import Literal

import torch
from torch import Tensor

from robustseg.runtime.errors import InputError
from robustseg.threat.statement import state

SPATIAL = (2, 3, 4)
VOLUME = (1, 2, 3, 4)
TOLERANCE = 1e-5
"""Tolerance of an audit, in peaks; float32 rounds by less."""


@dataclass(frozen=True, kw_only=True)
class ThreatModel:
    """An infinity-norm ball around each clean volume, with the study's settings.

    Attributes:
        reference: epsilon is a fraction of the largest magnitude of the ``"volume"`` (all
            sequences together) or of each ``"sequence"``.
        clip: keep the result within the clean range of the ``"volume"``, of each ``"sequence"``,
            or not at all (``"none"``).
        support: voxels that may change: the whole ``"volume"`` or the ``"brain"`` (voxels that
            differ from the sequence's `background`).
    """

    reference: Literal["volume", "sequence"] = "volume"
    clip: Literal["volume", "sequence", "none"] = "volume"
    support: Literal["volume", "brain"] = "volume"

    def peak(self, image: Tensor) -> Tensor:
        """Return the magnitude of epsilon = 1, broadcastable to ``(N, C, D, H, W)``."""
        over = SPATIAL if self.reference == "sequence" else VOLUME
        return image.abs().amax(over, keepdim=True)

    def direction(self, image: Tensor, gradient: Tensor) -> Tensor:
        """Return the sign of ``gradient`` on the support of ``image``, else 0."""
        return self.restrict(gradient.sign(), image)

    def restrict(self, change: Tensor, image: Tensor) -> Tensor:
        """Return ``change`` on the support of ``image``, else 0."""
        if self.support == "brain":
            return change * (image != background(image))
        return change

    def step(self, start: Tensor, direction: Tensor, image: Tensor, *, size: float) -> Tensor:
        """Return ``start + size * peak * direction``; ``image`` is the clean volume."""
        return start + size * self.peak(image) * direction

    def moved(self, image: Tensor, change: Tensor, *, epsilon: float) -> Tensor:
        """Return ``image + epsilon * peak * change`` on the support, within ball and range."""
        moved = self.step(image, self.restrict(change, image), image, size=epsilon)
        return self.project(moved, image, epsilon=epsilon)

    def project(self, adversarial: Tensor, image: Tensor, *, epsilon: float) -> Tensor:
        """Return the nearest point of the epsilon ball around ``image`` and the range."""
        radius = epsilon * self.peak(image)
        inside = torch.minimum(torch.maximum(adversarial, image - radius), image + radius)
        if self.clip == "none":
            return inside
        over = SPATIAL if self.clip == "sequence" else VOLUME
        low, high = image.amin(over, keepdim=True), image.amax(over, keepdim=True)
        return torch.minimum(torch.maximum(inside, low), high)

    def distance(self, adversarial: Tensor, image: Tensor) -> Tensor:
        """Return ``||adversarial - image||_inf`` in units of the peak, shape ``(N,)``."""
        return ((adversarial - image).abs() / self.peak(image)).amax(VOLUME)

    def excess(self, adversarial: Tensor, image: Tensor, *, epsilon: float) -> Tensor:
        """Return the distance of each case beyond the ball or the range, in peaks, ``(N,)``.

        It is 0 inside both. It is infinite for a change outside the support and for a value that
        is not finite.
        """
        inside = self.project(adversarial, image, epsilon=epsilon)
        # A volume of zeros has a peak of 0. Unchanged voxels are always inside.
        beyond = (adversarial - inside).abs() / self.peak(image)
        beyond = beyond.masked_fill(adversarial == inside, 0)
        moved = adversarial != image
        outside = moved & (self.restrict(torch.ones_like(image), image) == 0)
        return beyond.masked_fill(outside | ~adversarial.isfinite(), torch.inf).amax(VOLUME)

    def audit(self, adversarial: Tensor, image: Tensor, *, epsilon: float) -> None:
        """Check that every volume is within the threat model up to rounding.

        Raises:
            InputError: a volume is not finite, or beyond the ball, the range or the support.
        """
        excess = self.excess(adversarial, image, epsilon=epsilon)
        if not (excess <= TOLERANCE).all():
            raise InputError(
                f"an attacked volume leaves the threat model ({self.describe()}; epsilon "
                f"{epsilon:g}) by {excess.max():.2g} of the peak; correct the attack"
            )

    def describe(self) -> str:
        """State the threat model in one line, as every result does."""
        return state(asdict(self))


def background(image: Tensor) -> Tensor:
    """Return the value of the blank background of each sequence, ``(N, C, 1, 1, 1)``.

    It is the lowest value. If only few voxels have the lowest value, it is the most frequent value,
    provided that this is below the mean and at least ten times as frequent as the lowest one. A
    bright value can be frequent too, such as the upper end of a window, to which bone is clipped.
    """
    voxels = image.flatten(2)
    lowest = voxels.amin(-1, keepdim=True)
    rare = 0.1 * voxels.shape[-1] > (voxels == lowest).sum(-1)
    if rare.any():  # sorting 128^3 voxels takes 0.6 s per case, so only if necessary
        common = voxels.mode(-1, keepdim=True).values
        times = [(voxels == value).sum(-1, keepdim=True) for value in (lowest, common)]
        blank = (common < voxels.mean(-1, keepdim=True)) & (times[1] >= 10 * times[0])
        lowest = torch.where(blank, common, lowest)
    return lowest[..., None, None]
