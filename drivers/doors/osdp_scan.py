"""Who is there on an OSDP bus: every address is asked who it is, in clear. Nothing is written to a reader.

A scan is only done while the bus is not in use. Its frames bear the sequence number 0, on which a reader
forgets the Secure Channel that it has with its panel, so that a door is without its reader for seconds; and
two panels on one pair of wires garble each other's frames. A port that another program holds is refused.
Nobody is polled either: a card or an alarm that waits in a reader for its panel stays there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from drivers.base import DeviceError, Identity, Misconfigured, Transient
from drivers.doors.faults import fault
from drivers.doors.osdp_frames import Command, Frame, Reply, encode, scan
from drivers.doors.osdp_port import OsdpPort, open_port
from drivers.doors.osdp_reports import identity
from drivers.doors.osdp_wiring import BAUD_RATES
from drivers.listening.serial_ports import require_free

DEFAULT_ADDRESSES = range(16)
ALL_ADDRESSES = range(127)

# A reader begins to answer within 200 ms (IEC 60839-11-5, 5.7).
ANSWER_S = 0.2
_TRIES = 3
_MARK = b"\xff"
_BITS_A_BYTE = 10
_ASKED_BYTES, _TOLD_BYTES = 10, 20
_STANDARD = b"\x00"
_PDID_BYTES = 12

Heard = Literal["identity", "refused", "noise"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which addresses are asked, at which baud rates, and after how many seconds the scan ends anyhow.

    Raises Misconfigured for a baud rate or an address that OSDP does not have.
    """

    port: str
    bauds: tuple[int, ...] = (9600,)
    addresses: range = DEFAULT_ADDRESSES
    seconds: float = 300.0
    answer_s: float = ANSWER_S

    def __post_init__(self) -> None:
        """Refuse what no bus has."""
        if not self.addresses or self.addresses[0] < 0 or self.addresses[-1] > 126:
            raise Misconfigured(
                "scan.bad_addresses", "OSDP addresses go from 0 to 126: correct first and last"
            )
        for baud in self.bauds:
            if baud not in BAUD_RATES:
                raise fault("door.bad_wiring", self.port, f"{baud} is no baud rate of OSDP")

    def expected_s(self) -> float:
        """Return how long it takes where nobody answers."""
        a_baud_s = (self.silence_s(baud) for baud in self.bauds)
        return len(self.addresses) * sum(a_baud_s)

    def silence_s(self, baud: int) -> float:
        """Return how long one question takes that nobody answers."""
        return self.answer_s + (_ASKED_BYTES + _TOLD_BYTES) * _BITS_A_BYTE / baud


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is: it calls `address` now, the `asked`-th of `of` calls."""

    address: int
    baud: int
    asked: int
    of: int


@dataclass(frozen=True, slots=True)
class FoundReader:
    """Somebody on the bus: who it is, where it tells in clear, and whether it offers a Secure Channel.

    `refused`: it answers, and tells strangers nothing. `noise`: something answers and cannot be understood.
    """

    address: int
    baud: int
    heard: Heard
    identity: Identity | None = None
    secure_channel: bool | None = None


def find_readers(
    plan: Plan, mono: Callable[[], float], progress: Callable[[Progress], None] = lambda _: None
) -> Iterator[FoundReader]:
    """Yield whoever is on the bus, as they are found. Only osdp_ID and osdp_CAP are sent.

    Raises Transient when the port is in use, is gone or the time is over, Misconfigured for a port that is
    none; what was found before that has been yielded.
    """
    require_free(plan.port)
    end_s = mono() + plan.seconds
    for number, baud in enumerate(plan.bauds):
        port = open_port(plan.port, baud, plan.port, mono)
        try:
            calling = _Calling(port, plan.silence_s(baud), mono)
            for asked, address in enumerate(plan.addresses, number * len(plan.addresses) + 1):
                if mono() >= end_s:
                    raise _time_over(plan, address, baud)
                progress(Progress(address, baud, asked, len(plan.addresses) * len(plan.bauds)))
                found = calling.call(address, baud)
                if found is not None:
                    yield found
        finally:
            port.close()


def pdid(data: bytes) -> dict[str, int]:
    """Return what the body of an osdp_PDID tells, by libosdp's names; it is used whole. Raises Malformed."""
    if len(data) != _PDID_BYTES:
        raise fault("door.garbled", "OSDP", f"a PDID of {len(data)} bytes")
    return {
        "vendor_code": int.from_bytes(data[:3], "little"),
        "model": data[3],
        "version": data[4],
        "serial_number": int.from_bytes(data[5:9], "little"),
        "firmware_version": int.from_bytes(data[9:12], "big"),
    }


class _Calling:
    """Asks one address after another on an open port."""

    def __init__(self, port: OsdpPort, wait_s: float, mono: Callable[[], float]) -> None:
        self._port = port
        self._wait_s = wait_s
        self._mono = mono

    def call(self, address: int, baud: int) -> FoundReader | None:
        """Return who answers at an address, None for nobody."""
        for _ in range(_TRIES):
            began_s = self._mono()
            before = self._port.malformed
            reply = self._ask(address, 0, Command.ID)
            if reply is not None and reply.code != Reply.BUSY:
                return self._found(reply, baud, self._mono() - began_s)
            if reply is None and self._port.malformed == before:
                return None
        return FoundReader(address, baud, "noise" if reply is None else "refused")

    def _found(self, reply: Frame, baud: int, latency_s: float) -> FoundReader:
        if reply.code != Reply.PDID or len(reply.data) != _PDID_BYTES:
            return FoundReader(reply.address, baud, "refused")
        known = identity(pdid(reply.data), latency_s)
        self._ask(reply.address, 1, Command.CAP)
        offered = self._port.heard(reply.address).secure_channel
        return FoundReader(reply.address, baud, "identity", known, offered)

    def _ask(self, address: int, sequence: int, command: Command) -> Frame | None:
        asked = Frame(address, reply=False, sequence=sequence, code=command, data=_STANDARD)
        self._port.flush()
        self._port.write(_MARK + encode(asked))
        until_s = self._mono() + self._wait_s
        while (left_s := until_s - self._mono()) > 0:
            self._port.pump(left_s)
            told = scan(self._port.read(4096)).frames
            if told:
                return told[0]
        return None


def _time_over(plan: Plan, address: int, baud: int) -> DeviceError:
    return Transient(
        "scan.time_over",
        "{seconds:.0f} s are over and unit {unit} at {baud} baud was not asked: go on with --first {unit}",
        seconds=plan.seconds,
        unit=address,
        baud=baud,
    )
