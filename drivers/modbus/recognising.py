"""What a strange station may be: it is asked for all that the known register maps read, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from drivers.base import Malformed, Misconfigured, Transient
from drivers.modbus.frames import Read, Rejected
from drivers.modbus.line import Wire, exchange
from drivers.modbus.talking import Conversation
from drivers.modbus.wiring import Line

WAVESHARE_VERSION = Read(3, 0x8000, 1)
EIGHT_COILS = Read(1, 0, 8)

# How long a station that is known to be there may think.
_THINKING_S = 0.3
_TRIES = 3

Answers = Mapping[Read, tuple[int, ...] | Rejected | None]
"""What a station said to each read: values, an exception, or None for nothing that could be understood."""


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """What a profile reads of its host, and where the host's version would be."""

    reads: tuple[Read, ...]
    version: Read | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """What a station may be: the profiles whose addresses it all has, the likeliest first.

    `version` is what Waveshare's register says, "" where there is none; `coils` whether it has eight relays.
    """

    profiles: tuple[str, ...] = ()
    version: str = ""
    coils: bool = False


def guess(maps: Mapping[str, RegisterMap], answers: Answers) -> Guess:
    """Return what a station may be that gave these answers.

    A profile fits when values came for all that it reads. One whose version was read as well goes before one
    that has none, and that before one whose version is missing; then the one that reads more goes first.
    """
    fitting = [name for name, known in maps.items() if all(values(answers, read) for read in known.reads)]
    version = values(answers, WAVESHARE_VERSION)
    return Guess(
        profiles=tuple(sorted(fitting, key=lambda name: (_doubt(maps[name], answers), name))),
        version=f"{version[0] / 100:.2f}" if version else "",
        coils=bool(values(answers, EIGHT_COILS)),
    )


def values(answers: Answers, read: Read) -> tuple[int, ...]:
    """Return the values that came for a read, () where none did."""
    told = answers.get(read)
    return told if isinstance(told, tuple) else ()


def ask_all(
    wire: Wire, line: Line, unit: int, maps: Mapping[str, RegisterMap], mono: Callable[[], float]
) -> Answers:
    """Return what a station says to everything that `maps` read. Raises Transient when the line broke."""
    patient = replace(line, answer_s=max(line.answer_s, _THINKING_S))
    talk = Conversation(patient, mono, lambda _: wire)
    wanted = {read: None for known in maps.values() for read in known.reads}
    wanted |= {known.version: None for known in maps.values() if known.version is not None}

    def told(read: Read) -> tuple[int, ...] | Rejected | None:
        for _ in range(_TRIES):
            try:
                return talk.ask(unit, read)
            except Misconfigured as error:
                return Rejected(int(str(error.values["detail"])))
            except Malformed:
                hush(wire, line, mono)
            except Transient as error:
                if error.key != "modbus.silent":
                    raise
                return None
        return None

    return {read: told(read) for read in (*wanted, WAVESHARE_VERSION, EIGHT_COILS)}


def hush(wire: Wire, line: Line, mono: Callable[[], float]) -> None:
    """Say nothing while an answer may still come, and forget it. Raises Transient when the line broke."""
    exchange(wire, replace(line, answer_s=_THINKING_S), b"", 0, lambda _: False, mono=mono)


def _doubt(known: RegisterMap, answers: Answers) -> tuple[int, int]:
    versioned = 1 if known.version is None else 0 if values(answers, known.version) else 2
    return versioned, -sum(read.count for read in known.reads)
