"""One conversation at a time over the bus' line: a request out, its values back, and the line opened anew."""

import time
from collections.abc import Callable

from drivers.modbus.faults import fault
from drivers.modbus.frames import Rejected, Request, complete, decode, encode, reply_length
from drivers.modbus.line import Wire, exchange, open_line
from drivers.modbus.wiring import Line


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
        self.open()
        wire = self._wire
        if wire is None:
            raise fault("modbus.line_missing", self._line.place, "-")
        frame = encode(unit, request)
        try:
            received = exchange(
                wire,
                self._line,
                frame,
                reply_length(request),
                lambda so_far: complete(request, so_far),
                mono=self._mono,
            )
        except Exception:
            self.close()
            raise
        if not received:
            raise fault("modbus.silent", unit, self._line.place)
        answer = decode(unit, request, received)
        if isinstance(answer, Rejected):
            raise fault("modbus.rejected", unit, answer.code)
        return answer
