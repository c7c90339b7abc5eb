"""Signals that end a command in good order; what was there before is put back."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any] | signal.Handlers


@contextmanager
def handled(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    """Let `handler` take these signals meanwhile. Used by the main thread."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


@contextmanager
def ended_by(*numbers: signal.Signals) -> Iterator[threading.Event]:
    """Turn these signals into an event."""
    ended = threading.Event()
    with handled(lambda _number, _frame: ended.set(), *numbers):
        yield ended
