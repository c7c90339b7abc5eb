"""What the panel asks of readers, as libosdp's dictionaries; pulses and blinks in units of 100 ms."""

from enum import IntEnum
from typing import Any, Literal

import osdp_sys

from drivers.doors.faults import fault

PULSE_MS = range(100, 25_501)
_TIMED_ON = 5
_RED, _GREEN, _AMBER = osdp_sys.LED_COLOR_RED, osdp_sys.LED_COLOR_GREEN, osdp_sys.LED_COLOR_AMBER
_ANSWERS: dict[str, tuple[int, int, int]] = {
    "granted": (_GREEN, 20, 1),
    "refused": (_RED, 20, 3),
    "wait": (_AMBER, 10, 0),
}


class Report(IntEnum):
    """The states that a reader can be asked for."""

    INPUT = osdp_sys.STATUS_REPORT_INPUT
    OUTPUT = osdp_sys.STATUS_REPORT_OUTPUT
    LOCAL = osdp_sys.STATUS_REPORT_LOCAL


def timed_output(device: str, output: int, pulse_ms: int) -> dict[str, Any]:
    """Release an output; the reader ends the pulse itself.

    Raises Misconfigured outside 100 to 25500 ms: libosdp would silently cut a longer one down.
    """
    if pulse_ms not in PULSE_MS:
        raise fault("door.pulse_length", device, str(pulse_ms))
    return {
        "command": osdp_sys.CMD_OUTPUT,
        "output_no": output,
        "control_code": _TIMED_ON,
        "timer_count": (pulse_ms + 99) // 100,
    }


def answer(what: Literal["granted", "refused", "wait"]) -> tuple[dict[str, Any], ...]:
    """Show and sound an answer: one LED for one or two seconds, one beep, three, or none."""
    colour, tenths, beeps = _ANSWERS[what]
    light = {
        "command": osdp_sys.CMD_LED,
        "reader": 0,
        "led_number": 0,
        "temporary": True,
        "control_code": 2,
        "on_color": colour,
        "off_color": osdp_sys.LED_COLOR_NONE,
        "on_count": tenths,
        "off_count": 0,
        "timer_count": tenths,
    }
    if not beeps:
        return (light,)
    sound = {
        "command": osdp_sys.CMD_BUZZER,
        "reader": 0,
        "control_code": 2,
        "on_count": 1,
        "off_count": 1,
        "rep_count": beeps,
    }
    return light, sound


def ask(report: Report) -> dict[str, Any]:
    """Ask for a state."""
    return {"command": osdp_sys.CMD_STATUS, "type": int(report), "report": b""}


def keyset(key: bytes) -> dict[str, Any]:
    """Give the reader a new key; possible only inside a Secure Channel."""
    return {"command": osdp_sys.CMD_KEYSET, "type": 1, "data": key}
