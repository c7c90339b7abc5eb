"""What has to be tried at each device before a gate is handed over: pure, from the site file alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from drivers.barriers.arm import LOWER, RAISE
from drivers.said import (
    CardPresented,
    CodeScanned,
    ContactChanged,
    DensityMeasured,
    DoorChanged,
    DoorPosition,
    ExitRequested,
    PassageLogged,
    PatrolBadge,
    ZoneChanged,
)
from edge.events import Observation
from edge.linkage.effects import Sentence
from edge.orders import Open, Pulse, Signal, Turn, What
from edge.site.roster import Listed, roster
from edge.site.schema import Site
from edge.site.wires import ModbusWire, OsdpReader, OsdpWire, RelayBoard

HAND_S = 30.0
CLIMB_S = 60.0
# A probe tells its density once a minute, after the minute.
MINUTE_S = 130.0
RELEASED_MS = 3000
SHORT_MS = 1000


@dataclass(frozen=True, slots=True)
class Online:
    """The daemon hears the device now."""

    says: Sentence = field(default_factory=lambda: Sentence("devices.step_online"))


@dataclass(frozen=True, slots=True)
class Watched:
    """Somebody does something at the device, and it is told within `within_s`.

    `sees` returns what was told as a sentence, None for anything else. Where `point` is known to be in
    another state than `begins`, it has to come there first, as `before` says.
    """

    says: Sentence
    sees: Callable[[Observation], Sentence | None]
    within_s: float = HAND_S
    point: str | None = None
    begins: str | None = None
    before: "Watched | None" = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """The device is told to act, and the person who stands there says whether it did."""

    says: Sentence
    what: What


@dataclass(frozen=True, slots=True)
class Heard:
    """The device says anything at all within `within_s`, of itself."""

    says: Sentence
    within_s: float


Step = Online | Watched | Ordered | Heard


def steps(site: Site, listed: Listed) -> tuple[Step, ...]:
    """Return what to try at a device, in order."""
    return (Online(), *_of(site, listed))


def _of(site: Site, listed: Listed) -> Iterator[Step]:
    match listed.kind:
        case "reader" | "door" | "lock":
            yield from _at_a_door(site, listed)
        case "fence":
            for zone in listed.zones:
                yield from _zone(listed, zone)
        case "relay_board" | "barrier" | "sounder":
            yield from _on_board(site, listed)
        case "patrol_reader":
            yield _watched("tag", listed, _tag)
        case "scanner":
            yield _watched("scan", listed, _code)
        case "probe" | "extension":
            yield Heard(_say(listed.kind, listed), MINUTE_S if listed.kind == "probe" else HAND_S)
        case "ptz":
            for preset, name in listed.presets.items():
                yield Ordered(_say("turn", listed, preset=name), Turn(preset))
        case _:
            # A controller is tried at its doors.
            return


def _at_a_door(site: Site, listed: Listed) -> Iterator[Step]:
    if listed.kind == "reader":
        yield from _reader(site, listed)
    elif listed.kind == "door":
        yield _watched("card", listed, _passage)
        yield from _door(listed, contact=True)
    else:
        yield from _door(listed, contact=listed.held_after_s is not None)


def _reader(site: Site, listed: Listed) -> Iterator[Step]:
    door = _osdp(site, listed).door
    yield _watched("card", listed, _card)
    yield Ordered(_say("signal", listed), Signal("granted"))
    if door is None:
        return
    yield from _door(listed, contact=door.contact_input is not None)
    if door.exit_input is not None:
        yield _watched("exit", listed, _exit)


def _door(listed: Listed, *, contact: bool) -> Iterator[Step]:
    yield Ordered(_say("lock", listed, seconds=f"{RELEASED_MS // 1000}"), Open(RELEASED_MS))
    if contact:
        close = Watched(_say("close", listed), _position("closed"))
        yield Watched(
            _say("open", listed), _position("open"), point="position", begins="closed", before=close
        )
        yield close


def _zone(listed: Listed, zone: str) -> Iterator[Step]:
    where = {"zone": zone, "where": listed.zones[zone].name}
    mend = Watched(_say("mend", listed, **where), _zone_is(listed, zone, right=True), CLIMB_S)
    yield Watched(
        _say("zone", listed, **where),
        _zone_is(listed, zone, right=False),
        CLIMB_S,
        point=f"zone:{zone}",
        begins="normal",
        before=mend,
    )
    yield mend


def _on_board(site: Site, listed: Listed) -> Iterator[Step]:
    board = _board(site, listed.parent or listed.id)
    if listed.kind == "sounder":
        for output in board.sounders[listed.id].outputs:
            yield Ordered(_say("sound", listed, output=output), Pulse(output, SHORT_MS))
    elif listed.kind == "barrier":
        barrier = board.barriers[listed.id]
        yield Ordered(_say("raise", listed), Pulse(RAISE, barrier.pulse_ms))
        for guard in barrier.guards:
            yield from _contact(listed, guard)
        if barrier.guards:
            yield Ordered(_say("lower", listed), Pulse(LOWER, barrier.pulse_ms))
    else:
        yield from _relays_and_contacts(board, listed)


def _relays_and_contacts(board: RelayBoard, listed: Listed) -> Iterator[Step]:
    """Try what belongs to the board itself: the rest is tried with the lock, barrier or sounder it is of."""
    taken = {lock.output for lock in board.locks.values()}
    taken |= {o for arm in board.barriers.values() for o in (arm.raise_output, arm.lower_output)}
    taken |= {output for sounder in board.sounders.values() for output in sounder.outputs}
    for name, output in board.outputs.items():
        if name not in taken:
            pulse = Pulse(name, min(SHORT_MS, output.longest_ms))
            yield Ordered(_say("relay", listed, output=name), pulse)
    owned = {lock.door_contact for lock in board.locks.values()}
    owned |= {guard for arm in board.barriers.values() for guard in arm.guards}
    for contact in board.contacts:
        if contact not in owned:
            yield from _contact(listed, contact)


def _contact(listed: Listed, contact: str) -> Iterator[Step]:
    name = listed.contacts.get(contact, contact)
    open_it = Watched(_say("contact_open", listed, contact=name), _contact_is(listed, contact, closed=False))
    yield Watched(
        _say("contact_closed", listed, contact=name),
        _contact_is(listed, contact, closed=True),
        point=f"contact:{contact}",
        begins="open",
        before=open_it,
    )
    yield open_it


def _card(seen: Observation) -> Sentence | None:
    if not isinstance(seen, CardPresented):
        return None
    values = {"bits": str(seen.bits), "data": seen.data.hex(), "number": str(seen.number)}
    if seen.number is None:
        return Sentence("devices.saw_bits", values)
    if seen.facility is None:
        return Sentence("devices.saw_number", values)
    return Sentence("devices.saw_card", {**values, "facility": str(seen.facility)})


def _passage(seen: Observation) -> Sentence | None:
    if not isinstance(seen, PassageLogged):
        return None
    return Sentence(f"devices.saw_{'granted' if seen.granted else 'refused'}", {"card": str(seen.card)})


def _tag(seen: Observation) -> Sentence | None:
    return Sentence("devices.saw_tag", {"tag": seen.tag}) if isinstance(seen, PatrolBadge) else None


def _code(seen: Observation) -> Sentence | None:
    return Sentence("devices.saw_code") if isinstance(seen, CodeScanned) else None


def _exit(seen: Observation) -> Sentence | None:
    return Sentence("devices.saw_exit") if isinstance(seen, ExitRequested) else None


def _position(position: DoorPosition) -> Callable[[Observation], Sentence | None]:
    def sees(seen: Observation) -> Sentence | None:
        if isinstance(seen, DoorChanged) and seen.position == position:
            return Sentence(f"devices.door_{position}")
        return None

    return sees


def _zone_is(listed: Listed, zone: str, *, right: bool) -> Callable[[Observation], Sentence | None]:
    def sees(seen: Observation) -> Sentence | None:
        if not isinstance(seen, ZoneChanged) or seen.zone != zone or seen.state in {"bypassed", "unknown"}:
            return None
        if (seen.state == "normal") != right:
            return None
        return Sentence(f"devices.zone_{seen.state}", {"id": zone, "name": listed.zones[zone].name})

    return sees


def _contact_is(listed: Listed, contact: str, *, closed: bool) -> Callable[[Observation], Sentence | None]:
    state: Literal["closed", "open"] = "closed" if closed else "open"

    def sees(seen: Observation) -> Sentence | None:
        if isinstance(seen, ContactChanged) and (seen.contact, seen.closed) == (contact, closed):
            name = listed.contacts.get(contact, contact)
            return Sentence(f"devices.contact_{state}", {"id": contact, "name": name})
        return None

    return sees


def density(seen: DensityMeasured) -> Sentence:
    """Return what a probe heard in a minute."""
    return Sentence("devices.saw_density", {"devices": str(seen.devices), "near": str(seen.near)})


def _watched(name: str, listed: Listed, sees: Callable[[Observation], Sentence | None]) -> Watched:
    return Watched(_say(name, listed), sees)


def _say(name: str, listed: Listed, **values: str) -> Sentence:
    return Sentence(f"devices.step_{name}", {"device": listed.name, "place": listed.place, **values})


def _osdp(site: Site, listed: Listed) -> OsdpReader:
    wire = site.wires[listed.wire]
    if not isinstance(wire, OsdpWire):
        raise TypeError(f"{listed.id} is on no OSDP bus")
    return wire.readers[listed.id]


def _board(site: Site, board: str) -> RelayBoard:
    wire = site.wires[roster(site.wires)[board].wire]
    if not isinstance(wire, ModbusWire):
        raise TypeError(f"{board} is on no Modbus bus")
    return wire.relay_boards[board]
