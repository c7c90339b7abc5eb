"""Vehicles that wait before an arm and are not let through: a guard is asked once for each."""

from dataclasses import replace

from edge.access import arms
from edge.access.passages import lane_in_question, pass_unadmitted
from edge.access.policy import LanePolicy
from edge.access.traffic_state import Turn, Visit, lane_of, lanes_at
from edge.box_events import GuardAsked
from edge.events import PresenceBegan, PresenceEnded

# So long a vehicle may stand at the contact, or be seen where there is none, before a guard is asked.
ASK_AFTER_S = 3.0
ASK_AFTER_SEEN_S = 6.0
# So long an operator's opening answers for whoever waits.
OPERATOR_S = 60.0


def refused(turn: Turn, lane: LanePolicy, visit: Visit) -> Turn:
    """Ask a guard about a refused vehicle: at once where there is no contact, else when it is read on.

    A contact below the arm never tells of who waits before it.
    """
    at = turn.state.standing(lane)
    waits = at is None or visit.failed or visit.last_s - visit.began_s >= ASK_AFTER_S
    if not waits or (at is not None and at.guard_asked) or _operator(turn, lane):
        return turn
    return _ask(turn, lane)


def not_raised(turn: Turn, lane: LanePolicy, visit: Visit) -> Turn:
    """Take note that the arm did not rise for who was let through: the next read raises it again."""
    failed = replace(visit, reason="arm_failed", failed=True)
    turn = arms.not_raised(turn.with_visit(lane, visit, failed), lane.barrier)
    return refused(turn, lane, failed)


def vehicle_seen(turn: Turn, seen: PresenceBegan | PresenceEnded) -> Turn:
    """Take note of a vehicle that a lane's camera sees, or sees no more."""
    if lane_of(turn.policy, seen.camera) is None:
        return turn
    track = (seen.camera, seen.track)
    vehicles = {other: since_s for other, since_s in turn.state.vehicles.items() if other != track}
    if isinstance(seen, PresenceBegan):
        vehicles[track] = turn.state.vehicles.get(track, seen.mono_s)
    return replace(turn, state=replace(turn.state, vehicles=vehicles))


def ask_guards(turn: Turn) -> Turn:
    """Ask a guard about every vehicle that has waited for long enough."""
    for contact, at in turn.state.presence.items():
        waited = at.closed and turn.now.mono_s - at.closed_s >= ASK_AFTER_S
        if waited and not at.guard_asked:
            lanes = lanes_at(turn.policy, contact=contact)
            if not lanes or any(_answered(turn, lane) for lane in lanes):
                continue
            turn = turn.with_presence(contact, replace(at, guard_asked=True))
            turn = _ask(turn, lane_in_question(turn, lanes))
    return _ask_about_unread(turn)


def opened_by_operator(turn: Turn, barrier: str) -> Turn:
    """Take note that an operator raised an arm; without a contact, whoever waits has gone through."""
    arm = replace(
        turn.state.arm(barrier), up=True, operator_s=turn.now.mono_s, lower_due_s=None, lower_tries=0
    )
    turn = turn.with_arm(barrier, arm)
    lanes = lanes_at(turn.policy, barrier=barrier)
    lane = lane_in_question(turn, lanes)
    if turn.state.pending(lane) or turn.state.standing(lane) is not None:
        return turn
    return pass_unadmitted(turn, lane, turn.now.mono_s, "by_operator")


def _answered(turn: Turn, lane: LanePolicy) -> bool:
    return _operator(turn, lane) or bool(turn.state.pending(lane))


def _operator(turn: Turn, lane: LanePolicy) -> bool:
    operator_s = turn.state.arm(lane.barrier).operator_s
    return operator_s is not None and turn.now.mono_s - operator_s < OPERATOR_S


def _ask(turn: Turn, lane: LanePolicy) -> Turn:
    """Ask about the vehicle at a lane, unless a guard was asked about it already."""
    visit = next((v for v in reversed(turn.state.at(lane)) if v.passed_s is None), None)
    if visit is None:
        return turn.say(_asked(turn, lane, "unread", None))
    if visit.guard_asked:
        return turn
    turn = turn.with_visit(lane, visit, replace(visit, guard_asked=True))
    return turn.say(
        _asked(turn, lane, "unread" if visit.reason in ("", "read_once") else visit.reason, visit)
    )


def _ask_about_unread(turn: Turn) -> Turn:
    """Ask about vehicles that cameras see and cannot read, where no other is in question."""
    for track, since_s in turn.state.vehicles.items():
        lane = lane_of(turn.policy, track[0])
        if lane is None or turn.now.mono_s - since_s < ASK_AFTER_SEEN_S:
            continue
        at, visits = turn.state.standing(lane), turn.state.at(lane)
        read = any((visit.camera, visit.track) == track for visit in visits)
        if not read and (visits or (at is not None and at.closed) or _answered(turn, lane)):
            continue
        rest = {other: since for other, since in turn.state.vehicles.items() if other != track}
        turn = replace(turn, state=replace(turn.state, vehicles=rest))
        if not read:
            turn = turn.say(_asked(turn, lane, "unread", None, camera=track[0]))
    return turn


def _asked(
    turn: Turn, lane: LanePolicy, reason: str, visit: Visit | None, *, camera: str | None = None
) -> GuardAsked:
    return GuardAsked(
        device=lane.barrier,
        mono_s=turn.now.mono_s,
        lane=lane.id,
        camera=camera or (visit.camera if visit is not None else min(lane.cameras, default="")),
        reason=reason,
        plate=None if visit is None else visit.plate,
    )
