"""What no single value of a site file's lanes can show: cameras that read no plates, arms without guards."""

from collections.abc import Iterator

from edge.site.errors import Finding, Place
from edge.site.inventory import Inventory
from edge.site.naming import each_unknown, unknown
from edge.site.plain import Plain, part, parts, texts


def findings(access: Plain, has: Inventory) -> Iterator[Finding]:
    """Yield what is wrong with the lanes of an access section."""
    taken: dict[str, str] = {}
    for name, lane in parts(access, "lanes"):
        place: Place = ("access", "lanes", name)
        yield from unknown("barrier", lane.get("barrier"), (*has.barriers, *has.doors), (*place, "barrier"))
        barrier = lane.get("barrier")
        if isinstance(barrier, str) and has.barriers.get(barrier) is False:
            yield Finding((*place, "barrier"), "site.barrier_without_guard", {"barrier": barrier})
        yield from _cameras(lane, has, taken, name)
        yield from _wheel(lane, has, place)
        yield from unknown_contact(lane.get("presence"), has, (*place, "presence"))
        yield from unknown("schedule", lane.get("schedule"), part(access, "schedules"), (*place, "schedule"))


def unknown_contact(name: object, has: Inventory, place: Place) -> Iterator[Finding]:
    """Yield that there is no such `board/contact`; contacts of other packages' devices are not known here."""
    if isinstance(name, str) and name.partition("/")[0] not in has.anything:
        yield from unknown("contact", name, has.contacts, place)


def _cameras(lane: Plain, has: Inventory, taken: dict[str, str], name: str) -> Iterator[Finding]:
    place: Place = ("access", "lanes", name)
    yield from each_unknown("camera", lane, "cameras", has.cameras, place)
    for index, camera in texts(lane, "cameras"):
        at = (*place, "cameras", index)
        if "plate" not in has.cameras.get(camera, {"plate"}):
            yield Finding(at, "site.camera_reads_no_plates")
        if taken.setdefault(camera, name) != name:
            yield Finding(at, "site.lane_camera_taken", {"other": taken[camera]})


def _wheel(lane: Plain, has: Inventory, place: Place) -> Iterator[Finding]:
    yield from each_unknown("camera", lane, "wheel_cameras", has.cameras, place)
    cameras = list(texts(lane, "wheel_cameras"))
    for index, camera in cameras:
        if "face" not in has.cameras.get(camera, {"face"}):
            yield Finding((*place, "wheel_cameras", index), "site.camera_sees_no_faces")
    if lane.get("strange_driver_alert") is True and not cameras:
        yield Finding((*place, "strange_driver_alert"), "site.driver_unseen")
