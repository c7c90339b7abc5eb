"""Rules about passing: duress, tailgating, anti-passback, guessed codes, the barred, lockdown, fire."""

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.said import OrderDone
from edge.access.case import visitor_of
from edge.access.freeing import is_renewal
from edge.access.guessing import REFUSED_FOR_S
from edge.box_events import DoorFreed, DoorNotFreed, DoorSecured, ModeSet, PassageDecided, TailgatingSeen
from edge.clock import Moment
from edge.events import Observation
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import Policy
from edge.site.roster import Listed
from edge.site.sections import Severity

# The same thing again at the same door, within this time, is one alert.
GAP_S = 60.0
LOCKDOWN = "lockdown"
FIRE = "fire_release"


@dataclass(frozen=True, slots=True)
class _Told:
    """What an alert about a decision is called, how grave it is, and what else is to be said of it."""

    rule: str
    severity: Severity
    further: tuple[Sentence, ...] = ()
    text: str = ""


def passage_decided(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert when a decision at a door tells of something that a guard must know."""
    del now
    if not isinstance(seen, PassageDecided) or seen.lane is not None:
        return ()
    listed = _listed(policy, seen.device)
    values = {"place": listed.place, "device": listed.name}
    subject = seen.subjects[-1] if seen.subjects else None
    return tuple(
        RaiseAlert(
            rule=told.rule,
            key=f"{told.rule}:{seen.device}:{subject or ''}",
            severity=told.severity,
            place=listed.place,
            device=seen.device,
            camera=seen.camera,
            subject=subject,
            text=Sentence(f"access.alert_{told.text or told.rule}", values),
            why=(*_who(knowledge, seen.subjects), *told.further),
            gap_s=GAP_S,
        )
        for told in _of_a_decision(seen)
    )


def tailgating(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert when more people went through a door than it was opened for."""
    del knowledge, now
    if not isinstance(seen, TailgatingSeen):
        return ()
    listed = _listed(policy, seen.device)
    counted = {"people": str(seen.people), "granted": str(seen.granted)}
    effect = RaiseAlert(
        rule="tailgating",
        key=f"tailgating:{seen.device}",
        severity="warning",
        place=listed.place,
        device=seen.device,
        camera=seen.camera,
        text=Sentence("access.alert_tailgating", {"place": listed.place, "device": listed.name}),
        why=(Sentence("access.why_people", counted),),
        gap_s=GAP_S,
    )
    return (effect,)


def locked_down(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert while the site is locked down."""
    del knowledge, now
    if not isinstance(seen, ModeSet) or seen.mode != "lockdown":
        return ()
    if not seen.on:
        return (SettleAlert(LOCKDOWN),)
    doors = [listed for listed in policy.devices.values() if listed.kind in {"reader", "door", "lock"}]
    effect = RaiseAlert(
        rule=LOCKDOWN,
        key=LOCKDOWN,
        severity="critical",
        place="、".join(dict.fromkeys(listed.place for listed in doors)),
        text=Sentence("access.alert_lockdown"),
        why=(Sentence("access.why_mode", {"by": seen.by, "why": seen.why}),),
    )
    return (effect,)


def fire_released(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert while doors stand released by fire: one alert for all of them."""
    del knowledge, now
    if isinstance(seen, DoorSecured) and seen.by == "fire":
        return (SettleAlert(FIRE),)
    if not isinstance(seen, DoorFreed) or seen.by != "fire":
        return ()
    listed = _listed(policy, seen.device)
    effect = RaiseAlert(
        rule=FIRE,
        key=FIRE,
        severity="critical",
        place=listed.place,
        device=seen.device,
        text=Sentence("access.alert_fire_release", {"place": listed.place, "device": listed.name}),
        why=(),
    )
    return (effect,)


def fire_not_released(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert for each door that fire should open and that did not take its order; settle when it does."""
    del knowledge, now
    if isinstance(seen, OrderDone) and seen.refused is None and is_renewal(seen.order):
        return (SettleAlert(_not_released(seen.device)),)
    if isinstance(seen, DoorSecured):
        return (SettleAlert(_not_released(seen.device)),)
    if not isinstance(seen, DoorNotFreed):
        return ()
    listed = _listed(policy, seen.device)
    effect = RaiseAlert(
        rule="fire_not_released",
        key=_not_released(seen.device),
        severity="critical",
        place=listed.place,
        device=seen.device,
        text=Sentence("access.alert_fire_not_released", {"place": listed.place, "device": listed.name}),
        why=(Sentence(f"access.why_fail_{seen.fail}"),),
    )
    return (effect,)


def _not_released(device: str) -> str:
    return f"fire_not_released:{device}"


def _of_a_decision(seen: PassageDecided) -> Iterator[_Told]:
    if seen.duress:
        yield _Told("duress", "critical", text="duress" if seen.granted else "duress_refused")
    if seen.reason in {"anti_passback", "passed_lately"}:
        yield _Told("anti_passback", "warning", (Sentence(f"access.reason_{seen.reason}"),))
    if seen.reason == "barred":
        yield _Told("barred", "warning", (Sentence("access.reason_barred"),))
    if seen.reason == "card_lost":
        yield _Told("lost_card", "warning", (Sentence("access.reason_card_lost"),))
    if "soft_anti_passback" in seen.notices:
        yield _Told("soft_anti_passback", "notice", (Sentence("access.notice_soft_anti_passback"),))
    if "guessing" in seen.notices:
        paused = Sentence("access.why_keypad_paused", {"minutes": f"{REFUSED_FOR_S / 60:.0f}"})
        yield _Told("guessing", "warning", (paused,))


def _who(knowledge: Knowledge, subjects: tuple[str, ...]) -> Iterator[Sentence]:
    for subject in subjects:
        visitor = visitor_of(subject)
        if visitor is not None:
            yield Sentence("access.why_visitor", {"visitor": str(visitor)})
        else:
            yield Sentence("access.why_who", {"name": knowledge.names.get(subject, subject)})


def _listed(policy: Policy, device: str) -> Listed:
    return policy.devices.get(device) or Listed(device, "", "extension", device, device)
