"""Rules about people: a watch-listed face, an unknown person where and when unknowns may not be."""

from dataclasses import dataclass

from edge.clock import Moment
from edge.events import FaceSeen, Observation, PresenceBegan
from edge.linkage.effects import Effect, RaiseAlert, Sentence
from edge.linkage.hours import Hours, within
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import Forbidden, Policy
from edge.linkage.watching import SEVERITY, in_force, why_watched

# Strangers cannot be told apart, so a place that is never empty would otherwise be one alert all night.
LONGEST_UNKNOWN_VISIT_S = 900.0

_RANK = {"info": 0, "notice": 1, "warning": 2, "critical": 3}


def watched_face(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert when a face on the watch-list is seen, registered or not, as long as the entry is in force."""
    if not isinstance(seen, FaceSeen) or seen.subject is None:
        return ()
    entry = knowledge.watched_subjects.get(seen.subject)
    if entry is None or not in_force(entry, now):
        return ()
    view = policy.view(seen.camera)
    name = knowledge.names.get(seen.subject)
    named = (Sentence("alerts.why_named", {"name": name}),) if name else ()
    effect = RaiseAlert(
        rule="watched_face",
        key=f"watched_face:{view.place}:{seen.subject}",
        severity=SEVERITY[entry.kind],
        place=view.place,
        camera=seen.camera,
        zone=_zone_name(policy, seen.camera, seen.zones),
        subject=seen.subject,
        text=Sentence(
            f"alerts.watched_face_{entry.kind.replace('-', '_')}",
            {"place": view.place, "reason": entry.reason},
        ),
        why=(*named, _agreement("alerts.why_face_agreed", seen), *why_watched(entry, policy.timezone)),
        gap_s=policy.person_gap_s,
        picture_score=seen.picture_score,
    )
    return (effect,)


def unknown_person(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert when a face nobody knows is seen in a forbidden zone and hour.

    A camera that does not look for faces can know nobody: there, any person who enters counts.
    """
    del knowledge
    stranger = _stranger(policy, seen)
    if stranger is None:
        return ()
    broken = [
        (rule, hours)
        for rule in policy.forbidden
        if rule.camera == stranger.camera
        and (rule.zone is None or rule.zone in stranger.zones)
        and (hours := _forbidden_now(rule, policy, now))
    ]
    if not broken:
        return ()
    rule, hours = max(broken, key=lambda found: _RANK[found[0].severity])
    return (_trespass(policy, rule, hours, stranger, now),)


@dataclass(frozen=True, slots=True)
class _Stranger:
    camera: str
    zones: tuple[str, ...]
    why: Sentence
    picture_score: float


def _stranger(policy: Policy, seen: Observation) -> _Stranger | None:
    if isinstance(seen, FaceSeen) and seen.subject is None:
        why = _agreement("alerts.why_face_unknown", seen)
        return _Stranger(seen.camera, seen.zones, why, seen.picture_score)
    if isinstance(seen, PresenceBegan) and seen.what == "person" and not policy.view(seen.camera).sees_faces:
        zones = () if seen.zone is None else (seen.zone,)
        return _Stranger(seen.camera, zones, Sentence("alerts.why_no_faces_here"), 0.0)
    return None


def _trespass(policy: Policy, rule: Forbidden, hours: Hours, stranger: _Stranger, now: Moment) -> RaiseAlert:
    view = policy.view(rule.camera)
    where = view.zones.get(rule.zone, rule.zone) if rule.zone else view.place
    text = Sentence("alerts.unknown_person_anywhere", {"place": view.place})
    if rule.zone:
        text = Sentence("alerts.unknown_person", {"place": view.place, "where": where})
    forbidden = Sentence("alerts.why_forbidden", {"where": where, "hours": str(hours)})
    unsure = () if now.trusted else (Sentence("alerts.why_clock_untrusted"),)
    return RaiseAlert(
        rule="unknown_person",
        key=f"unknown_person:{rule.camera}:{rule.zone or ''}",
        severity=rule.severity,
        place=view.place,
        camera=rule.camera,
        zone=where if rule.zone else None,
        text=text,
        why=(stranger.why, forbidden, *unsure),
        gap_s=policy.person_gap_s,
        longest_s=max(LONGEST_UNKNOWN_VISIT_S, policy.person_gap_s),
        picture_score=stranger.picture_score,
    )


def _forbidden_now(rule: Forbidden, policy: Policy, now: Moment) -> Hours | None:
    # A clock that nobody believes must not switch a rule off.
    if not now.trusted:
        return rule.hours[0]
    return within(rule.hours, now.wall_s, policy.timezone)


def _zone_name(policy: Policy, camera: str, zones: tuple[str, ...]) -> str | None:
    return policy.view(camera).zones.get(zones[0], zones[0]) if zones else None


def _agreement(key: str, seen: FaceSeen) -> Sentence:
    frames = str(seen.frames_agreed)
    if seen.similarity is None:
        return Sentence("alerts.why_nobody_registered", {"frames": frames})
    return Sentence(key, {"frames": frames, "similarity": f"{seen.similarity:.2f}"})
