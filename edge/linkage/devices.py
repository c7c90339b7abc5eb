"""Rules about any device: lost, swapped, opened, without mains, changed while nobody looked.

What they raise stands until the device itself says that it is over.
"""

from collections.abc import Sequence

from drivers.said import (
    ArmedChanged,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    PowerChanged,
    TamperChanged,
)
from edge.linkage.device_rule import CALM_S, Situation, found_so, reason
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert
from edge.linkage.states import Change
from edge.site.roster import Listed

# What breaks a whole wire: its port, its line, its broker.
WIRE_REASONS = frozenset(
    {
        "door.port_gone",
        "door.no_such_port",
        "door.port_denied",
        "door.port_busy",
        "modbus.line_missing",
        "modbus.line_broken",
        "probe.unplugged",
        "probe.no_such_port",
        "probe.port_busy",
        "probe.no_rights",
        "probe.address_unusable",
        "probe.broker_unreachable",
        "probe.broker_denied",
        "probe.broker_untrusted",
        "probe.broker_cut",
        "devices.driver_failed",
    }
)


def device_lost(at: Situation) -> tuple[Effect, ...]:
    """Alert when a device falls silent; settle when it answers again.

    What hangs on a board or controller is lost with it, in one alert; so is all that a broken wire carries.
    """
    seen = at.seen
    if not isinstance(seen, DeviceLost | DeviceFound) or at.listed(seen.device).parent is not None:
        return ()
    listed = at.listed(seen.device)
    if isinstance(seen, DeviceFound):
        keys = [f"device_lost:{seen.device}"]
        keys += [f"wire_lost:{listed.wire}"] if _whole(at, listed) else []
        return tuple(SettleAlert(key, CALM_S) for key in keys)
    along = [other for other in at.policy.devices.values() if _lost_along(other, listed, seen.reason)]
    broken = seen.reason in WIRE_REASONS and any(other.parent is None for other in along)
    rule = "wire_lost" if broken else "device_lost"
    effect = RaiseAlert(
        rule=rule,
        key=f"wire_lost:{listed.wire}" if broken else f"device_lost:{seen.device}",
        severity="warning",
        place=listed.place,
        device=seen.device,
        text=Sentence(f"alerts.{rule}", {"device": listed.name, "place": listed.place, "wire": listed.wire}),
        why=(reason(seen.reason, listed, seen.detail), _silent(seen), *_with_it(along)),
    )
    return (effect,)


def _whole(at: Situation, found: Listed) -> bool:
    """Whether nothing on a wire is lost any more once this device is found."""
    others = [d for d in at.policy.devices.values() if d.wire == found.wire and d.id != found.id]
    return all(at.held.state(other.id, "link") != "lost" for other in others if other.parent is None)


def _lost_along(other: Listed, listed: Listed, why: str) -> bool:
    if other.id == listed.id:
        return False
    return other.parent == listed.id or (why in WIRE_REASONS and other.wire == listed.wire)


def _silent(seen: DeviceLost) -> Sentence:
    if seen.silent_s is None:
        return Sentence("alerts.why_never_heard")
    return Sentence("alerts.why_silent", {"seconds": f"{seen.silent_s:.1f}"})


def _with_it(along: Sequence[Listed]) -> tuple[Sentence, ...]:
    if not along:
        return ()
    return (Sentence("alerts.why_lost_along", {"devices": "、".join(other.name for other in along)}),)


def device_swapped(at: Situation) -> tuple[Effect, ...]:
    """Tell that another device, or another firmware, answers in a device's place."""
    seen = at.seen
    if not isinstance(seen, DeviceFound):
        return ()
    listed = at.listed(seen.device)
    return tuple(
        RaiseAlert(
            rule="device_swapped",
            key=f"device_swapped:{seen.device}",
            severity="warning",
            place=listed.place,
            device=seen.device,
            text=Sentence("alerts.device_swapped", {"device": listed.name, "place": listed.place}),
            why=(Sentence("alerts.why_swapped", {"before": change.was, "now": change.now}),),
            gap_s=CALM_S,
        )
        for change in at.changed
        if change.point[1] == "identity" and change.was
    )


def device_tampered(at: Situation) -> tuple[Effect, ...]:
    """Alert when a housing is opened; settle when it is closed."""
    seen = at.seen
    if not isinstance(seen, TamperChanged):
        return ()
    key = f"device_tampered:{seen.device}"
    if not seen.tampered:
        return (SettleAlert(key, CALM_S),)
    listed = at.listed(seen.device)
    effect = RaiseAlert(
        rule="device_tampered",
        key=key,
        severity="critical",
        place=listed.place,
        device=seen.device,
        text=Sentence("alerts.device_tampered", {"device": listed.name, "place": listed.place}),
        why=(Sentence("alerts.why_housing_open"), *_found_so(at.changed, first=seen.first)),
    )
    return (effect,)


def power_lost(at: Situation) -> tuple[Effect, ...]:
    """Alert when a device runs on its battery; settle when it has mains again."""
    seen = at.seen
    if not isinstance(seen, PowerChanged) or seen.power == "unknown":
        return ()
    key = f"power_lost:{seen.device}"
    if seen.power == "mains":
        return (SettleAlert(key, CALM_S),)
    listed = at.listed(seen.device)
    effect = RaiseAlert(
        rule="power_lost",
        key=key,
        severity="warning",
        place=listed.place,
        device=seen.device,
        text=Sentence("alerts.power_lost", {"device": listed.name, "place": listed.place}),
        why=(Sentence("alerts.why_on_battery"), *_found_so(at.changed, first=seen.first)),
    )
    return (effect,)


def changed_while_away(at: Situation) -> tuple[Effect, ...]:
    """Tell once what changed while the box or the device was away, where no other rule speaks of it."""
    seen = at.seen
    if not isinstance(seen, DoorChanged | ArmedChanged | ContactChanged) or not seen.first:
        return ()
    changed = [change for change in at.changed if change.was is not None and change.point[1] != "lock"]
    listed = at.listed(seen.device)
    return tuple(
        RaiseAlert(
            rule="changed_while_away",
            key=f"changed_while_away:{seen.device}:{change.point[1]}",
            severity="notice",
            place=listed.place,
            device=seen.device,
            text=Sentence(
                f"alerts.found_{change.now}",
                {"device": listed.name, "place": listed.place, "contact": _contact(at, change)},
            ),
            why=(Sentence("alerts.why_found_so"),),
            gap_s=CALM_S,
        )
        for change in changed
    )


def _contact(at: Situation, change: Change) -> str:
    device, point = change.point
    contact = point.removeprefix("contact:")
    return at.listed(device).contacts.get(contact, contact)


def _found_so(changed: tuple[Change, ...], *, first: bool) -> tuple[Sentence, ...]:
    return found_so(changed[0], first) if changed else ()
