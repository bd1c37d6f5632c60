"""What the outside asks of a running rollout: the first signal to finish at a safe point, the second to let go."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interruptions:
    """Counts the signals: `asked` after the first one; the second raises KeyboardInterrupt where the program stands."""

    def __init__(self, notice: Callable[[str], None], wake: threading.Event) -> None:
        self._notice = notice
        self._wake = wake
        self._asked = threading.Event()

    def asked(self) -> bool:
        """Tell whether somebody asked us to stop."""
        return self._asked.is_set()

    def _arrive(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        self._wake.set()
        self._notice(
            f"{signal.Signals(number).name}: stopping at the next safe point; once more lets go at once "
            "and leaves what is in flight to itself"
        )


@contextmanager
def listening(notice: Callable[[str], None], wake: threading.Event) -> Iterator[Interruptions]:
    """Take SIGINT, SIGTERM and SIGHUP as questions while the block runs; only the main thread may.

    A signal that the caller ignores stays ignored: under nohup a closed terminal must not halt a rollout.
    """
    interruptions = Interruptions(notice, wake)
    heeded = [number for number in _ASKING if signal.getsignal(number) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, interruptions._arrive) for number in heeded}  # noqa: SLF001 - its own class
    try:
        yield interruptions
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
