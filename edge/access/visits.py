"""Vehicles at a lane: each is decided for once, however often its plate is read while it is there.

A visit ends when the plate was not read for a while.
"""

from dataclasses import replace

from edge.access import arms, waiting
from edge.access.case import visitor_of
from edge.access.lanes import AtLane, decide_vehicle, differences
from edge.access.policy import LanePolicy
from edge.access.request import FRESH_S, Decision
from edge.access.stepping import PassUsed
from edge.access.traffic_state import Turn, Visit, lane_of
from edge.box_events import PassageDecided
from edge.events import PlateRead

# A plate that was not read for so long is gone; its next read is another visit.
VISIT_GAP_S = 30.0
# Whoever was let through one lane is seen from behind by the cameras of the others for so long.
FROM_BEHIND_S = 20.0
# A vehicle that still stands below after so long: the arm may have come down by itself.
RAISE_AGAIN_S = 20.0


def plate_read(turn: Turn, read: PlateRead) -> Turn:
    """Decide for the vehicle whose plate was read, unless it was let through already."""
    lane = lane_of(turn.policy, read.camera)
    if lane is None or _from_behind(turn, lane, read.text):
        return turn
    visit = next((v for v in turn.state.at(lane) if _same_vehicle(v, read)), None)
    decision = decide_vehicle(_at_lane(turn, lane, visit), read, turn.now)
    if decision.reason == "read_stale":
        return turn.say(_decided(turn, lane, read, decision))
    if visit is None:
        begun = Visit(read.text, read.camera, read.track, began_s=read.mono_s, last_s=read.mono_s)
        return _decide(turn.with_visit(lane, None, begun), lane, begun, read, decision)
    seen = replace(visit, camera=read.camera, track=read.track, last_s=read.mono_s)
    return _seen_again(turn.with_visit(lane, visit, seen), lane, seen, read, decision)


def is_over(visit: Visit, now_s: float) -> bool:
    """Say whether a vehicle is gone: not waited for, and not read for a while."""
    seen_s = visit.last_s if visit.passed_s is None else max(visit.last_s, visit.passed_s)
    return not visit.pending and now_s - seen_s > VISIT_GAP_S


def _seen_again(turn: Turn, lane: LanePolicy, seen: Visit, read: PlateRead, decision: Decision) -> Turn:
    if seen.passed_s is not None:
        return turn
    if seen.plate != read.text and not decision.await_more:
        return _read_otherwise(turn, lane, seen, read, decision)
    if seen.pending and not _raise_again(turn, lane, seen):
        return turn
    return _decide(turn, lane, seen, read, decision)


def _same_vehicle(visit: Visit, read: PlateRead) -> bool:
    return visit.plate == read.text or (visit.camera, visit.track) == (read.camera, read.track)


def _from_behind(turn: Turn, here: LanePolicy, plate: str) -> bool:
    others = [lane for lane in turn.policy.lanes.values() if lane.id != here.id]
    return any(
        visit.pending or (visit.passed_s is not None and turn.now.mono_s - visit.passed_s < FROM_BEHIND_S)
        for lane in others
        for visit in turn.state.at(lane)
        if visit.plate == plate
    )


def _raise_again(turn: Turn, lane: LanePolicy, visit: Visit) -> bool:
    at = turn.state.standing(lane)
    return at is not None and at.closed and turn.now.mono_s - visit.raised_s >= RAISE_AGAIN_S


def _read_otherwise(turn: Turn, lane: LanePolicy, visit: Visit, read: PlateRead, decision: Decision) -> Turn:
    """Go on with the better reading of a vehicle; who was let through already is let through."""
    renamed = replace(visit, plate=read.text)
    if not visit.pending:
        return _decide(turn.with_visit(lane, visit, renamed), lane, renamed, read, decision)
    notices = visit.notices if decision.granted else (*visit.notices, "read_changed")
    renamed = replace(renamed, reason=decision.reason, notices=tuple(dict.fromkeys(notices)))
    return turn.with_visit(lane, visit, renamed).say(_decided(turn, lane, read, decision))


def _decide(turn: Turn, lane: LanePolicy, visit: Visit, read: PlateRead, decision: Decision) -> Turn:
    if decision.await_more:
        return turn.with_visit(lane, visit, replace(visit, reason=decision.reason))
    if decision.granted:
        return _let_through(turn, lane, visit, read, decision)
    if decision.reason != visit.reason:
        turn = turn.say(_decided(turn, lane, read, decision))
    refused = replace(visit, reason=decision.reason)
    return waiting.refused(turn.with_visit(lane, visit, refused), lane, refused)


def _let_through(turn: Turn, lane: LanePolicy, visit: Visit, read: PlateRead, decision: Decision) -> Turn:
    turn, order = arms.raise_arm(turn, lane, read.mono_s + FRESH_S)
    turn = turn.say(_decided(turn, lane, read, decision, order), arms.told(turn, lane, order, read.text))
    visitor = visit.visitor
    if visitor is None and decision.reason == "visitor" and lane.direction == "in":
        visitor = visitor_of(decision.subjects[0])
        turn = turn if visitor is None else _use_pass(turn, visitor)
    granted = replace(
        visit,
        reason=decision.reason,
        notices=differences(turn.register.vehicles.get(read.text), read),
        visitor=visitor,
        granted_s=turn.now.mono_s if visit.granted_s is None else visit.granted_s,
        raised_s=turn.now.mono_s,
        order=order,
        failed=False,
    )
    return turn.with_visit(lane, visit, granted)


def _use_pass(turn: Turn, visitor: int) -> Turn:
    uses = turn.state.uses.get(visitor, 0) + 1
    state = replace(turn.state, uses={**turn.state.uses, visitor: uses})
    return replace(turn, state=state).remember(PassUsed(visitor, uses))


def _decided(
    turn: Turn, lane: LanePolicy, read: PlateRead, decision: Decision, order: str | None = None
) -> PassageDecided:
    return PassageDecided(
        device=lane.barrier,
        mono_s=turn.now.mono_s,
        granted=decision.granted,
        reason=decision.reason,
        subjects=decision.subjects,
        asked=(read.text,),
        trace=decision.trace,
        order=order,
        lane=lane.id,
        camera=read.camera,
    )


def _at_lane(turn: Turn, lane: LanePolicy, visit: Visit | None = None) -> AtLane:
    # The pass that this visit used already is not used up by it.
    uses = turn.state.uses
    if visit is not None and visit.visitor is not None:
        uses = {**uses, visit.visitor: uses.get(visit.visitor, 1) - 1}
    return AtLane(turn.policy, turn.register, lane, uses, turn.state.ledger.inside, turn.state.lockdown)
