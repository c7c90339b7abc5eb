"""What a site file's plain values offer to doors and lanes: locks, contacts, barriers, scanners, cameras."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edge.site.errors import written
from edge.site.plain import Plain, part, parts, texts
from edge.site.wire_rules import device_places

SHORTEST_MS, OSDP_LONGEST_MS = 100, 25_500
UHPPOTE_SHORTEST_MS = 1000


@dataclass(frozen=True, slots=True)
class DoorDevice:
    """A door as it is wired. `reads` says whether cards and PINs come to the box; pulses in milliseconds."""

    reads: bool
    has_contact: bool
    shortest_ms: int = SHORTEST_MS
    longest_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything by its id; `contacts` are `board/contact`, without those of doors; `zones` `camera/zone`.

    `anything` are devices of other packages: what they offer is not known here.
    """

    doors: Mapping[str, DoorDevice]
    barriers: Mapping[str, bool]  # whether it has guards
    contacts: frozenset[str]
    scanners: frozenset[str]
    readers: Mapping[str, bool]  # whether it has a door of its own
    cameras: Mapping[str, frozenset[str]]  # its roles
    zones: frozenset[str]
    devices: Mapping[str, str]  # where it is written, cameras included
    anything: frozenset[str]


def inventory(data: Plain) -> Inventory:
    """Return what the wires and cameras of a site file offer."""
    wires = [wire for _, wire in parts(data, "wires")]
    boards = [(name, board) for wire in wires for name, board in parts(wire, "relay_boards")]
    barriers = [pair for _, board in boards for pair in parts(board, "barriers")]
    anything = frozenset(device for wire in wires for device in part(wire, "devices"))
    scanners = {device for wire in wires for device in part(wire, "scanners")}
    cameras = dict(parts(data, "cameras"))
    return Inventory(
        doors=dict(door for wire in wires for door in _doors(wire)),
        barriers={name: any(texts(barrier, "guards")) for name, barrier in barriers},
        contacts=frozenset(f"{name}/{contact}" for name, board in boards for contact in _contacts(board)),
        scanners=frozenset(scanners | anything),
        readers={
            name: reader.get("door", True) is not None
            for wire in wires
            if wire.get("kind") == "osdp"
            for name, reader in parts(wire, "readers")
        },
        cameras={
            name: frozenset(role for _, role in texts(camera, "roles")) for name, camera in cameras.items()
        },
        zones=frozenset(
            f"{name}/{zone}" for name, camera in cameras.items() for zone in part(camera, "zones")
        ),
        devices={device: written(place) for device, place in device_places(data)},
        anything=anything,
    )


def _doors(wire: Plain) -> Iterator[tuple[str, DoorDevice]]:
    if wire.get("kind") == "osdp":
        for name, reader in parts(wire, "readers"):
            if reader.get("door", True) is not None:
                contact = part(reader, "door").get("contact_input", 0) is not None
                yield name, DoorDevice(reads=True, has_contact=contact, longest_ms=OSDP_LONGEST_MS)
    for _, controller in parts(wire, "controllers"):
        for name in part(controller, "doors"):
            # The controller decides about cards by itself and tells later.
            yield name, DoorDevice(reads=False, has_contact=True, shortest_ms=UHPPOTE_SHORTEST_MS)
    for _, board in parts(wire, "relay_boards"):
        for name, lock in parts(board, "locks"):
            longest = part(part(board, "outputs"), str(lock.get("output"))).get("longest_ms", 60_000)
            longest_ms = longest if isinstance(longest, int) else None
            has_contact = lock.get("door_contact") is not None
            yield name, DoorDevice(reads=False, has_contact=has_contact, longest_ms=longest_ms)


def _contacts(board: Plain) -> Iterator[str]:
    # A door's own contact is told as the door's position only.
    of_doors = {str(lock.get("door_contact")) for _, lock in parts(board, "locks")}
    yield from (contact for contact in part(board, "contacts") if contact not in of_doors)
