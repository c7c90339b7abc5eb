"""What a device said, as a sentence of the catalogue."""

from collections.abc import Mapping

from drivers.said import (
    ArmedChanged,
    CardPresented,
    CodeScanned,
    ContactChanged,
    DensityMeasured,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    OrderDone,
    PassageLogged,
    PatrolBadge,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.box_events import (
    DoorAlarmed,
    DoorFreed,
    DoorNotFreed,
    DoorSecured,
    FaceProven,
    FaceUnproven,
    GuardAsked,
    OpeningOrdered,
    OrderGiven,
    PassageDecided,
    PassScanned,
    PersonPassed,
    PinTyped,
    StrangeDriver,
    TailgatingSeen,
    VehicleOverstays,
    VehiclePassed,
)
from edge.events import Observation
from edge.linkage.effects import Sentence
from edge.site.roster import Listed, ZoneListed

_AT_A_DOOR: Mapping[type, str] = {
    KeysPressed: "keys",
    CodeScanned: "code",
    ExitRequested: "exit",
    PinTyped: "code_typed",
    PassScanned: "pass_scanned",
    FaceProven: "face_proven",
    FaceUnproven: "face_unproven",
    PersonPassed: "passed",
    DoorNotFreed: "not_freed",
}


def sentence(seen: Observation, roster: Mapping[str, Listed]) -> Sentence | None:
    """Return what an observation of a device says; None for one of a camera or a worker."""
    device = getattr(seen, "device", None)
    if not isinstance(device, str):
        return None
    listed = roster.get(device) or Listed(device, "", "extension", device, device)
    key, values = _said(seen, listed)
    return Sentence(f"said.{key}", {"device": listed.name, "place": listed.place, **values})


def _said(  # noqa: PLR0911 - one a kind
    seen: Observation, listed: Listed
) -> tuple[str, dict[str, str]]:
    match seen:
        case ZoneChanged():
            where = listed.zones.get(seen.zone, ZoneListed(seen.zone)).name
            return f"zone_{seen.state}", {"zone": seen.zone, "where": where}
        case ContactChanged():
            contact = listed.contacts.get(seen.contact, seen.contact)
            return f"contact_{'closed' if seen.closed else 'open'}", {"contact": contact}
        case DoorChanged(position="closed", lock="unlocked"):
            return "door_unlocked", {}
        case DoorChanged():
            return f"door_{seen.position}", {}
        case DoorAlarmed():
            return f"door_{seen.alarm}", {}
        case DeviceLost() | DeviceFound() | TamperChanged() | PowerChanged() | ArmedChanged():
            return _standing(seen)
        case DoorFreed() | DoorSecured() | TailgatingSeen() | PassageDecided():
            return _passing(seen)
        case VehiclePassed() | VehicleOverstays() | StrangeDriver() | GuardAsked():
            return _driving(seen)
        case _:
            return _event(seen, listed)


def _passing(seen: Observation) -> tuple[str, dict[str, str]]:
    match seen:
        case DoorFreed(by=by):
            return f"freed_{by}", {}
        case TailgatingSeen(people=people, granted=granted):
            return "tailgating", {"people": str(people), "granted": str(granted)}
        case PassageDecided(granted=granted):
            return "let_pass" if granted else "not_let_pass", {}
        case _:
            return "secured", {}


def _driving(seen: Observation) -> tuple[str, dict[str, str]]:
    plate = getattr(seen, "plate", None) or "-"
    match seen:
        case VehiclePassed(direction=direction, inside=inside):
            return f"drove_{direction}", {"plate": plate, "inside": str(inside)}
        case VehicleOverstays(hours=hours):
            return "overstays", {"plate": plate, "hours": f"{hours:.0f}"}
        case StrangeDriver():
            return "strange_driver", {"plate": plate}
        case _:
            return "guard_asked", {"plate": plate}


def _standing(seen: Observation) -> tuple[str, dict[str, str]]:
    match seen:
        case TamperChanged(tampered=tampered):
            return f"housing_{'open' if tampered else 'closed'}", {}
        case PowerChanged(power=power):
            return f"power_{power}", {}
        case ArmedChanged(armed=armed):
            return "armed" if armed else "disarmed", {}
        case DeviceFound(identity=identity, firmware=firmware):
            return "found", {"identity": f"{identity} {firmware}".strip()}
        case _:
            return "lost", {}


def _event(  # noqa: PLR0911 - one a kind
    seen: Observation, listed: Listed
) -> tuple[str, dict[str, str]]:
    match seen:
        case CardPresented():
            number = seen.data.hex() if seen.number is None else str(seen.number)
            return "patrol_card" if listed.patrol_point else "card", {"card": number}
        case PassageLogged():
            return f"passage_{'granted' if seen.granted else 'refused'}", {"card": str(seen.card)}
        case PatrolBadge(tag=tag):
            return "patrol_card", {"card": tag}
        case DensityMeasured():
            return "density", {"devices": str(seen.devices), "near": str(seen.near)}
        case OpeningOrdered(by=by):
            return "opening_ordered", {"by": by}
        case OrderGiven(by=by, what=what):
            return "order_given", {"by": by, "what": what}
        case OrderDone(refused=refused):
            return "order_refused" if refused else "order_done", {}
        case (
            KeysPressed()
            | CodeScanned()
            | ExitRequested()
            | PinTyped()
            | PassScanned()
            | FaceProven()
            | FaceUnproven()
            | PersonPassed()
            | DoorNotFreed()
        ):
            return _AT_A_DOOR[type(seen)], {}
        case _:
            return "unknown", {}
