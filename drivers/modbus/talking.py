"""One conversation at a time over the bus' line: a request out, its values back, and the line opened anew."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Malformed
from drivers.modbus.faults import fault
from drivers.modbus.frames import Rejected, Request, complete, decode, encode, reply_length
from drivers.modbus.line import Wire, exchange, open_line
from drivers.modbus.wiring import Line


@dataclass(frozen=True, slots=True)
class Question:
    """A request and the station it goes to."""

    unit: int
    request: Request

    @property
    def function(self) -> int:
        """The function code on the wire."""
        return encode(self.unit, self.request)[1]

    def answered_by(self, frame: bytes) -> bool:
        """Say whether `frame` is an answer to it."""
        try:
            decode(self.unit, self.request, frame)
        except Malformed:
            return False
        return True


def without_stray(asked: Question, before: Question | None, received: bytes) -> bytes:
    """Return what was received less whole answers, late or doubled, to the question before this one.

    What may be an answer to both stays. A slow station thus costs its neighbour nothing.
    """
    if before is None or (before.unit, before.function) == (asked.unit, asked.function):
        return received
    length = reply_length(before.request)
    while len(received) >= length and before.answered_by(received[:length]):
        received = received[length:]
    return received


class Conversation:
    """The line, open or not. Used by one thread."""

    def __init__(
        self,
        line: Line,
        mono: Callable[[], float] = time.monotonic,
        opening: Callable[[Line], Wire] = open_line,
    ) -> None:
        self._line = line
        self._mono = mono
        self._opening = opening
        self._wire: Wire | None = None
        self._before: Question | None = None

    @property
    def is_open(self) -> bool:
        """Whether the line is open."""
        return self._wire is not None

    def open(self) -> None:
        """Open the line unless it is. Raises Transient."""
        if self._wire is None:
            self._wire = self._opening(self._line)

    def close(self) -> None:
        """Close the line if it is open."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def ask(self, unit: int, request: Request) -> tuple[int, ...]:
        """Return what the station answers.

        Raises Transient when it is silent or the line broke (which is then closed), Malformed when it is
        garbled, Misconfigured when the station rejects the request.
        """
        asked = Question(unit, request)
        received = self._received(asked)
        if not received:
            raise fault("modbus.silent", unit, self._line.place)
        answer = decode(unit, request, received)
        if isinstance(answer, Rejected):
            raise fault("modbus.rejected", unit, answer.code)
        return answer

    def _received(self, asked: Question) -> bytes:
        self.open()
        if self._wire is None:
            raise fault("modbus.line_missing", self._line.place, "-")
        before, self._before = self._before, asked

        def whole(so_far: bytes) -> bool:
            own = without_stray(asked, before, so_far)
            return bool(own) and complete(asked.request, own)

        frame = encode(asked.unit, asked.request)
        try:
            received = exchange(
                self._wire, self._line, frame, reply_length(asked.request), whole, mono=self._mono
            )
        except Exception:
            self.close()
            raise
        return without_stray(asked, before, received)
