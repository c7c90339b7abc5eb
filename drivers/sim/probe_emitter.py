"""A simulated Wi-Fi probe: a crowd of made-up devices as TZ00x lines or as posts, with faults as verbs."""

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.sim.faulty_line import FaultyLine
from drivers.sim.probe_wires import End

_BROADCAST = "FF:FF:FF:FF:FF:FF"
_LOCAL = 0x02
_NEAR_DBM = (-60, -35)
_FAR_DBM = (-95, -70)


@dataclass(frozen=True, slots=True)
class Device:
    """A made-up device: its address as text, whether it stands near."""

    address: str
    near: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One probe request as a probe hears it."""

    address: str
    rssi_dbm: int


Shape = Callable[[Sequence[Frame]], list[bytes]]


def crowd(luck: random.Random, near: int, far: int, randomised: float = 0.8) -> tuple[Device, ...]:
    """Return so many made-up devices, a share of them with locally administered addresses."""
    return tuple(Device(_address(luck, luck.random() < randomised), i < near) for i in range(near + far))


def as_lines(frames: Sequence[Frame]) -> list[bytes]:
    """Return a TZ00x line a frame."""
    return [f"{f.address}|{_BROADCAST}|00|04|6|{f.rssi_dbm}\r\n".encode("ascii") for f in frames]


def as_post(sender: str) -> Shape:
    """Return how the frames of a moment become one post of the probe `sender`."""

    def shape(frames: Sequence[Frame]) -> list[bytes]:
        data = [{"mac": f.address.lower(), "rssi": str(f.rssi_dbm), "range": "5.5"} for f in frames]
        return [json.dumps({"id": sender, "data": data}).encode("ascii")]

    return shape


class ProbeEmitter:
    """One probe. `emit` sends at once; `start` sends by itself until `stop`."""

    def __init__(self, end: End, shape: Shape, devices: Sequence[Device], luck: random.Random) -> None:
        self.end = end
        self.devices = tuple(devices)
        self.line = FaultyLine(luck)
        self._shape = shape
        self._luck = luck
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        end.plug()

    def emit(self, frames: int | None = None) -> None:
        """Let every device be heard once, or `frames` frames of devices by chance."""
        devices = self.devices if frames is None else self._luck.choices(self.devices, k=frames)
        for message in self.line.pass_on(self._shape([self._frame(d) for d in devices])):
            self.end.send(message)

    def start(self, every_s: float = 1.0) -> None:
        """Let every device be heard each `every_s`, from a thread."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(every_s,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and unplug."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.end.unplug()

    def unplug(self) -> None:
        """Pull the cable."""
        self.end.unplug()

    def plug(self) -> None:
        """Put the cable back."""
        self.end.plug()

    def stall(self) -> None:
        """Stay connected and say nothing."""
        self.line.stalled = True

    def resume(self) -> None:
        """Talk again, without faults."""
        self.line.stalled = self.line.duplicated = self.line.reordered = False
        self.line.noise = 0.0

    def noise(self, share: float) -> None:
        """Let this share of the bytes be others."""
        self.line.noise = share

    def duplicate(self) -> None:
        """Say everything twice."""
        self.line.duplicated = True

    def reorder(self) -> None:
        """Say things in another order."""
        self.line.reordered = True

    def burst(self, frames: int) -> None:
        """Send so many frames at once."""
        self.emit(frames)

    def _run(self, every_s: float) -> None:
        while not self._stopping.wait(every_s):
            self.emit()

    def _frame(self, device: Device) -> Frame:
        weakest, strongest = _NEAR_DBM if device.near else _FAR_DBM
        return Frame(device.address, self._luck.randint(weakest, strongest))


def _address(luck: random.Random, local: bool) -> str:  # noqa: FBT001 - private
    first = luck.randrange(256) & ~0x03 | (_LOCAL if local else 0)
    return ":".join(f"{octet:02X}" for octet in (first, *luck.randbytes(5)))
