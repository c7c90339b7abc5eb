"""Rules about the electronic fence: what a zone says becomes an alert, a disarmed host's alarm does not."""

from collections.abc import Mapping

from drivers.said import ArmedChanged, ZoneChanged, ZoneState
from edge.linkage.device_rule import CALM_S, Situation, found_so
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert
from edge.linkage.states import Change, Point
from edge.site.roster import ZoneListed
from edge.site.sections import Severity

_SEVERITIES: Mapping[ZoneState, Severity] = {
    "alarm": "critical",
    "open_wire": "critical",
    "short": "critical",
    "tamper": "critical",
    "low_voltage": "warning",
    "fault": "warning",
}


def fence_zone(at: Situation) -> tuple[Effect, ...]:
    """Alert for each state of a zone that is not right; settle when the zone is normal or bypassed.

    An alarm counts only while the host is armed or does not tell; on arming, zones in alarm are alerted.
    """
    seen = at.seen
    if isinstance(seen, ArmedChanged):
        return _on_arming(at, seen)
    if not isinstance(seen, ZoneChanged) or not at.changed:
        return ()
    (change,) = at.changed
    over: tuple[Effect, ...] = ()
    if change.was is not None and change.was in _SEVERITIES:
        over = (SettleAlert(_key(change.point, change.was), CALM_S),)
    if seen.state not in _SEVERITIES or (seen.state == "alarm" and _disarmed(at, seen.device)):
        return over
    return (*over, _alert(at, change, seen.state, found_so(change, seen.first), seen.voltage_v))


def _on_arming(at: Situation, seen: ArmedChanged) -> tuple[Effect, ...]:
    if not seen.armed or not at.changed:
        return ()
    return tuple(
        _alert(at, Change((device, point), None, state), "alarm", (Sentence("alerts.why_on_arming"),), None)
        for (device, point), state in at.held.states.items()
        if device == seen.device and point.startswith("zone:") and state == "alarm"
    )


def _disarmed(at: Situation, device: str) -> bool:
    return at.held.state(device, "armed") == "disarmed"


def _alert(
    at: Situation, change: Change, state: ZoneState, further: tuple[Sentence, ...], voltage_v: float | None
) -> RaiseAlert:
    device, point = change.point
    listed = at.listed(device)
    zone = point.removeprefix("zone:")
    known = listed.zones.get(zone, ZoneListed(zone))
    values = {"device": listed.name, "zone": zone, "where": known.name, "place": listed.place}
    voltage = () if voltage_v is None else (Sentence("alerts.why_voltage", {"volts": f"{voltage_v:.0f}"}),)
    return RaiseAlert(
        rule=f"fence_{state}",
        key=_key(change.point, state),
        severity=_SEVERITIES[state],
        place=listed.place,
        device=device,
        camera=known.cameras[0] if known.cameras else None,
        zone=zone,
        text=Sentence(f"alerts.fence_{state}", values),
        why=(Sentence("alerts.why_zone", values), *voltage, *further),
    )


def _key(point: Point, state: str) -> str:
    device, zone = point
    return f"fence_{state}:{device}:{zone.removeprefix('zone:')}"
