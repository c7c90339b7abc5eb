"""How fast probes are understood: lines through the whole driver, and the packets of a capture."""

import random
import secrets
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

from drivers.listening.wire import Chunk
from drivers.probes.capture import LINK_TYPE_RADIOTAP, frames
from drivers.probes.decoding import Decoding, LineDatagrams, LineStream
from drivers.probes.density import MINUTE_S
from drivers.probes.driver import ProbeDriver
from drivers.probes.key import key_of, pseudonymous
from drivers.probes.wiring import ProbeWiring, Surroundings
from drivers.said import DensityMeasured, Said
from drivers.sim.probe_emitter import Frame, as_lines, crowd

# What one read of a serial port hands over at most.
_READ_BYTES = 4096
# How many datagrams one read of a UDP port hands over at most.
_READ_DATAGRAMS = 256
_WITHIN_S = 60.0
_NOON_S = 1_790_000_040.0  # the beginning of a minute
_RADIOTAP = struct.Struct("<BBHIBBHHbB")
_FLAGS_RATE_CHANNEL_SIGNAL_ANTENNA = 0x82E
_FCS_AT_END = 0x10


@dataclass(frozen=True, slots=True)
class Understood:
    """So many were sent, so many were counted, of so many devices; `per_s` by processor seconds."""

    sent: int
    counted: int
    devices: int
    per_s: float


def lines_in_a_stream(lines: int = 60_000, devices: int = 500, seed: int = 1) -> Understood:
    """Read TZ00x lines as a serial port hands them over: parsed, hashed and counted by the driver."""
    stream = b"".join(_lines(lines, devices, seed))
    reads = [(Chunk("", stream[at : at + _READ_BYTES]),) for at in range(0, len(stream), _READ_BYTES)]
    return _through_the_driver(reads, LineStream(), lines)


def lines_in_datagrams(lines: int = 60_000, devices: int = 500, seed: int = 1) -> Understood:
    """Read TZ00x lines that came one a datagram."""
    chunks = [Chunk("192.0.2.1", line) for line in _lines(lines, devices, seed)]
    reads = [tuple(chunks[at : at + _READ_DATAGRAMS]) for at in range(0, len(chunks), _READ_DATAGRAMS)]
    return _through_the_driver(reads, LineDatagrams(), lines)


def packets_of_a_capture(
    folder: Path, packets: int = 40_000, devices: int = 500, seed: int = 1
) -> Understood:
    """Read probe requests out of a pcap file that is written into `folder` first, and hash them."""
    path = folder / "figures.pcap"
    path.write_bytes(_capture(packets, devices, seed))
    key = key_of(None, date(2026, 1, 1), secrets.token_bytes)
    began_s = time.process_time()
    names = [
        one.pseudonym for packet in frames(path) if packet.heard for one in pseudonymous([packet.heard], key)
    ]
    took_s = time.process_time() - began_s
    return Understood(packets, len(names), len(set(names)), packets / took_s)


class _MemoryWire:
    """A wire that hands over one read after the other without a pause."""

    name = "memory"

    def __init__(self, reads: Sequence[Sequence[Chunk]]) -> None:
        self._reads = deque(reads)
        self.empty = threading.Event()

    def open(self) -> None:
        """Be ready."""

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return the next read; once there is none, `empty` is set: all before it were taken."""
        if self._reads:
            return self._reads.popleft()
        self.empty.set()
        time.sleep(min(timeout_s, 0.01))
        return ()

    def close(self) -> None:
        """Do nothing."""


def _through_the_driver(reads: Sequence[Sequence[Chunk]], decoding: Decoding, sent: int) -> Understood:
    wire, wall_s, told = _MemoryWire(reads), [_NOON_S], threading.Event()
    minutes: list[DensityMeasured] = []

    def tell(said: Said) -> None:
        if isinstance(said, DensityMeasured):
            minutes.append(said)
            told.set()

    around = Surroundings(lambda: wall_s[0], time.monotonic, UTC, secrets.token_bytes)
    driver = ProbeDriver((ProbeWiring("probe-1"),), wire, decoding, around)
    began_s = time.process_time()
    driver.start(tell)
    try:
        whole = wire.empty.wait(_WITHIN_S)
        took_s = time.process_time() - began_s
        wall_s[0] += 2 * MINUTE_S
        if whole:
            told.wait(_WITHIN_S)
    finally:
        driver.stop()
    counted = sum(minute.frames for minute in minutes)
    return Understood(sent, counted, sum(minute.devices for minute in minutes), sent / took_s)


def _lines(lines: int, devices: int, seed: int) -> list[bytes]:
    luck = random.Random(seed)  # noqa: S311 - made-up devices
    heard = crowd(luck, devices // 5, devices - devices // 5)
    return as_lines([Frame(luck.choice(heard).address, luck.randint(-95, -35)) for _ in range(lines)])


def _capture(packets: int, devices: int, seed: int) -> bytes:
    luck = random.Random(seed)  # noqa: S311 - made-up devices
    heard = [bytes.fromhex(one.address.replace(":", "")) for one in crowd(luck, devices, 0)]
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_TYPE_RADIOTAP)]
    for number in range(packets):
        packet = _packet(luck.choice(heard), luck.randint(-95, -35))
        out.append(struct.pack("<IIII", int(_NOON_S), number, len(packet), len(packet)) + packet)
    return b"".join(out)


def _packet(source: bytes, signal_dbm: int) -> bytes:
    radiotap = _RADIOTAP.pack(
        0, 0, _RADIOTAP.size, _FLAGS_RATE_CHANNEL_SIGNAL_ANTENNA, _FCS_AT_END, 2, 2437, 0xA0, signal_dbm, 0
    )
    everybody = b"\xff" * 6
    frame = b"\x40\0\0\0" + everybody + source + everybody + b"\x10\0" + b"\0\0\x01\x04\x02\x04\x0b\x16"
    return radiotap + frame + zlib.crc32(frame).to_bytes(4, "little")
