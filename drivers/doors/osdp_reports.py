"""From libosdp's events to what a door said: pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import osdp_sys

from drivers.base import DeviceError, Identity
from drivers.doors.faults import fault
from drivers.doors.osdp_commands import Report
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import decode
from drivers.said import (
    CardPresented,
    DoorChanged,
    DoorPosition,
    ExitRequested,
    KeysPressed,
    LockState,
    PowerChanged,
    PowerState,
    Said,
    TamperChanged,
)

_KEYS = {0x7F: "*", 0x0D: "#"}
_MAX_KEYS = 64


@dataclass(frozen=True, slots=True)
class ReaderState:
    """What is known of a reader; `unread` are the states that it has not told since its link began."""

    position: DoorPosition = "unknown"
    lock: LockState = "unknown"
    exit_pressed: bool = False
    tampered: bool | None = None
    power: PowerState = "unknown"
    unread: frozenset[Report] = frozenset(Report)


def told(
    event: Mapping[str, object], state: ReaderState, wiring: OsdpReaderWiring, now_s: float
) -> tuple[ReaderState, tuple[Said, ...]]:
    """Return the state after an event of libosdp and what there is to tell. Raises Malformed."""
    kind = event.get("event")
    if kind == osdp_sys.EVENT_CARDREAD:
        return state, (_card(event, wiring, now_s),)
    if kind == osdp_sys.EVENT_KEYPRESS:
        return state, (_keys(event, wiring, now_s),)
    if kind == osdp_sys.EVENT_STATUS:
        return _status(event, state, wiring, now_s)
    return state, ()


def identity(told_id: Mapping[str, int], latency_s: float) -> Identity:
    """Return what a reader's PDID says: vendor as its IEEE number, firmware as three parts."""
    firmware = told_id["firmware_version"]
    return Identity(
        maker=f"{told_id['vendor_code']:06X}",
        model=f"{told_id['model']}.{told_id['version']}",
        serial=f"{told_id['serial_number'] & 0xFFFFFFFF:08X}",
        firmware=".".join(str(firmware >> shift & 0xFF) for shift in (16, 8, 0)),
        latency_s=latency_s,
    )


def _card(event: Mapping[str, object], wiring: OsdpReaderWiring, now_s: float) -> CardPresented:
    data = _bytes(event, "data", wiring)
    bits = event.get("length", 8 * len(data))
    if not isinstance(bits, int):
        raise _garbled(wiring, "a card without a length")
    card = decode(wiring.id, bits, data)
    return CardPresented(
        device=wiring.id,
        mono_s=now_s,
        bits=bits,
        data=data,
        facility=None if card is None else card.facility,
        number=None if card is None else card.number,
    )


def _keys(event: Mapping[str, object], wiring: OsdpReaderWiring, now_s: float) -> KeysPressed:
    data = _bytes(event, "data", wiring)
    keys = "".join(_KEYS.get(byte, chr(byte)) for byte in data[: _MAX_KEYS + 1])
    if not 0 < len(keys) <= _MAX_KEYS or not all(key in "0123456789*#ABCD" for key in keys):
        raise _garbled(wiring, "keys that no keypad has")
    return KeysPressed(device=wiring.id, mono_s=now_s, keys=keys)


def _status(
    event: Mapping[str, object], state: ReaderState, wiring: OsdpReaderWiring, now_s: float
) -> tuple[ReaderState, tuple[Said, ...]]:
    report = _bytes(event, "report", wiring)
    kind = event.get("type")
    if not isinstance(kind, int) or kind not in tuple(Report):
        return state, ()
    which = Report(kind)
    after = {Report.INPUT: _inputs, Report.OUTPUT: _outputs, Report.LOCAL: _local}[which](
        state, report, wiring
    )
    first = which in state.unread
    after = replace(after, unread=state.unread - {which})
    return after, _changes(state, after, wiring, now_s, which if first else None)


def _inputs(state: ReaderState, report: bytes, wiring: OsdpReaderWiring) -> ReaderState:
    if wiring.contact_input is not None:
        active = _flag(report, wiring.contact_input, wiring)
        is_open = active == wiring.contact_open_when_active
        state = replace(state, position="open" if is_open else "closed")
    if wiring.exit_input is not None:
        state = replace(state, exit_pressed=_flag(report, wiring.exit_input, wiring))
    return state


def _outputs(state: ReaderState, report: bytes, wiring: OsdpReaderWiring) -> ReaderState:
    released = _flag(report, wiring.lock_output, wiring)
    return replace(state, lock="unlocked" if released else "locked")


def _local(state: ReaderState, report: bytes, wiring: OsdpReaderWiring) -> ReaderState:
    failed = _flag(report, 1, wiring)
    return replace(state, tampered=_flag(report, 0, wiring), power="battery" if failed else "mains")


def _changes(
    before: ReaderState, after: ReaderState, wiring: OsdpReaderWiring, now_s: float, read: Report | None
) -> tuple[Said, ...]:
    """Return what is different, and all of a state that was just read for the first time.

    One report may tell the exit button and the opening door: who went out was let out before.
    """
    said: list[Said] = []
    if after.exit_pressed and not before.exit_pressed and read is None:
        said.append(ExitRequested(device=wiring.id, mono_s=now_s))
    door = read in (Report.INPUT, Report.OUTPUT)
    if door or (before.position, before.lock) != (after.position, after.lock):
        said.append(
            DoorChanged(device=wiring.id, mono_s=now_s, first=door, position=after.position, lock=after.lock)
        )
    local = read is Report.LOCAL
    if after.tampered is not None and (local or before.tampered != after.tampered):
        said.append(TamperChanged(device=wiring.id, mono_s=now_s, first=local, tampered=after.tampered))
    if local or before.power != after.power:
        said.append(PowerChanged(device=wiring.id, mono_s=now_s, first=local, power=after.power))
    return tuple(said)


def _flag(report: bytes, number: int, wiring: OsdpReaderWiring) -> bool:
    if number >= len(report) or report[number] > 1:
        raise _garbled(wiring, f"no state {number} in a report of {len(report)} bytes")
    return report[number] == 1


def _bytes(event: Mapping[str, object], name: str, wiring: OsdpReaderWiring) -> bytes:
    value = event.get(name)
    if not isinstance(value, bytes):
        raise _garbled(wiring, f"an event without {name}")
    return value


def _garbled(wiring: OsdpReaderWiring, detail: str) -> DeviceError:
    return fault("door.garbled", wiring.id, detail)
