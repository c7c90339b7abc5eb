"""What the panel asks of readers, as libosdp's dictionaries; pulses and blinks in units of 100 ms."""

import math
from enum import IntEnum
from typing import Any, Literal

import osdp_sys

from drivers.doors.faults import fault

PULSE_MS = range(100, 25_501)
SHOWN_S = range(1, 256)
LONGEST_TEXT = 32
_TIMED_ON = 5
_FOR_A_WHILE_WRAPPED = 4
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


def text(device: str, words: str, seconds: float) -> dict[str, Any]:
    """Show words for so long, in whole seconds rounded up, on as many lines as they take.

    Raises Misconfigured for what OSDP cannot carry: it knows printable ASCII only, libosdp 32 characters.
    """
    whole_s = math.ceil(seconds)
    if whole_s not in SHOWN_S or not 0 < len(words) <= LONGEST_TEXT or not _printable(words):
        raise fault("door.text", device, f"{words!r} ({seconds:g} s)")
    return {
        "command": osdp_sys.CMD_TEXT,
        "reader": 0,
        "control_code": _FOR_A_WHILE_WRAPPED,
        "temp_time": whole_s,
        "offset_row": 1,
        "offset_col": 1,
        "data": words,
    }


def _printable(words: str) -> bool:
    return words.isascii() and words.isprintable()


def ask(report: Report) -> dict[str, Any]:
    """Ask for a state."""
    return {"command": osdp_sys.CMD_STATUS, "type": int(report), "report": b""}


def keyset(key: bytes) -> dict[str, Any]:
    """Give the reader a new key; possible only inside a Secure Channel."""
    return {"command": osdp_sys.CMD_KEYSET, "type": 1, "data": key}
