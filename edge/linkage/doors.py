"""Rules about doors: forced, held open."""

from drivers.said import DoorChanged
from edge.box_events import DoorAlarmed
from edge.linkage.device_rule import Situation
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert


def door_alarmed(at: Situation) -> tuple[Effect, ...]:
    """Alert when a door is forced or held open; settle when it is seen closed."""
    seen = at.seen
    if isinstance(seen, DoorChanged) and seen.position == "closed":
        return tuple(SettleAlert(f"door_{alarm}:{seen.device}") for alarm in ("forced", "held"))
    if not isinstance(seen, DoorAlarmed):
        return ()
    listed = at.listed(seen.device)
    seconds = "-" if listed.held_after_s is None else f"{listed.held_after_s:.0f}"
    effect = RaiseAlert(
        rule=f"door_{seen.alarm}",
        key=f"door_{seen.alarm}:{seen.device}",
        severity="critical" if seen.alarm == "forced" else "warning",
        place=listed.place,
        device=seen.device,
        camera=at.policy.door_cameras.get(seen.device),
        text=Sentence(f"alerts.door_{seen.alarm}", {"device": listed.name, "place": listed.place}),
        why=(Sentence(f"alerts.why_door_{seen.alarm}", {"seconds": seconds}),),
    )
    return (effect,)
