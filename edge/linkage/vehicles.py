"""Rules about vehicles: a watch-listed plate, a plate that nobody registered."""

from edge.clock import Moment
from edge.events import Observation, PlateRead
from edge.linkage.effects import Effect, RaiseAlert, Sentence
from edge.linkage.hours import within
from edge.linkage.knowledge import Knowledge, WatchEntry
from edge.linkage.policy import Policy
from edge.linkage.watching import SEVERITY, in_force, why_watched
from edge.site.sections import Severity


def watched_plate(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert when a plate on the watch-list is read, registered or not, as long as the entry is in force."""
    entry = _watched(knowledge, seen, now)
    if entry is None or not isinstance(seen, PlateRead):
        return ()
    text = Sentence(
        f"alerts.watched_plate_{entry.kind.replace('-', '_')}",
        {"place": policy.view(seen.camera).place, "plate": seen.text, "reason": entry.reason},
    )
    owner = knowledge.plates.get(seen.text)
    owned = (Sentence("alerts.why_plate_owner", {"plate": seen.text, "owner": owner}),) if owner else ()
    why = (_reads(seen), *owned, *why_watched(entry, policy.timezone))
    return (_alert(policy, seen, rule="watched_plate", severity=SEVERITY[entry.kind], text=text, why=why),)


def unknown_vehicle(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert when a plate is read that is not registered, watched or expected, in the hours that ask for it.

    Plates are compared exactly: one character off is another vehicle.
    """
    if not isinstance(seen, PlateRead) or not policy.vehicle_alert:
        return ()
    if seen.text in knowledge.plates or _watched(knowledge, seen, now) is not None:
        return ()
    if _expected(knowledge, seen, now):
        return ()
    if now.trusted and within(policy.vehicle_hours, now.wall_s, policy.timezone) is None:
        return ()
    text = Sentence("alerts.unknown_vehicle", {"place": policy.view(seen.camera).place, "plate": seen.text})
    why = (_reads(seen), Sentence("alerts.why_plate_unknown", {"plate": seen.text}))
    return (
        _alert(policy, seen, rule="unknown_vehicle", severity=policy.vehicle_severity, text=text, why=why),
    )


def _watched(knowledge: Knowledge, seen: Observation, now: Moment) -> WatchEntry | None:
    entry = knowledge.watched_plates.get(seen.text) if isinstance(seen, PlateRead) else None
    return entry if entry is not None and in_force(entry, now) else None


def _expected(knowledge: Knowledge, seen: PlateRead, now: Moment) -> bool:
    # A wall clock that nobody believes ends no visit.
    spans = knowledge.expected_plates.get(seen.text, ())
    return any(not now.trusted or from_s <= now.wall_s < until_s for from_s, until_s in spans)


def _reads(seen: PlateRead) -> Sentence:
    values = {"plate": seen.text, "reads": str(seen.exact_reads), "confidence": f"{seen.confidence:.2f}"}
    return Sentence("alerts.why_plate_read", values)


def _alert(
    policy: Policy,
    seen: PlateRead,
    *,
    rule: str,
    severity: Severity,
    text: Sentence,
    why: tuple[Sentence, ...],
) -> RaiseAlert:
    view = policy.view(seen.camera)
    return RaiseAlert(
        rule=rule,
        key=f"{rule}:{view.place}:{seen.text}",
        severity=severity,
        place=view.place,
        camera=seen.camera,
        zone=view.zones.get(seen.zones[0], seen.zones[0]) if seen.zones else None,
        subject=f"plate/{seen.text}",
        text=text,
        why=why,
        gap_s=policy.vehicle_gap_s,
        picture_score=seen.picture_score,
    )
