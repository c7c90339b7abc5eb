"""What a device can be told to do, whoever tells it: access, linkage, an operator."""

from typing import Annotated, Literal

import msgspec

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_PulseMs = Annotated[int, msgspec.Meta(ge=1, le=3_276_700)]


class Open(msgspec.Struct, frozen=True, tag="open", tag_field="do", forbid_unknown_fields=True):
    """Release a door's lock for so long."""

    pulse_ms: _PulseMs = 3000


class Pulse(msgspec.Struct, frozen=True, tag="pulse", tag_field="do", forbid_unknown_fields=True):
    """Close an output for a while; a barrier's are `raise` and `lower`."""

    output: _Id
    pulse_ms: _PulseMs


class Switch(msgspec.Struct, frozen=True, tag="switch", tag_field="do", forbid_unknown_fields=True):
    """Switch an output until further notice."""

    output: _Id
    on: bool


class Arm(msgspec.Struct, frozen=True, tag="arm", tag_field="do", forbid_unknown_fields=True):
    """Arm or disarm a fence host."""

    armed: bool


class Bypass(msgspec.Struct, frozen=True, tag="bypass", tag_field="do", forbid_unknown_fields=True):
    """Take a zone out, or in again."""

    zone: _Id
    bypassed: bool


class Signal(msgspec.Struct, frozen=True, tag="signal", tag_field="do", forbid_unknown_fields=True):
    """Show and sound an answer at a reader."""

    answer: Literal["granted", "refused", "wait"]


class Show(msgspec.Struct, frozen=True, tag="show", tag_field="do", forbid_unknown_fields=True):
    """Show words at a reader for so long; what its protocol can carry is the driver's to judge."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=255)]


class Turn(msgspec.Struct, frozen=True, tag="turn", tag_field="do", forbid_unknown_fields=True):
    """Turn a PTZ camera to a preset."""

    preset: _Id


What = Open | Pulse | Switch | Arm | Bypass | Signal | Show | Turn


def in_a_word(what: What) -> str:  # noqa: PLR0911 - one a kind
    """Return an order as the journal holds it: the verb, then its object and its measure."""
    match what:
        case Open(pulse_ms=pulse_ms):
            return f"open:{pulse_ms}"
        case Pulse(output=output, pulse_ms=pulse_ms):
            return f"pulse:{output}:{pulse_ms}"
        case Switch(output=output, on=on):
            return f"switch:{output}:{'on' if on else 'off'}"
        case Arm(armed=armed):
            return "arm" if armed else "disarm"
        case Bypass(zone=zone, bypassed=bypassed):
            return f"{'bypass' if bypassed else 'restore'}:{zone}"
        case Signal(answer=answer):
            return f"signal:{answer}"
        case Show(text=text, seconds=seconds):
            return f"show:{text}:{seconds:g}"
        case Turn(preset=preset):
            return f"turn:{preset}"
