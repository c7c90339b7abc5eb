"""What may be asked of the devices on a bus, as frozen values, and when it is too late for it."""

from dataclasses import dataclass

from drivers.base import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An order to one device."""

    device: str
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse(Command):
    """Close an output for a while; the board ends it. `output` "" is the only one of a lock."""

    output: str
    pulse_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Command):
    """Switch an output until further notice."""

    output: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm(Command):
    """Arm or disarm a fence host."""

    armed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass(Command):
    """Take a zone out, or in again."""

    zone: str
    bypassed: bool


def too_late(order: Order, now_s: float) -> bool:
    """Say whether an order must not be sent any more."""
    return now_s >= order.expires_mono_s
