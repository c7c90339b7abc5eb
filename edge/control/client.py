"""The other end of the control socket, for commands: blocking, every wait bounded."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.control import socket_file
from edge.control.messages import Answer, Follow, Following, NotDone, Request, decode_answer, encode
from edge.refusal import Refused
from edge.store import layout

ANSWERED_WITHIN_S = 15.0
# What says that no daemon is there to answer, rather than that it refused.
LOST = frozenset({"control.no_daemon", "control.gone", "control.silent"})
_CONNECTED_WITHIN_S = 5.0
# Thousands of devices: more is no daemon of ours.
_LONGEST_ANSWER = 16 << 20


class ControlClient:
    """One connection to the daemon that uses `storage`; a context manager. Used by one thread.

    Refused, also later on: no daemon runs, it is not ours to talk to, or it ended meanwhile.
    """

    def __init__(self, storage: Path, mono: Callable[[], float] = time.monotonic) -> None:
        self._mono = mono
        self._rest = b""
        try:
            self._socket = socket_file.connect(layout.control_socket(storage), _CONNECTED_WITHIN_S)
        except PermissionError as error:
            raise Refused(
                "control.denied",
                "the daemon's socket in {directory} is not yours to use: run this as the daemon's user",
                directory=storage,
            ) from error
        except OSError as error:
            raise Refused(
                "control.no_daemon",
                "no daemon answers in {directory}: start menwei run, or name another site with --site",
                directory=storage,
            ) from error

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self.close()

    def close(self) -> None:
        """Hang up; may be called again."""
        self._socket.close()

    def ask(self, request: Request, within_s: float = ANSWERED_WITHIN_S) -> Answer:
        """Ask, and return the answer. Refused: it was not done, with the daemon's reason."""
        self._socket.settimeout(within_s)
        try:
            self._socket.sendall(encode(request))
        except OSError as error:
            raise gone() from error
        answer = self.next(within_s)
        if answer is None:
            raise Refused(
                "control.silent", "the daemon does not answer within {seconds:.0f} s", seconds=within_s
            )
        if isinstance(answer, NotDone):
            raise Refused(answer.key, answer.sentence.replace("{", "{{").replace("}", "}}"), **answer.values)
        return answer

    def follow(self) -> None:
        """Ask for everything that is observed from now on; `next` returns it."""
        answer = self.ask(Follow())
        if not isinstance(answer, Following):
            raise gone()

    def next(self, within_s: float) -> Answer | None:
        """Return the next thing told, None when nothing is within `within_s`."""
        until_s = self._mono() + within_s
        while b"\n" not in self._rest:
            left_s = until_s - self._mono()
            if left_s <= 0 or not self._receive(left_s):
                return None
        line, _, self._rest = self._rest.partition(b"\n")
        return decode_answer(line)

    def _receive(self, within_s: float) -> bool:
        self._socket.settimeout(within_s)
        try:
            received = self._socket.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError as error:
            raise gone() from error
        if not received or len(self._rest) > _LONGEST_ANSWER:
            raise gone()
        self._rest += received
        return True


def gone() -> Refused:
    """Return what to say when the daemon is not there any more."""
    return Refused("control.gone", "the daemon has ended the conversation: see whether it still runs")
