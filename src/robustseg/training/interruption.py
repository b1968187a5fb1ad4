"""Signals that stop a training: a cluster's warning before a time limit, or Ctrl-C."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)


class Interruption:
    """Records the first of `SIGNALS` inside its block; the training checks it between updates.

    Clusters send the same signal several times. Only SIGKILL ends the process at once. Outside the
    main thread Python handles no signals, so none is recorded.
    """

    def __init__(self) -> None:
        """Start without a signal."""
        self.received: str | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interruption":
        """Handle the signals."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Handle them as before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number).name
