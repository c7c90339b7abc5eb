"""UHPPOTE packets: bytes in, values out. Whatever `uhppoted` cannot read is Malformed."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from uhppoted import decode

from drivers.doors.faults import fault

Decoded = TypeVar("Decoded")
_DOORS = range(1, 5)
_SIZE = 64


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """One door: its contact, its exit button, its lock."""

    is_open: bool
    exit_pressed: bool
    unlocked: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a controller's memory. `kind` is 1 for a card, 2 for a door, 3 for an alarm."""

    index: int
    kind: int
    granted: bool
    door: int
    card: int
    at: datetime | None
    reason: int


@dataclass(frozen=True, slots=True)
class Status:
    """A controller's state: four doors from number 1 on, its own time, the index of its last entry."""

    serial: int
    doors: tuple[DoorStatus, ...]
    now: datetime | None
    last_index: int


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card as a controller keeps it: valid on both days and between, at these doors."""

    number: int
    valid_from: date
    valid_until: date
    doors: frozenset[int]


def status(device: str, packet: bytes) -> Status:
    """Return the state that a reply to get-status tells. Raises Malformed."""
    told = _decoded(decode.get_status_response, device, packet)
    return Status(
        serial=told.controller,
        doors=tuple(_door(told, number) for number in _DOORS),
        now=_moment(told.system_date, told.system_time),
        last_index=told.event_index,
    )


def live_event(device: str, packet: bytes) -> tuple[Status, Entry]:
    """Return the state and the entry of an event that a controller sent by itself. Raises Malformed."""
    told = _decoded(decode.event, device, packet)
    state = Status(
        serial=told.controller,
        doors=tuple(_door(told, number) for number in _DOORS),
        now=_moment(told.system_date, told.system_time),
        last_index=told.event_index,
    )
    entry = Entry(
        index=told.event_index,
        kind=told.event_type,
        granted=told.event_access_granted,
        door=told.event_door,
        card=told.event_card,
        at=told.event_timestamp,
        reason=told.event_reason,
    )
    return state, entry


def entry(device: str, packet: bytes) -> Entry:
    """Return the entry of a controller's memory that a reply to get-event tells. Raises Malformed."""
    told = _decoded(decode.get_event_response, device, packet)
    return Entry(
        index=told.index,
        kind=told.event_type,
        granted=told.access_granted,
        door=told.door,
        card=told.card,
        at=told.timestamp,
        reason=told.reason,
    )


def answers_for(index: int) -> Callable[[bytes], bool]:
    """Return whether a reply to get-event is about this index, or says that there is no such entry."""
    return lambda packet: int(struct.unpack_from("<L", packet, 8)[0]) in (0, index)


def event_index(device: str, packet: bytes) -> int:
    """Return the index that a reply to get-event-index tells. Raises Malformed."""
    return int(_decoded(decode.get_event_index_response, device, packet).event_index)


def opened(device: str, packet: bytes) -> bool:
    """Return whether a reply to open-door confirms it. Raises Malformed."""
    return bool(_decoded(decode.open_door_response, device, packet).opened)


def door_delay_s(device: str, packet: bytes) -> tuple[int, int]:
    """Return mode and delay in seconds that a reply to get-door-control tells. Raises Malformed."""
    told = _decoded(decode.get_door_control_response, device, packet)
    return int(told.mode), int(told.delay)


def stored(device: str, packet: bytes) -> bool:
    """Return whether a reply to put-card confirms it. Raises Malformed."""
    return bool(_decoded(decode.put_card_response, device, packet).stored)


def deleted(device: str, packet: bytes) -> bool:
    """Return whether a reply to delete-card confirms it. Raises Malformed."""
    return bool(_decoded(decode.delete_card_response, device, packet).deleted)


def stored_card(device: str, packet: bytes) -> StoredCard | None:
    """Return the card that a reply to get-card tells, None where there is none. Raises Malformed."""
    told = _decoded(decode.get_card_response, device, packet)
    if told.card_number in (0, 0xFFFFFFFF) or told.start_date is None or told.end_date is None:
        return None
    permissions = (told.door_1, told.door_2, told.door_3, told.door_4)
    doors = frozenset(n for n, allowed in zip(_DOORS, permissions, strict=True) if allowed)
    return StoredCard(told.card_number, told.start_date, told.end_date, doors)


def controller(device: str, packet: bytes) -> tuple[int, str, str]:
    """Return serial number, hardware address and firmware of a reply to get-controller. Raises Malformed."""
    told = _decoded(decode.get_controller_response, device, packet)
    return int(told.controller), str(told.mac_address), str(told.version)


def serial(device: str, packet: bytes) -> int:
    """Return the serial number in any packet. Raises Malformed."""
    if len(packet) != _SIZE:
        raise fault("door.garbled", device, f"a packet of {len(packet)} bytes")
    return int(struct.unpack_from("<L", packet, 4)[0])


def _decoded(decoder: Callable[[bytes], Decoded], device: str, packet: bytes) -> Decoded:
    try:
        return decoder(packet)
    except (ValueError, struct.error, IndexError) as error:
        cause = str(error)
    raise fault("door.garbled", device, cause)


def _door(told: Any, number: int) -> DoorStatus:
    return DoorStatus(
        is_open=getattr(told, f"door_{number}_open"),
        exit_pressed=getattr(told, f"door_{number}_button"),
        unlocked=bool(told.relays & 1 << number - 1),
    )


def _moment(day: Any, time: Any) -> datetime | None:
    return None if day is None or time is None else datetime.combine(day, time)
