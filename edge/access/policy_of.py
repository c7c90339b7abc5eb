"""From a site file to the policy that decisions go by."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from edge.access.policy import AccessPolicy, AntiPassback, DoorPolicy, LanePolicy, Right, Schedule, Way
from edge.linkage.hours import Hours, parse_hours
from edge.site.access import ALL, Access, AntiPassbackSection, DoorSection, RightSection, ScheduleSection
from edge.site.inventory import SHORTEST_MS, UHPPOTE_SHORTEST_MS
from edge.site.roster import Listed, is_door, roster
from edge.site.schema import Site
from edge.site.wires import ModbusWire, OsdpWire, RelayBarrier, Wire

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# As long as a button is pressed that raises an arm at a door controller.
OPEN_ARM_MS = 1000
CARD_ONLY: tuple[Way, ...] = (frozenset({"card"}),)


def access_policy_of(site: Site) -> AccessPolicy:
    """Read the policy out of a sound site file.

    A door that `access.doors` does not name opens by card for 3 s; one without a reader, for operators
    alone.
    """
    wished = site.access
    listed = roster(site.wires)
    blind = frozenset(_without_contact(site.wires.values()))
    return AccessPolicy(
        timezone=site.site.zone_info,
        doors={
            device: _door(wished, at, contact=device not in blind)
            for device, at in listed.items()
            if is_door(at)
        },
        lanes={lane: _lane(wished, lane, site.wires.values()) for lane in wished.lanes},
        schedules={name: _schedule(name, one) for name, one in wished.schedules.items()},
        holidays=frozenset(day for text in wished.holidays for day in days_of(text)),
        rights=tuple(_right(right, wished, listed) for right in wished.rights),
        fire=frozenset(pair for text in wished.fire for pair in told_as(text, site.wires.values())),
        lockdown_admits=wished.lockdown_admits,
        face_similarity=wished.face_similarity,
        face_frames=wished.face_frames,
        overstay_hours=wished.overstay_hours,
        capacity=wished.capacity,
    )


def days_of(text: str) -> tuple[date, ...]:
    """Read "2026-10-01" or "2026-10-01/2026-10-07". ValueError: no such day."""
    begin, _, end = text.partition("/")
    first = date.fromisoformat(begin)
    last = date.fromisoformat(end) if end else first
    return tuple(first + timedelta(days=after) for after in range((last - first).days + 1))


def interlocked_with(door: str, interlocks: Iterable[Iterable[str]]) -> frozenset[str]:
    """Return the doors that must be closed while `door` is opened."""
    return frozenset(other for doors in map(set, interlocks) if door in doors for other in doors - {door})


def told_as(text: str, wires: Iterable[Wire]) -> tuple[tuple[str, str], ...]:
    """Return the device and contact by which `board/contact` is told: a guard is told by its barriers."""
    board, contact = _pair(text)
    barriers = (pair for wire in wires for pair in _barriers(wire, board))
    owners = [barrier for barrier, at in barriers if contact in at.guards]
    return tuple((owner, contact) for owner in owners or [board])


def _barriers(wire: Wire, board: str | None = None) -> Iterable[tuple[str, RelayBarrier]]:
    for name, at in wire.relay_boards.items() if isinstance(wire, ModbusWire) else ():
        if board in (None, name):
            yield from at.barriers.items()


def _door(wished: Access, listed: Listed, *, contact: bool) -> DoorPolicy:
    section = wished.doors.get(listed.id)
    groups = _groups_of(listed.id, wished)
    interlocked = interlocked_with(listed.id, wished.interlocks)
    if section is None:
        return DoorPolicy(
            id=listed.id,
            name=listed.name,
            place=listed.place,
            ways=CARD_ONLY if listed.kind == "reader" else (),
            groups=groups,
            interlocked=interlocked,
            has_contact=contact,
            signals=listed.kind == "reader",
            shortest_ms=_shortest_ms(listed),
        )
    return DoorPolicy(
        id=listed.id,
        name=listed.name,
        place=listed.place,
        ways=section.ways,
        open_ms=section.open_ms,
        within_s=section.within_s,
        fail=section.fail,
        groups=groups,
        anti_passback=_anti_passback(section.anti_passback),
        interlocked=interlocked,
        two_persons=section.two_persons,
        unlocked=section.unlocked,
        first_person=section.first_person,
        opens_on_fire=section.opens_on_fire,
        has_contact=contact,
        face_cameras=frozenset(section.face_cameras),
        liveness=section.liveness,
        readers=frozenset(section.readers),
        entrance=_entrance(section),
        code_readers=frozenset(section.scanners),
        signals=listed.kind == "reader",
        shortest_ms=_shortest_ms(listed),
    )


def _shortest_ms(listed: Listed) -> int:
    return UHPPOTE_SHORTEST_MS if listed.kind == "door" else SHORTEST_MS


def _without_contact(wires: Iterable[Wire]) -> Iterable[str]:
    for wire in wires:
        if isinstance(wire, OsdpWire):
            yield from (r for r, at in wire.readers.items() if at.door and at.door.contact_input is None)
        elif isinstance(wire, ModbusWire):
            for board in wire.relay_boards.values():
                yield from (lock for lock, at in board.locks.items() if at.door_contact is None)


def _anti_passback(section: AntiPassbackSection | None) -> AntiPassback | None:
    if section is None:
        return None
    return AntiPassback(section.mode, section.from_area, section.to_area, section.minutes or 0.0)


def _entrance(section: DoorSection) -> tuple[str, str] | None:
    return None if section.entrance is None else _pair(section.entrance)


def _lane(wished: Access, lane: str, wires: Iterable[Wire]) -> LanePolicy:
    section = wished.lanes[lane]
    presence = () if section.presence is None else told_as(section.presence, wires)
    own = (pair for pair in presence if pair[0] == section.barrier)
    arm = next((a for wire in wires for name, a in _barriers(wire) if name == section.barrier), None)
    door = wished.doors.get(section.barrier)
    return LanePolicy(
        id=lane,
        name=section.name,
        place=section.place,
        cameras=frozenset(section.cameras),
        barrier=section.barrier,
        direction=section.direction,
        admits=frozenset(section.admits),
        groups=_groups_of(lane, wished),
        free_exit=section.free_exit,
        schedule=section.schedule,
        presence=next(own, presence[0] if presence else None),
        wheel_cameras=frozenset(section.wheel_cameras),
        strange_driver_alert=section.strange_driver_alert,
        opened_by="open" if arm is None else "raise",
        pulse_ms=arm.pulse_ms if arm else door.open_ms if door else OPEN_ARM_MS,
    )


def _schedule(name: str, section: ScheduleSection) -> Schedule:
    week: dict[str, list[Hours]] = {day: [] for day in WEEK}
    for some in section.weekly:
        for day in some.days:
            week[day] += map(parse_hours, some.hours)
    days = tuple(tuple(week[day]) for day in WEEK)
    return Schedule(name, section.name, days, tuple(map(parse_hours, section.holiday)))


def _right(section: RightSection, wished: Access, listed: Mapping[str, Listed]) -> Right:
    # An empty set of openings would ask nothing, so `all` is written out.
    every = {*wished.lanes, *(device for device, at in listed.items() if is_door(at))}
    openings = set(section.openings) - {ALL} | (every if ALL in section.openings else set())
    return Right(
        section.kinds, section.buildings, section.organisations, frozenset(openings), section.schedule
    )


def _groups_of(opening: str, wished: Access) -> frozenset[str]:
    return frozenset(group for group, at in wished.door_groups.items() if opening in at.openings)


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("/")
    return first, second
