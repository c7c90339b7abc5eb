"""What devices say, as frozen values.

They are msgspec structs with a tag, so that one type goes from the driver into the journal and back.
"""

from typing import Literal

import msgspec

DoorPosition = Literal["open", "closed", "unknown"]
LockState = Literal["locked", "unlocked", "unknown"]
ZoneState = Literal[
    "normal", "alarm", "open_wire", "short", "tamper", "low_voltage", "fault", "bypassed", "unknown"
]
PowerState = Literal["mains", "battery", "unknown"]


class Said(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What a device said. `device` is its id in the site file, `mono_s` when it arrived (CLOCK_MONOTONIC).

    `late_s` is how old it already was, 0.0 for what just happened: what a controller buffered while the box
    was away informs and never actuates. `first` marks a state read after a (re)connection, not a change.
    """

    device: str
    mono_s: float
    late_s: float = 0.0
    first: bool = False


class CardPresented(Said, frozen=True, tag=True, kw_only=True):
    """A badge at a reader: the raw bits, left-aligned in bytes; `number` where the format is known."""

    bits: int
    data: bytes
    facility: int | None = None
    number: int | None = None


class KeysPressed(Said, frozen=True, tag=True, kw_only=True):
    """Digits from a keypad, `*` and `#` included; never written to a log or a journal."""

    keys: str

    def __repr__(self) -> str:
        """Show that there are keys, never which."""
        return f"KeysPressed(device={self.device!r}, mono_s={self.mono_s!r})"


class CodeScanned(Said, frozen=True, tag=True, kw_only=True):
    """A QR code that a scanner read; it opens doors, so it is never written to a log or a journal."""

    text: str

    def __repr__(self) -> str:
        """Show that there is a code, never which."""
        return f"CodeScanned(device={self.device!r}, mono_s={self.mono_s!r})"


class DoorChanged(Said, frozen=True, tag=True, kw_only=True):
    """The door contact and, where the wire tells, the lock."""

    position: DoorPosition
    lock: LockState = "unknown"


class ExitRequested(Said, frozen=True, tag=True, kw_only=True):
    """Somebody inside pressed the exit button."""


class PassageLogged(Said, frozen=True, tag=True, kw_only=True):
    """What a controller that decides by itself did: from its own memory, in the order of `index`."""

    index: int
    card: int
    granted: bool
    reason: str


class TamperChanged(Said, frozen=True, tag=True, kw_only=True):
    """The housing was opened or closed."""

    tampered: bool


class PowerChanged(Said, frozen=True, tag=True, kw_only=True):
    """The supply of the device."""

    power: PowerState


class ZoneChanged(Said, frozen=True, tag=True, kw_only=True):
    """A zone of a fence host."""

    zone: str
    state: ZoneState
    voltage_v: float | None = None


class ArmedChanged(Said, frozen=True, tag=True, kw_only=True):
    """A fence host, as its own register says."""

    armed: bool


class ContactChanged(Said, frozen=True, tag=True, kw_only=True):
    """A digital input: vehicle loop, infrared beam, fire contact, barrier limit switch."""

    contact: str
    closed: bool


class DensityMeasured(Said, frozen=True, tag=True, kw_only=True):
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


class PatrolBadge(Said, frozen=True, tag=True, kw_only=True):
    """A patroller's tag at a patrol point."""

    tag: str


class DeviceLost(Said, frozen=True, tag=True, kw_only=True):
    """No word within the device's deadline. `reason` is a catalogue key, `detail` completes it."""

    reason: str
    detail: str
    silent_s: float | None


class DeviceFound(Said, frozen=True, tag=True, kw_only=True):
    """The device answers (again); `away_s` is None at the first start."""

    identity: str
    firmware: str
    away_s: float | None


class OrderDone(Said, frozen=True, tag=True, kw_only=True):
    """What became of an order: `refused` is None when the device confirmed it, else a catalogue key."""

    order: str
    refused: str | None
    took_s: float
