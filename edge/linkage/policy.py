"""What the site file asks of the rules, in the shape the rules use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from edge.linkage.hours import Hours, parse_hours
from edge.site.access import DoorSection
from edge.site.roster import Listed, roster
from edge.site.schema import Camera, Site
from edge.site.sections import Severity


@dataclass(frozen=True, slots=True)
class View:
    """What the rules know of a camera. `zones` holds the name of each zone by its id."""

    name: str
    place: str
    sees_faces: bool
    zones: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Where and when unknown people may not be; `zone` None is the camera's whole picture."""

    camera: str
    zone: str | None
    hours: tuple[Hours, ...]
    severity: Severity


@dataclass(frozen=True, slots=True)
class LaneView:
    """What the rules know of a lane for vehicles. `camera` is the first that reads its plates."""

    name: str
    place: str
    camera: str
    strange_driver_alert: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The site's wishes."""

    timezone: tzinfo
    cameras: Mapping[str, View]
    forbidden: tuple[Forbidden, ...]
    person_gap_s: float
    vehicle_gap_s: float
    vehicle_alert: bool
    vehicle_hours: tuple[Hours, ...]
    vehicle_severity: Severity
    devices: Mapping[str, Listed]
    door_cameras: Mapping[str, str] = field(default_factory=dict)
    lanes: Mapping[str, LaneView] = field(default_factory=dict)

    def view(self, camera: str) -> View:
        """Return what is known of a camera; one that the site file no longer names goes by its id."""
        return self.cameras.get(camera) or View(camera, camera, sees_faces=False, zones={})


def policy_of(site: Site) -> Policy:
    """Read the rules' policy out of a site file."""
    return Policy(
        timezone=site.site.zone_info,
        cameras={name: _view(camera) for name, camera in site.cameras.items()},
        forbidden=tuple(
            _forbidden(rule.zone, rule.hours, rule.severity) for rule in site.people.unknown_forbidden
        ),
        person_gap_s=site.people.visit_gap_s,
        vehicle_gap_s=site.vehicles.visit_gap_s,
        vehicle_alert=site.vehicles.unknown_alert,
        vehicle_hours=tuple(parse_hours(text) for text in site.vehicles.unknown_hours),
        vehicle_severity=site.vehicles.severity,
        devices=roster(site.wires),
        lanes={
            lane: LaneView(at.name, at.place, at.cameras[0], at.strange_driver_alert)
            for lane, at in site.access.lanes.items()
        },
        door_cameras={door: camera for door, at in site.access.doors.items() for camera in _seen_by(at)[:1]},
    )


def _seen_by(door: DoorSection) -> tuple[str, ...]:
    """Return the cameras that see who goes through a door, the best first."""
    entrance = () if door.entrance is None else (door.entrance.partition("/")[0],)
    return (*entrance, *door.face_cameras)


def _view(camera: Camera) -> View:
    zones = {zone: part.name for zone, part in camera.zones.items()}
    return View(camera.name, camera.place, sees_faces="face" in camera.roles, zones=zones)


def _forbidden(where: str, hours: tuple[str, ...], severity: Severity) -> Forbidden:
    camera, _, zone = where.partition("/")
    return Forbidden(camera, zone or None, tuple(parse_hours(text) for text in hours), severity)
