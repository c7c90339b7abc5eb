"""Who is there on a Modbus bus: every address is asked in turn, by reads only.

A station that rejects what it is asked is there as well. One that answers late is recognised by its answer to
an earlier question, so that the scan need not wait long for everybody. The bus must not be in use: two
masters talk into each other.

Limits: what stands on libmodbus takes a question that nobody answers for the beginning of an answer, and
finds its place again only after half a second of silence: such a station needs `answer_s` of 0.6, or to be
asked first.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from drivers.base import DeviceError, Misconfigured, Transient
from drivers.listening.serial_ports import require_free
from drivers.modbus.frames import Read, encode, reply_length
from drivers.modbus.line import Wire, exchange, open_line
from drivers.modbus.recognising import Answers, Guess, RegisterMap, ask_all, guess, hush, values
from drivers.modbus.talking import Question
from drivers.modbus.wiring import Line, SerialLine, TcpLine

QUESTIONS = (Read(3, 0, 1), Read(2, 0, 1), Read(4, 0, 1), Read(1, 0, 1))
"""Asked one after another until a unit is heard: some boards keep silent on what they do not know."""
DEFAULT_UNITS = range(1, 33)
ALL_UNITS = range(1, 248)

# Usual boards answer within 20 ms; slower ones are heard late.
ANSWER_S = 0.05
_LATE_S = 1.0
# Once may be a spark; what is garbled again and again is somebody.
_NOISES = 2
_EXCEPTION = 0x80
_EXCEPTION_LENGTH = 5
# A gateway says with these that the unit behind it does not answer.
_NOBODY = (0x0A, 0x0B)

Heard = Literal["values", "exception", "noise"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which units of a line are asked, at which baud rates, and after how many seconds the scan ends anyhow.

    A serial server has one rate of its own. Raises Misconfigured for several of them, or a unit that is none.
    """

    line: Line
    bauds: tuple[int, ...] = (9600,)
    units: range = DEFAULT_UNITS
    seconds: float = 300.0
    answer_s: float = ANSWER_S

    def __post_init__(self) -> None:
        """Refuse what no bus has."""
        if not self.units or self.units[0] < 1 or self.units[-1] > 247:
            raise Misconfigured("scan.bad_units", "Modbus addresses go from 1 to 247: correct first and last")
        if isinstance(self.line, TcpLine) and len(self.bauds) != 1:
            raise Misconfigured(
                "scan.one_baud", "a serial server has one baud rate, set in itself: give that one"
            )

    @property
    def lines(self) -> tuple[Line, ...]:
        """The line at each baud rate, with the scan's short time to answer."""
        return tuple(replace(self.line, baud=baud, answer_s=self.answer_s) for baud in self.bauds)

    def expected_s(self) -> float:
        """Return how long it takes where nobody answers; every station found takes a second or two more."""
        a_unit_s = (_silence_s(line, question) for line in self.lines for question in QUESTIONS)
        return len(self.units) * sum(a_unit_s)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is: it calls `unit` now, the `asked`-th of `of` calls."""

    unit: int
    baud: int
    asked: int
    of: int


@dataclass(frozen=True, slots=True)
class FoundStation:
    """Somebody on the bus, heard by values, or by exceptions to all that was asked.

    `noise`: something answers and cannot be understood, so that no more is known.
    """

    unit: int
    baud: int
    heard: Heard
    guess: Guess = field(default_factory=Guess)


@dataclass(frozen=True, slots=True)
class Voice:
    """A whole answer: the question that it answers, and its exception if it is one."""

    question: Question
    exception: int | None = None


def scan(
    plan: Plan,
    maps: Mapping[str, RegisterMap],
    progress: Callable[[Progress], None] = lambda _: None,
    mono: Callable[[], float] = time.monotonic,
) -> Iterator[FoundStation]:
    """Yield whoever is on the bus, as they are found. Nothing but reads is sent.

    `maps` are the profiles to be tried. Raises Transient when the port is in use, the line breaks or the time
    is over, Misconfigured for a port that is none; what was found before that has been yielded.
    """
    if isinstance(plan.line, SerialLine):
        require_free(plan.line.port)
    end_s = mono() + plan.seconds
    steps = len(plan.units) * len(plan.bauds)
    for number, line in enumerate(plan.lines):
        wire = open_line(line)
        try:
            calling = _Calling(wire, line, mono)
            for asked, unit in enumerate(plan.units, number * len(plan.units) + 1):
                if mono() >= end_s:
                    raise _time_over(plan, unit, line.baud)
                progress(Progress(unit, line.baud, asked, steps))
                for found, heard in calling.call(unit):
                    yield _found(found, line.baud, heard, maps, calling.answers(found, heard, maps))
        finally:
            wire.close()


def voices(asked: Sequence[Question], received: bytes) -> tuple[tuple[Voice, ...], bytes]:
    """Return the whole answers to any question `asked` that `received` begins with, and what follows them."""
    found: list[Voice] = []
    while (answered := _answered(asked, received)) is not None:
        question, length = answered
        found.append(Voice(question, received[2] if received[1] & _EXCEPTION else None))
        received = received[length:]
    return tuple(found), received


class _Calling:
    """Calls the units of one open line, and remembers what it asked as long as an answer may come."""

    def __init__(self, wire: Wire, line: Line, mono: Callable[[], float]) -> None:
        self._wire = wire
        self._line = line
        self._mono = mono
        self._owed: list[tuple[float, Question]] = []
        self._heard: dict[int, Heard] = {}

    def call(self, unit: int) -> Iterator[tuple[int, Heard]]:
        """Yield who was heard for the first time while this unit was called: late ones before it, too."""
        noises = 0
        for request in QUESTIONS:
            answers, rest = self._ask(Question(unit, request))
            noises += bool(rest)
            yield from self._new(answers)
            if any(voice.question.unit == unit for voice in answers):
                return
        if noises >= _NOISES and unit not in self._heard:
            self._heard[unit] = "noise"
            yield unit, "noise"

    def answers(self, unit: int, heard: Heard, maps: Mapping[str, RegisterMap]) -> Answers:
        """Return what a unit says to everything that `maps` read, nothing for one that is noise."""
        if heard == "noise":
            return {}
        if any(question.unit == unit for _, question in self._owed):
            # A late answer to a call would pass for the answer to the like question.
            hush(self._wire, self._line, self._mono)
        return ask_all(self._wire, self._line, unit, maps, self._mono)

    def _ask(self, question: Question) -> tuple[tuple[Voice, ...], bytes]:
        now_s = self._mono()
        self._owed = [(at_s, owed) for at_s, owed in self._owed if at_s > now_s - _LATE_S]
        self._owed.append((now_s, question))
        asked = [owed for _, owed in reversed(self._owed)]

        def complete(received: bytes) -> bool:
            return any(voice.question.unit == question.unit for voice in voices(asked, received)[0])

        frame = encode(question.unit, question.request)
        expected = reply_length(question.request)
        received = exchange(self._wire, self._line, frame, expected, complete, mono=self._mono)
        told, rest = voices(asked, received)
        answered = [voice.question for voice in told]
        self._owed = [(at_s, owed) for at_s, owed in self._owed if owed not in answered]
        return told, rest

    def _new(self, told: Sequence[Voice]) -> Iterator[tuple[int, Heard]]:
        for voice in told:
            unit = voice.question.unit
            if self._heard.get(unit, "noise") != "noise" or voice.exception in _NOBODY:
                continue
            self._heard[unit] = "values" if voice.exception is None else "exception"
            yield unit, self._heard[unit]


def _found(
    unit: int, baud: int, heard: Heard, maps: Mapping[str, RegisterMap], answers: Answers
) -> FoundStation:
    spoke = any(values(answers, read) for read in answers)
    return FoundStation(unit, baud, "values" if spoke else heard, guess(maps, answers))


def _answered(asked: Sequence[Question], received: bytes) -> tuple[Question, int] | None:
    """Return the question whose answer `received` begins with, and the answer's length."""
    for question in asked:
        rejected = len(received) > 1 and received[1] & _EXCEPTION
        length = _EXCEPTION_LENGTH if rejected else reply_length(question.request)
        if len(received) >= length and question.answered_by(received[:length]):
            return question, length
    return None


def _silence_s(line: Line, question: Read) -> float:
    """Return how long a question takes that nobody answers."""
    return line.gap_s + line.answer_s + line.wire_s(len(encode(1, question)) + reply_length(question))


def _time_over(plan: Plan, unit: int, baud: int) -> DeviceError:
    return Transient(
        "scan.time_over",
        "{seconds:.0f} s are over and unit {unit} at {baud} baud was not asked: go on with --first {unit}",
        seconds=plan.seconds,
        unit=unit,
        baud=baud,
    )
