"""A training's state on disk, from which it resumes after a kill."""

import itertools
import logging
from pathlib import Path
from typing import Any

import torch

from robustseg.runtime.files import atomic_path

logger = logging.getLogger(__name__)


class Checkpoint:
    """The checkpoint of a training, valid only for the training that wrote it."""

    def __init__(self, path: str | Path, *, identity: str) -> None:
        """Name the file and the ``identity`` of the training: settings, code and data."""
        self.path = Path(path)
        self.identity = identity

    def save(self, state: dict[str, Any]) -> None:
        """Replace the checkpoint by ``state`` (tensors, numbers, strings and containers)."""
        with atomic_path(self.path) as temporary:
            torch.save({"identity": self.identity, **state}, temporary)

    def load(self) -> dict[str, Any] | None:
        """Return the saved state, or None if this training has none.

        A file that is damaged or of another training is moved aside, with a warning. It is neither
        used nor deleted.
        """
        if not self.path.exists():
            return None
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            if state["identity"] == self.identity:
                return dict(state)
            reason = "belongs to a training with other settings, code or data"
        except Exception as error:  # torch raises many types for a damaged archive
            reason = f"is damaged ({' '.join(str(error).split())[:120]})"
        suffixes = itertools.chain([".unusable"], (f".unusable-{n}" for n in itertools.count(2)))
        places = (self.path.with_suffix(suffix) for suffix in suffixes)
        aside = next(place for place in places if not place.exists())
        self.path.replace(aside)
        logger.warning("%s %s; moved to %s, training starts anew", self.path, reason, aside)
        return None
