"""The history of a training: a progress bar, a log, TensorBoard events and a CSV file."""

import csv
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType

from tqdm import tqdm

from robustseg.defenses.overfitting import collapse
from robustseg.runtime.files import atomic_path
from robustseg.training.loop import Epoch

logger = logging.getLogger(__name__)


class Progress:
    """Called after every epoch; shows loss and time left, and writes TensorBoard events."""

    def __init__(self, name: str, *, epochs: int, tensorboard: str) -> None:
        """Name the model, the number of epochs, and the folder of the events."""
        # Imported here because it takes a second, which other users of this module save.
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(tensorboard)
        self.course: list[dict[str, float]] = []
        # A bar on a terminal; elsewhere the log has one line per epoch.
        self.epochs = epochs
        self.bar = tqdm(total=epochs, desc=name, unit="epoch", disable=not sys.stderr.isatty())

    def __enter__(self) -> "Progress":
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the bar and the events."""
        self.bar.close()
        self.writer.close()

    def __call__(self, epoch: Epoch) -> None:
        """Show one epoch."""
        self.writer.add_scalar("loss", epoch.loss, epoch.epoch)
        self.writer.add_scalar("learning_rate", epoch.learning_rate, epoch.epoch)
        for name, value in epoch.monitored.items():
            self.writer.add_scalar(name, value, epoch.epoch)
        self.course.append(epoch.monitored)
        if epoch.monitored and (warning := collapse(self.course)):
            logger.warning("%s", warning)
        self.bar.set_postfix(loss=f"{epoch.loss:.4f}", refresh=False)
        self.bar.update(epoch.epoch - self.bar.n)
        left = (self.epochs - epoch.epoch) * epoch.seconds
        logger.info(
            "epoch %d/%d loss %.4f, %.1f s, about %.0f s left",
            epoch.epoch,
            self.epochs,
            epoch.loss,
            epoch.seconds,
            left,
        )


def write_history(path: str, history: Sequence[Epoch]) -> None:
    """Write one row per epoch: epoch, loss, learning_rate, seconds, and monitored numbers.

    Monitored numbers have columns if any epoch has them, with empty cells in the other epochs.
    """
    rows = [asdict(epoch) for epoch in history]
    rows = [row | row.pop("monitored") for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
