"""What no single value of a site file's doors can show: ways nobody can go, areas without a way back."""

from collections.abc import Iterator, Mapping

from edge.access.freeing import PULSE_MS
from edge.site.errors import Finding, Place
from edge.site.inventory import DoorDevice, Inventory
from edge.site.naming import each_unknown, unknown
from edge.site.plain import Plain, listed, part, parts, texts

AT_READER = frozenset({"card", "pin"})


def findings(access: Plain, has: Inventory) -> Iterator[Finding]:
    """Yield what is wrong with the doors and interlocks of an access section."""
    taken: dict[str, str] = {}
    served: dict[str, str] = {}
    for name, door in parts(access, "doors"):
        place: Place = ("access", "doors", name)
        yield from _named(name, has, place)
        device = has.doors.get(name)
        if device is not None:
            yield from _at_device(door, device, place)
        yield from _ways(door, place)
        yield from _face(door, has, place)
        yield from _codes(door, has, taken, name)
        yield from _readers(door, has, served, name)
        for key in ("two_persons", "unlocked"):
            yield from unknown("schedule", door.get(key), part(access, "schedules"), (*place, key))
        yield from unknown("entrance", door.get("entrance"), has.zones, (*place, "entrance"))
    yield from _never_free(access, has)
    yield from _areas(access)
    yield from _interlocks(access, has)


def _named(name: str, has: Inventory, place: Place) -> Iterator[Finding]:
    if name in has.devices and name not in has.doors:
        yield Finding(place, "site.no_door", {"device": name})
    else:
        yield from unknown("door", name, has.doors, place)


def _at_device(door: Plain, device: DoorDevice, place: Place) -> Iterator[Finding]:
    if not device.reads and not any(texts(door, "readers")):
        for index, way in _factors(door):
            if way & AT_READER:
                yield Finding((*place, "ways", index), "site.way_without_reader")
    open_ms = door.get("open_ms", 3000)
    if isinstance(open_ms, int):
        if open_ms < device.shortest_ms:
            yield Finding((*place, "open_ms"), "site.open_ms_short", {"least": device.shortest_ms})
        if device.longest_ms is not None and open_ms > device.longest_ms:
            yield Finding((*place, "open_ms"), "site.open_ms_long", {"most": device.longest_ms})


def _factors(door: Plain) -> Iterator[tuple[int, frozenset[str]]]:
    for index, way in listed(door, "ways"):
        if isinstance(way, list):
            yield index, frozenset(factor for factor in way if isinstance(factor, str))


def _ways(door: Plain, place: Place) -> Iterator[Finding]:
    ways = [way for _, way in _factors(door)]
    if ways and all("face" in way for way in ways):
        # Order 19 of 2025, article 10: who does not consent to faces must have another way in.
        yield Finding((*place, "ways"), "site.face_only_way")
    liveness = {proof for _, proof in texts(door, "liveness")} or {"second_factor"}
    for index, way in _factors(door):
        if way == {"face"} and liveness == {"second_factor"}:
            yield Finding((*place, "ways", index), "site.face_alone_unproven")


def _face(door: Plain, has: Inventory, place: Place) -> Iterator[Finding]:
    asked = any("face" in way for _, way in _factors(door))
    cameras = list(texts(door, "face_cameras"))
    if asked and not cameras:
        yield Finding((*place, "ways"), "site.face_without_camera")
    if cameras and not asked:
        yield Finding((*place, "face_cameras"), "site.face_camera_unused")
    yield from each_unknown("camera", door, "face_cameras", has.cameras, place)
    for index, camera in cameras:
        if "face" not in has.cameras.get(camera, {"face"}):
            yield Finding((*place, "face_cameras", index), "site.camera_sees_no_faces")


def _codes(door: Plain, has: Inventory, taken: dict[str, str], name: str) -> Iterator[Finding]:
    place: Place = ("access", "doors", name)
    asked = any("qr" in way for _, way in _factors(door))
    scanners = list(texts(door, "scanners"))
    if asked and not scanners:
        yield Finding((*place, "ways"), "site.code_without_scanner")
    if scanners and not asked:
        yield Finding((*place, "scanners"), "site.scanner_unused")
    yield from each_unknown("scanner", door, "scanners", has.scanners, place)
    for index, scanner in scanners:
        if taken.setdefault(scanner, name) != name:
            yield Finding((*place, "scanners", index), "site.scanner_taken", {"other": taken[scanner]})


def _never_free(access: Plain, has: Inventory) -> Iterator[Finding]:
    """Blame locks that cannot be held open as long as fire and schedules ask, also of doors not written."""
    fire = any(listed(access, "fire"))
    for name, device in has.doors.items():
        door = part(part(access, "doors"), name)
        freed = door.get("unlocked") is not None or (fire and door.get("opens_on_fire") is not False)
        if freed and device.longest_ms is not None and device.longest_ms < PULSE_MS:
            place: Place = ("access", "doors", name) if door else ("access", "fire")
            yield Finding(place, "site.lock_never_free", {"door": name, "least": PULSE_MS})


def _readers(door: Plain, has: Inventory, served: dict[str, str], name: str) -> Iterator[Finding]:
    place: Place = ("access", "doors", name)
    readers = list(texts(door, "readers"))
    if readers and not any(way & AT_READER for _, way in _factors(door)):
        yield Finding((*place, "readers"), "site.reader_unused")
    free = [reader for reader, has_door in has.readers.items() if not has_door]
    for index, reader in readers:
        at: Place = (*place, "readers", index)
        if has.readers.get(reader):
            yield Finding(at, "site.reader_has_door", {"reader": reader})
        elif served.setdefault(reader, name) != name:
            yield Finding(at, "site.reader_taken", {"other": served[reader]})
        else:
            yield from unknown("reader", reader, free, at)


def _areas(access: Plain) -> Iterator[Finding]:
    doors = {name: part(door, "anti_passback") for name, door in parts(access, "doors")}
    leads: dict[str, set[str]] = {}
    for one in doors.values():
        begin, end = one.get("from_area"), one.get("to_area")
        if isinstance(begin, str) and isinstance(end, str):
            leads.setdefault(begin, set()).add(end)
    for name, one in doors.items():
        place: Place = ("access", "doors", name, "anti_passback")
        begin, end, mode = one.get("from_area"), one.get("to_area"), str(one.get("mode"))
        if mode == "timed" and one.get("minutes") is None:
            yield Finding(place, "site.minutes_missing")
        if mode in {"hard", "soft"} and one.get("minutes") is not None:
            yield Finding((*place, "minutes"), "site.minutes_unused")
        if not (isinstance(begin, str) and isinstance(end, str)):
            continue
        if begin == end:
            yield Finding((*place, "to_area"), "site.area_same")
        elif mode in {"hard", "soft"} and begin not in _reached(end, leads):
            yield Finding((*place, "to_area"), "site.no_way_back", {"begin": begin, "end": end})


def _reached(start: str, leads: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        further = leads.get(waiting.pop(), set()) - found
        found |= further
        waiting += further
    return found


def _interlocks(access: Plain, has: Inventory) -> Iterator[Finding]:
    for index, entry in listed(access, "interlocks"):
        place: Place = ("access", "interlocks", index)
        doors = list(texts({"doors": entry}, "doors"))
        if isinstance(entry, list) and len({door for _, door in doors}) < 2:
            yield Finding(place, "site.interlock_short")
        for at, door in doors:
            yield from unknown("door", door, has.doors, (*place, at))
            device = has.doors.get(door)
            if device is not None and not device.has_contact:
                yield Finding((*place, at), "site.interlock_without_contact")
            if part(part(access, "doors"), door).get("unlocked") is not None:
                yield Finding(("access", "doors", door, "unlocked"), "site.interlock_unlocked")
