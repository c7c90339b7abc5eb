"""Rules about the vehicle gate: who waits, who follows another in, what plates cannot be right, overstays."""

from collections.abc import Mapping

from edge.box_events import GuardAsked, StrangeDriver, VehicleOverstays, VehiclePassed
from edge.linkage.device_rule import Situation
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert
from edge.linkage.policy import LaneView
from edge.site.sections import Severity

# A vehicle that backed off is seen by nobody: its alert ends when no guard is asked again.
WAITS_GAP_S = 120.0
UNADMITTED_GAP_S = 60.0
SAME_PLATE_GAP_S = 600.0
# Who stands before the arm for one of these may be up to something.
SUSPICIOUS = frozenset({"plate_barred", "owner_barred", "type_differs", "colour_differs"})
DIFFERENCES = ("type_differs", "colour_differs", "read_changed")


def vehicle_waits(at: Situation) -> tuple[Effect, ...]:
    """Alert when a guard must look at a vehicle that waits; settle when one goes through the lane."""
    seen = at.seen
    if isinstance(seen, VehiclePassed):
        return (SettleAlert(f"vehicle_waits:{seen.lane}"),)
    if not isinstance(seen, GuardAsked):
        return ()
    reason = Sentence(f"lanes.reason_{seen.reason}")
    by_hand = Sentence("lanes.why_open_by_hand", {"lane": seen.lane})
    return (
        _alert(
            at,
            seen,
            rule="vehicle_waits",
            key=f"vehicle_waits:{seen.lane}",
            severity="warning" if seen.reason in SUSPICIOUS else "notice",
            why=(reason, by_hand),
            text="lanes.vehicle_waits" if seen.plate else "lanes.vehicle_waits_unread",
            camera=seen.camera,
            gap_s=WAITS_GAP_S,
        ),
    )


def vehicle_unadmitted(at: Situation) -> tuple[Effect, ...]:
    """Alert when a vehicle goes through behind another that was let through."""
    seen = at.seen
    if not isinstance(seen, VehiclePassed) or "unadmitted" not in seen.notices:
        return ()
    return (
        _alert(
            at,
            seen,
            rule="vehicle_unadmitted",
            key=f"vehicle_unadmitted:{seen.lane}:{seen.plate or ''}",
            severity="warning",
            why=(Sentence(f"lanes.why_unadmitted_{seen.direction}"),),
            text="lanes.vehicle_unadmitted" if seen.plate else "lanes.vehicle_unadmitted_unread",
            gap_s=UNADMITTED_GAP_S,
        ),
    )


def plate_twice(at: Situation) -> tuple[Effect, ...]:
    """Alert when a plate comes in that is inside already: a copy, or it left unread."""
    seen = at.seen
    if not isinstance(seen, VehiclePassed) or "entered_twice" not in seen.notices:
        return ()
    return (
        _alert(
            at,
            seen,
            rule="plate_twice",
            key=f"plate_twice:{seen.plate}",
            severity="warning",
            why=(Sentence("lanes.why_entered_twice"),),
            text="lanes.plate_twice",
            gap_s=SAME_PLATE_GAP_S,
        ),
    )


def plate_differs(at: Situation) -> tuple[Effect, ...]:
    """Alert when a vehicle went through under a plate that does not fit the register, or was misread."""
    seen = at.seen
    if not isinstance(seen, VehiclePassed):
        return ()
    found = [notice for notice in DIFFERENCES if notice in seen.notices]
    if not found:
        return ()
    return (
        _alert(
            at,
            seen,
            rule="plate_differs",
            key=f"plate_differs:{seen.plate}",
            severity="warning",
            why=tuple(Sentence(f"lanes.reason_{notice}") for notice in found),
            text="lanes.plate_differs",
            gap_s=SAME_PLATE_GAP_S,
        ),
    )


def vehicle_overstays(at: Situation) -> tuple[Effect, ...]:
    """Alert when a vehicle that may not stay is still inside; settle when it leaves."""
    seen = at.seen
    if isinstance(seen, VehiclePassed) and seen.direction == "out" and seen.plate is not None:
        return (SettleAlert(f"vehicle_overstays:{seen.plate}"),)
    if not isinstance(seen, VehicleOverstays):
        return ()
    return (
        _alert(
            at,
            seen,
            rule="vehicle_overstays",
            key=f"vehicle_overstays:{seen.plate}",
            severity="notice",
            why=(Sentence("lanes.why_overstays", {"hours": f"{seen.hours:.0f}"}),),
            text="lanes.vehicle_overstays",
        ),
    )


def driver_strange(at: Situation) -> tuple[Effect, ...]:
    """Alert when a car leaves with none of its usual faces at the wheel, where the site file asks for it."""
    seen = at.seen
    if not isinstance(seen, StrangeDriver) or not _lane(at, seen.lane, seen.device).strange_driver_alert:
        return ()
    faces = Sentence("lanes.why_other_faces", {"faces": str(seen.faces)})
    return (
        _alert(
            at,
            seen,
            rule="driver_strange",
            key=f"driver_strange:{seen.plate}",
            severity="notice",
            why=(faces if seen.faces else Sentence("lanes.why_no_face"),),
            text="lanes.driver_strange",
            gap_s=SAME_PLATE_GAP_S,
            values={"owner": seen.owner},
        ),
    )


def _alert(
    at: Situation,
    seen: GuardAsked | VehiclePassed | VehicleOverstays | StrangeDriver,
    *,
    rule: str,
    key: str,
    severity: Severity,
    text: str,
    why: tuple[Sentence, ...],
    gap_s: float | None = None,
    camera: str | None = None,
    values: Mapping[str, str] | None = None,
) -> RaiseAlert:
    lane = _lane(at, seen.lane, seen.device)
    named = {"place": lane.place, "lane": lane.name} | ({"plate": seen.plate} if seen.plate else {})
    return RaiseAlert(
        rule=rule,
        key=key,
        severity=severity,
        place=lane.place,
        camera=camera or lane.camera or None,
        device=seen.device,
        subject=f"plate/{seen.plate}" if seen.plate else None,
        text=Sentence(text, {**named, **(values or {})}),
        why=why,
        gap_s=gap_s,
    )


def _lane(at: Situation, lane: str, barrier: str) -> LaneView:
    """Return what is known of a lane; one that the site file no longer names goes by its id."""
    return at.policy.lanes.get(lane) or LaneView(lane, at.listed(barrier).place, "")
