"""Lines to paste under `wires:` of the site file for what a scan found. Pure; a file with them loads."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from drivers.doors.osdp_scan import FoundReader
from drivers.doors.uhppote_scan import FoundController
from drivers.modbus.scan import FoundStation
from drivers.modbus.wiring import Line, SerialLine

LONGEST_ID = 40
_PARITY = {"N": "none", "E": "even", "O": "odd"}
_WAVESHARE = "waveshare-io-8ch"
# A controller's serial number begins with how many doors it has.
_DOORS = {"1": 1, "2": 2, "4": 4}

Say = Callable[..., str]
"""Returns a sentence of the catalogue's topic `scan`, by its name and the values in it."""


class Ids:
    """Gives names that nothing in the site file has yet, each once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def fresh(self, wish: str) -> str:
        """Return `wish` as the site file writes ids, with a number behind it where it is taken."""
        plain = re.sub(r"[^a-z0-9]+", "-", wish.lower())[: LONGEST_ID - 4].strip("-")
        number, name = 1, plain
        while name in self._taken:
            number += 1
            name = f"{plain}-{number}"
        self._taken.add(name)
        return name


def modbus(
    line: Line, found: Sequence[FoundStation], zones: Mapping[str, Sequence[str]], ids: Ids, say: Say
) -> Iterator[str]:
    """Yield a wire with whoever can be named; `zones` are those of each profile. The others are comments."""
    rates = Counter(station.baud for station in found if station.heard != "noise")
    baud = max(rates, key=lambda rate: rates[rate], default=line.baud)
    boards = [s for s in found if s.baud == baud and s.guess.version and s.guess.coils]
    fences = [s for s in found if s.baud == baud and s.guess.profiles and s not in boards]
    if boards or fences:
        yield from _bus(line, baud, ids)
    if fences:
        yield "    fences:"
        for station in fences:
            yield from _fence(station, zones, ids, say)
    if boards:
        yield "    relay_boards:"
        for station in boards:
            yield from _board(station, ids, say)
    for station in found:
        if station not in boards and station not in fences:
            yield f"# {_left_out(station, baud, say)}"


def osdp(port: str, found: Sequence[FoundReader], ids: Ids, say: Say) -> Iterator[str]:
    """Yield a wire with the readers that answered; how each gets its key is a comment above it."""
    heard = [reader for reader in found if reader.heard != "noise"]
    rates = Counter(reader.baud for reader in heard)
    baud = max(rates, key=lambda rate: rates[rate], default=0)
    readers = [reader for reader in heard if reader.baud == baud]
    if readers:
        yield f"  {ids.fresh('osdp-' + _last(port))}:"
        yield "    kind: osdp"
        yield f"    port: {_quoted(port)}"
        yield f"    baud: {baud}"
        yield "    readers:"
    for reader in readers:
        name = ids.fresh(f"reader-{reader.address}")
        key_file = f"secrets/osdp-{name}"
        yield f"      # menwei osdp keyset {port} {reader.address} --baud {baud} --key {key_file}"
        yield f"      {name}:"
        yield from _named(8, say("name_reader", address=reader.address), say)
        yield f"        address: {reader.address}"
        yield f"        key_file: {key_file}"
    for reader in found:
        if reader not in readers:
            key = "unreadable" if reader.heard == "noise" else "other_baud"
            yield f"# {say(key, unit=reader.address, baud=reader.baud, wanted=baud)}"


def uhppote(address: str, found: Sequence[FoundController], ids: Ids, say: Say) -> Iterator[str]:
    """Yield a wire with the controllers that answered through the interface with `address`."""
    if not found:
        return
    yield f"  {ids.fresh('uhppote-' + address)}:"
    yield "    kind: uhppote"
    yield f"    listen_host: {address}"
    yield "    controllers:"
    for controller in found:
        yield f"      {ids.fresh(f'controller-{controller.serial}')}:"
        yield from _named(8, say("name_controller", serial=controller.serial), say)
        yield f"        serial: {controller.serial}"
        yield f"        host: {controller.host}"
        yield f"        port: {controller.port}"
        yield "        doors:"
        for number in range(1, _DOORS.get(str(controller.serial)[0], 4) + 1):
            yield f"          {ids.fresh(f'door-{controller.serial}-{number}')}:"
            yield from _named(12, say("name_door", number=number), say)
            yield f"            number: {number}"


def _bus(line: Line, baud: int, ids: Ids) -> Iterator[str]:
    if isinstance(line, SerialLine):
        yield f"  {ids.fresh('modbus-' + _last(line.port))}:"
        yield "    kind: modbus"
        yield f"    port: {_quoted(line.port)}"
        yield f"    parity: {_PARITY[line.parity]}"
    else:
        yield f"  {ids.fresh('modbus-' + line.host)}:"
        yield "    kind: modbus"
        yield f"    host: {_quoted(line.host)}"
        yield f"    tcp_port: {line.port}"
    yield f"    baud: {baud}"


def _fence(station: FoundStation, zones: Mapping[str, Sequence[str]], ids: Ids, say: Say) -> Iterator[str]:
    profile, *others = station.guess.profiles
    if others:
        yield f"      # {say('also_fits', profiles=', '.join(others))}"
    yield f"      {ids.fresh(f'fence-{station.unit}')}:"
    yield from _named(8, say("name_fence", unit=station.unit), say)
    yield f"        unit: {station.unit}"
    yield f"        profile: {profile}"
    yield "        zones:"
    for zone in zones[profile]:
        yield f"          {_quoted(zone)}: {{ name: {_quoted(say('name_zone', zone=zone))} }}"


def _board(station: FoundStation, ids: Ids, say: Say) -> Iterator[str]:
    if _WAVESHARE in station.guess.profiles:
        yield f"      # {say('or_fence', profile=_WAVESHARE)}"
    yield f"      {ids.fresh(f'board-{station.unit}')}:"
    yield from _named(8, say("name_board", unit=station.unit), say)
    yield f"        unit: {station.unit}"
    yield "        outputs:"
    for channel in range(8):
        yield f"          relay-{channel + 1}: {{ channel: {channel} }}"


def _left_out(station: FoundStation, baud: int, say: Say) -> str:
    if station.heard == "noise":
        return say("unreadable", unit=station.unit, baud=station.baud)
    if station.baud != baud:
        return say("other_baud", unit=station.unit, baud=station.baud, wanted=baud)
    return say("no_profile", unit=station.unit)


def _named(indent: int, name: str, say: Say) -> Iterator[str]:
    yield f"{' ' * indent}name: {_quoted(name)}"
    yield f"{' ' * indent}place: {_quoted(say('place'))}"


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _quoted(text: str) -> str:
    # JSON's strings are YAML's in double quotes.
    return json.dumps(text, ensure_ascii=False)
