"""What is right in a site file's access section, and still may surprise."""

from collections.abc import Iterator

from edge.site.roster import is_door, roster
from edge.site.schema import Site

Hint = tuple[str, dict[str, object]]  # a key of the catalogue, and its values


def hints(site: Site) -> Iterator[Hint]:
    """Yield what the installer of a sound site file should know of its doors and lanes."""
    access = site.access
    listed = roster(site.wires)
    doors = [device for device, at in listed.items() if is_door(at)]
    if not access.rights and (doors or access.lanes):
        yield "check.nobody_may_pass", {}
    unsaid = [door for door in doors if door not in access.doors]
    if unsaid:
        yield "check.doors_unsaid", {"doors": ", ".join(unsaid)}
    used = {lane.barrier for lane in access.lanes.values()}
    idle = [device for device, at in listed.items() if at.kind == "barrier" and device not in used]
    if idle:
        yield "check.barriers_without_lane", {"barriers": ", ".join(idle)}
    challenged = [name for name, door in access.doors.items() if "challenge" in door.liveness]
    if challenged:
        yield "check.challenge_needs_display", {"doors": ", ".join(challenged)}
