"""One conversation at a time over the bus' line: a request out, its values back, and the line opened anew."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drivers.base import Malformed
from drivers.modbus.faults import fault
from drivers.modbus.frames import Read, Rejected, Request, complete, decode, encode, reply_length
from drivers.modbus.line import Wire, exchange, open_line
from drivers.modbus.wiring import Line

# How long after its time an answer may still come, at worst, and how many of its times it usually takes then.
_LATE_S = 1.0
_LATE_TIMES = 3


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


def without_stray(asked: Question, others: Iterable[Question], received: bytes) -> bytes:
    """Return what was received less whole answers, late or doubled, to other questions before this one.

    What may be an answer to this one stays. A slow station thus costs its neighbours nothing.
    """
    others = [other for other in others if (other.unit, other.function) != (asked.unit, asked.function)]
    while (length := _answered(others, received)) > 0:
        received = received[length:]
    return received


def peace_s(line: Line, reads: Iterable[Read]) -> float:
    """Return for how long a station that was silent is not asked again, as its answer may still come.

    It would pass for the next one, and that for the one after it, each in a neighbour's way. Where reads are
    alike it would even pass for the answer to another one: there the longest is waited.
    """
    shapes = [(read.function, reply_length(read)) for read in reads]
    alike = len(set(shapes)) < len(shapes)
    return _LATE_S if alike else _LATE_TIMES * line.answer_s


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
        self._unanswered: list[tuple[float, Question]] = []

    @property
    def is_open(self) -> bool:
        """Whether the line is open."""
        return self._wire is not None

    def open(self) -> Wire:
        """Return the line, opened unless it is. Raises Transient."""
        if self._wire is None:
            self._wire = self._opening(self._line)
        return self._wire

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
            self._unanswered.append((self._mono(), asked))
            raise fault("modbus.silent", f"unit {unit}", self._line.place)
        answer = decode(unit, request, received)
        if isinstance(answer, Rejected):
            raise fault("modbus.rejected", f"unit {unit}", answer.code)
        return answer

    def _received(self, asked: Question) -> bytes:
        wire = self.open()
        others = self._others(asked)

        def whole(so_far: bytes) -> bool:
            own = without_stray(asked, others, so_far)
            return bool(own) and complete(asked.request, own)

        frame = encode(asked.unit, asked.request)
        try:
            received = exchange(wire, self._line, frame, reply_length(asked.request), whole, mono=self._mono)
        except Exception:
            self.close()
            raise
        return without_stray(asked, others, received)

    def _others(self, asked: Question) -> list[Question]:
        """Return the questions whose answers may still come, or come again."""
        since_s = self._mono() - _LATE_S
        self._unanswered = [owed for owed in self._unanswered if owed[0] > since_s]
        before, self._before = self._before, asked
        return [*([before] if before else []), *(question for _, question in self._unanswered)]


def _answered(questions: Iterable[Question], received: bytes) -> int:
    """Return the length of the answer to one of the questions that `received` begins with, 0 for none."""
    for question in questions:
        length = reply_length(question.request)
        if len(received) >= length and question.answered_by(received[:length]):
            return length
    return 0
