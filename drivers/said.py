"""What devices say, as frozen values."""

from dataclasses import dataclass, field
from typing import Literal

DoorPosition = Literal["open", "closed", "unknown"]
LockState = Literal["locked", "unlocked", "unknown"]
ZoneState = Literal[
    "normal", "alarm", "open_wire", "short", "tamper", "low_voltage", "fault", "bypassed", "unknown"
]
PowerState = Literal["mains", "battery", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a device said. `device` is its id in the site file, `mono_s` when it arrived (CLOCK_MONOTONIC).

    `late_s` is how old it already was, 0.0 for what just happened: what a controller buffered while the box
    was away informs and never actuates. `first` marks a state read after a (re)connection, not a change.
    """

    device: str
    mono_s: float
    late_s: float = 0.0
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPresented(Said):
    """A badge at a reader: the raw bits, left-aligned in bytes; `number` where the format is known."""

    bits: int
    data: bytes
    facility: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed(Said):
    """Digits from a keypad, `*` and `#` included; never written to a log."""

    keys: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChanged(Said):
    """The door contact and, where the wire tells, the lock."""

    position: DoorPosition
    lock: LockState = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRequested(Said):
    """Somebody inside pressed the exit button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageLogged(Said):
    """What a controller that decides by itself did: from its own memory, in the order of `index`."""

    index: int
    card: int
    granted: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TamperChanged(Said):
    """The housing was opened or closed."""

    tampered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerChanged(Said):
    """The supply of the device."""

    power: PowerState


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChanged(Said):
    """A zone of a fence host."""

    zone: str
    state: ZoneState
    voltage_v: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedChanged(Said):
    """A fence host, as its own register says."""

    armed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Said):
    """A digital input: vehicle loop, infrared beam, fire contact, barrier limit switch."""

    contact: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityMeasured(Said):
    """What a probe heard in one minute that began at `minute_s` (wall seconds, a multiple of 60).

    `devices` counts distinct keyed hashes, `near` those above the near threshold; nobody is followed.
    `randomised` of the devices showed a made-up address, one phone perhaps several; the probe listened for
    `covered_s` of the minute.
    """

    minute_s: int
    devices: int
    near: int
    frames: int
    randomised: int = 0
    covered_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolBadge(Said):
    """A patroller's tag at a patrol point."""

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost(Said):
    """No word within the device's deadline. `reason` is a catalogue key, `detail` completes it."""

    reason: str
    detail: str
    silent_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFound(Said):
    """The device answers (again); `away_s` is None at the first start."""

    identity: str
    firmware: str
    away_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Said):
    """What became of an order: `refused` is None when the device confirmed it, else a catalogue key."""

    order: str
    refused: str | None
    took_s: float
