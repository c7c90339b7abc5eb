"""What it means that a vehicle left the contact below an arm, and who is booked as gone through."""

from dataclasses import replace

from edge.access import arms, ledger, wheel
from edge.access.policy import LanePolicy
from edge.access.traffic_state import AtPresence, Contact, Turn, Visit, lanes_at
from edge.box_events import VehiclePassed

# Who was let through so shortly before the contact was first read was booked without it.
BOOKED_BLIND_S = 20.0


def conclude(turn: Turn, contact: Contact, at: AtPresence) -> Turn:
    """Conclude what a vehicle did that left a presence contact: it went through, or it backed off."""
    turn = turn.with_presence(contact, replace(at, settled=True, guard_asked=False, was_there=False))
    lanes = lanes_at(turn.policy, contact=contact)
    let_through = [
        (visit.granted_s or 0.0, lane.id, visit) for lane in lanes for visit in turn.state.pending(lane)
    ]
    if let_through:
        _, lane_id, visit = min(let_through, key=lambda one: one[:2])
        lane = turn.policy.lanes[lane_id]
        turn = pass_through(turn, lane, visit, at.opened_s)
    else:
        turn = _nobody_let_through(turn, lanes, at)
    for barrier in dict.fromkeys(lane.barrier for lane in lanes):
        turn = arms.lower_soon(turn, barrier, turn.now.mono_s)
    return turn


def pass_through(turn: Turn, lane: LanePolicy, visit: Visit, at_s: float) -> Turn:
    """Book that a vehicle which was let through went through at `at_s`."""
    turn = turn.with_visit(lane, visit, replace(visit, passed_s=at_s))
    turn = _book(turn, lane, visit.plate, visit.notices, at_s)
    return wheel.left(turn, lane, visit) if lane.direction == "out" else turn


def pass_unadmitted(turn: Turn, lane: LanePolicy, at_s: float, notice: str) -> Turn:
    """Book that a vehicle went through which nobody's rule let through: by an operator, behind another."""
    waiting = _waiting(turn, lane)
    if not waiting:
        return _book(turn, lane, None, (notice,), at_s)
    visit = waiting[-1]
    turn = turn.with_visit(lane, visit, replace(visit, passed_s=at_s))
    return _book(turn, lane, visit.plate, (*visit.notices, notice), at_s)


def lane_in_question(turn: Turn, lanes: list[LanePolicy]) -> LanePolicy:
    """Return where a vehicle waits: at the lane where a plate was read last, else one that leads in."""
    waiting = [(visit.last_s, lane.id) for lane in lanes for visit in _waiting(turn, lane)]
    if waiting:
        return turn.policy.lanes[max(waiting)[1]]
    return next((lane for lane in lanes if lane.direction == "in"), lanes[0])


def _waiting(turn: Turn, lane: LanePolicy) -> list[Visit]:
    return [visit for visit in turn.state.at(lane) if visit.passed_s is None and not visit.pending]


def _nobody_let_through(turn: Turn, lanes: list[LanePolicy], at: AtPresence) -> Turn:
    lane = lane_in_question(turn, lanes)
    arm = turn.state.arm(lane.barrier)
    if at.was_there and at.closed_s - arm.passed_s < BOOKED_BLIND_S:
        return turn
    if arm.operator_s is not None:
        return pass_unadmitted(turn, lane, at.opened_s, "by_operator")
    if arm.up:
        return pass_unadmitted(turn, lane, at.opened_s, "unadmitted")
    if arm.up is None and at.was_there:
        # It stood there when the box started: whether the arm was up, nobody remembers.
        return pass_unadmitted(turn, lane, at.opened_s, "arm_unknown")
    return turn


def _book(turn: Turn, lane: LanePolicy, plate: str | None, notices: tuple[str, ...], at_s: float) -> Turn:
    book = ledger.enter if lane.direction == "in" else ledger.leave
    booked = book(turn.state.ledger, plate, lane.id, turn.now.wall_s)
    arm = replace(turn.state.arm(lane.barrier), operator_s=None, passed_s=at_s)
    turn = replace(turn, state=replace(turn.state, ledger=booked.ledger)).with_arm(lane.barrier, arm)
    passed = VehiclePassed(
        device=lane.barrier,
        mono_s=at_s,
        lane=lane.id,
        plate=plate,
        direction=lane.direction,
        inside=booked.ledger.inside,
        notices=(*notices, *booked.notices),
    )
    return turn.say(passed).remember(*booked.memory)
