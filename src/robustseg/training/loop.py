"""The training of one model, whatever its defense."""

import copy
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.defenses.undefended import Undefended
from robustseg.models.device import supports_bfloat16
from robustseg.models.losses import one_hot
from robustseg.models.output import refuse_probabilities
from robustseg.runtime.errors import InputError, Interrupted
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.gradient import Loss
from robustseg.training.augmentation import Augmentation
from robustseg.training.checkpoint import Checkpoint

logger = logging.getLogger(__name__)

Batch = Callable[[Sequence[int]], tuple[Tensor, Tensor]]
"""Training cases by index: images ``(N, C, D, H, W)`` and class indices ``(N, D, H, W)``."""

MONITORED, MONITOR_EVERY = 4, 5
"""Number of cases that a defense monitors every few epochs and in the last one."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Adam with a constant learning rate, as in the protocol.

    Attributes:
        epochs: passes over the training cases.
        batch_size: cases per update.
        learning_rate: Adam's.
        seed: of weights, order, augmentation, dropout and the defense's random values.
        checkpoint_every: epochs between checkpoints.
        bfloat16: autocast the network to bfloat16 where the device computes in it.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    checkpoint_every: int = 10
    bfloat16: bool = True


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """A row of the training history.

    Attributes:
        epoch: from 1.
        loss: the mean over the epoch's updates.
        learning_rate: Adam's.
        seconds: of the updates, without the monitoring.
        monitored: the numbers that the defense monitors, in some epochs.
    """

    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    monitored: dict[str, float] = field(default_factory=dict)


def train(
    build: Callable[[], nn.Module],
    batch: Batch,
    count: int,
    *,
    classes: int,
    defense: Undefended,
    loss: Loss,
    augmentation: Augmentation,
    settings: TrainingSettings,
    device: torch.device,
    checkpoint: Checkpoint,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    interruption: Callable[[], str | None] = lambda: None,
) -> tuple[nn.Module, list[Epoch]]:
    """Train a network from its seed, or resume from ``checkpoint`` with the same bits.

    All random values are drawn from (seed, epoch), so an epoch does not depend on earlier
    interruptions.

    Args:
        build: makes the network with freshly drawn weights.
        batch: reads training cases.
        count: number of training cases.
        classes: of the segmentation, background included.
        defense: yields the successive updates of every batch.
        loss: of probabilities and target probabilities, one value per case.
        augmentation: of every batch.
        settings: optimizer, length and seed.
        device: where to train.
        checkpoint: read first, and written every few epochs, on an interruption and at the end. A
            finished training is therefore not repeated if a killed run loses its results.
        on_epoch: called after every epoch, and again for the epochs of a checkpoint.
        interruption: called after every update; returns the reason to stop, if any.

    Raises:
        InputError: the loss or a weight is not finite, or the network returns probabilities.
        Interrupted: the training was told to stop; its last whole epoch is in ``checkpoint``.
    """
    torch.manual_seed(derive_seed(settings.seed, "weights"))
    # A CPU's bfloat16 and a GPU's tensor cores are fastest in channels-last order.
    model = build().to(device).train()
    model.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    history: list[Epoch] = []
    # The last whole epoch, if the checkpoint does not have it yet.
    unsaved: dict[str, Any] | None = None
    if saved := checkpoint.load():
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history = [Epoch(**row) for row in saved["history"]]
        for row in history:
            on_epoch(row)
        going = "complete" if len(history) == settings.epochs else "resumed"
        logger.info("%s after epoch %d, from the checkpoint", going, len(history))

    autocast = torch.autocast(
        device.type, torch.bfloat16, enabled=settings.bfloat16 and supports_bfloat16(device)
    )

    checked = False

    def forward(image: Tensor) -> Tensor:
        nonlocal checked
        with autocast:
            logits: Tensor = model(image)
        wanted = (len(image), classes, *image.shape[2:])
        if tuple(logits.shape) != wanted:
            raise InputError(
                f"the network's output is {tuple(logits.shape)}, not {wanted}; correct the network"
            )
        logits = logits.float()
        if not checked:
            refuse_probabilities(logits)
            checked = True
        return logits

    def forward_without_dropout(image: Tensor) -> Tensor:
        model.eval()
        logits = forward(image)
        model.train()
        return logits

    def monitored() -> tuple[Tensor, Tensor]:
        image, labels = batch(range(min(MONITORED, count)))
        image = image.to(device, memory_format=torch.channels_last_3d)
        return image, one_hot(labels, classes).to(device)

    for number in range(len(history) + 1, settings.epochs + 1):
        start, losses = time.monotonic(), []
        torch.manual_seed(derive_seed(settings.seed, "dropout", number))
        generator = torch.Generator().manual_seed(derive_seed(settings.seed, "epoch", number))
        order = torch.randperm(count, generator=generator).tolist()
        for first in range(0, count, settings.batch_size):
            image, labels = batch(order[first : first + settings.batch_size])
            image, target = augmentation(image, one_hot(labels, classes), generator=generator)
            image = image.to(device, memory_format=torch.channels_last_3d)
            for inputs, wanted in defense.updates(
                forward_without_dropout, image, target.to(device), generator=generator
            ):
                optimizer.zero_grad(set_to_none=True)
                probabilities = (forward(inputs) / defense.temperature).softmax(1)
                value = loss(probabilities, wanted).mean()
                value.backward()
                optimizer.step()
                losses.append(value.detach())
            if reason := interruption():
                if unsaved:
                    checkpoint.save(unsaved)
                raise Interrupted(
                    f"stopped by {reason} in epoch {number} of {settings.epochs}; the next run "
                    f"resumes after epoch {len(history)}"
                )
        epoch = Epoch(
            epoch=number,
            loss=torch.stack(losses).mean().item(),
            learning_rate=settings.learning_rate,
            seconds=time.monotonic() - start,
        )
        if not epoch.loss < float("inf"):
            raise InputError(f"loss is {epoch.loss} in epoch {number}; lower the learning rate")
        if number % MONITOR_EVERY == 0 or number == settings.epochs:
            watched = defense.monitor(forward_without_dropout, monitored)
            epoch = replace(epoch, monitored=watched)
        if not all(torch.isfinite(parameter).all() for parameter in model.parameters()):
            raise InputError(
                f"an update of epoch {number} made weights that are not finite; lower learning_rate"
            )
        history.append(epoch)
        on_epoch(epoch)
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "history": [asdict(row) for row in history],
        }
        if number % settings.checkpoint_every == 0 or number == settings.epochs:
            checkpoint.save(state)
            unsaved = None
        else:
            unsaved = copy.deepcopy(state)
    return model.eval(), history
