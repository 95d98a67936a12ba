"""Ctrl-C and SIGTERM as a wish to stop: the first is remembered, the second ends the process's work at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import attrs


@attrs.define
class Stop:
    """Whether the search should end, and by which signal. Set `requested` to stop it from elsewhere."""

    requested: bool = False
    signal: int | None = None


@contextmanager
def interruptible(stop: Stop, on_first: Callable[[], None]) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM inside the block into `stop.requested`; a second one raises `KeyboardInterrupt`.

    Outside the main thread signals cannot be handled, and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested, stop.signal = True, number
        on_first()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
