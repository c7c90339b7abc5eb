"""The vehicle gate: plates read at lanes, vehicles under the arm, who went through and who waits.

With a presence contact a vehicle has gone through when it left the contact for a second; without one, as soon
as the barrier has confirmed that it raises the arm.
"""

from collections.abc import Mapping
from dataclasses import replace

from drivers.said import ContactChanged, DeviceLost, OrderDone
from edge.access import arms, ledger, visits, waiting, wheel
from edge.access.ledger import Ledger
from edge.access.passages import conclude, pass_through
from edge.access.policy import AccessPolicy, LanePolicy
from edge.access.register import AccessRegister
from edge.access.request import BY
from edge.access.stepping import Stepped
from edge.access.traffic_state import AtPresence, Given, Traffic, Turn, Visit, lanes_at
from edge.box_events import ModeSet, OpeningOrdered, OrderGiven, VehicleOverstays
from edge.clock import Moment
from edge.events import FaceSeen, Observation, PlateRead, PresenceBegan, PresenceEnded

__all__ = ["Traffic", "observe", "resume", "tick"]

# So long a vehicle that was let through may take to come to the contact.
LAPSES_AFTER_S = 60.0
# A second vehicle close behind the first leaves no gap: it is not seen at the contact by itself.
NOSE_TO_TAIL_S = 20.0
# A barrier that has not said by then that it does not obey is taken to have obeyed.
ANSWERED_WITHIN_S = 10.0
FORGOTTEN_AFTER_S = 60.0
OVERSTAYS_EVERY_S = 60.0


def resume(
    prefix: str,
    inside: Mapping[str, tuple[str, float]],
    uses: Mapping[int, int],
    *,
    lockdown: bool = False,
) -> Traffic:
    """Go on where traffic was left; nothing is assumed of arms and contacts until they are read."""
    return Traffic(prefix=prefix, ledger=Ledger.of(inside), uses=uses, lockdown=lockdown)


def observe(
    state: Traffic, policy: AccessPolicy, register: AccessRegister, seen: Observation, now: Moment
) -> Stepped[Traffic]:
    """Return what an observation comes to; the same arguments always give the same answer."""
    if not policy.lanes:
        return Stepped(state)
    turn = Turn(state, policy, register, now)
    match seen:
        case PlateRead():
            turn = visits.plate_read(_time_passed(turn), seen)
        case ContactChanged():
            turn = _contact(_time_passed(turn), seen)
        case FaceSeen():
            turn = wheel.face_seen(turn, seen)
        case PresenceBegan(what="vehicle") | PresenceEnded(what="vehicle"):
            turn = waiting.vehicle_seen(turn, seen)
        case OrderGiven() | OpeningOrdered():
            turn = _order_given(turn, seen)
        case OrderDone():
            turn = _order_done(turn, seen)
        case DeviceLost():
            turn = _lost(turn, seen.device)
        case ModeSet(mode="lockdown", on=on):
            turn = replace(turn, state=replace(state, lockdown=on))
        case _:
            pass
    return turn.stepped


def tick(state: Traffic, policy: AccessPolicy, register: AccessRegister, now: Moment) -> Stepped[Traffic]:
    """Return what time alone brings: vehicles gone, arms lowered, guards asked, overstays."""
    if not policy.lanes:
        return Stepped(state)
    return _overstays(_time_passed(Turn(state, policy, register, now))).stepped


def _contact(turn: Turn, seen: ContactChanged) -> Turn:
    contact = (seen.device, seen.contact)
    lanes = lanes_at(turn.policy, contact=contact)
    if not lanes:
        return turn
    before, now_s = turn.state.presence.get(contact), turn.now.mono_s
    barriers = dict.fromkeys(lane.barrier for lane in lanes)
    if seen.closed:
        for barrier in barriers:
            turn = arms.vehicle_below(turn, barrier)
        return turn.with_presence(contact, _came(before, now_s))
    if before is not None and not before.closed:
        return turn
    was_there = before is not None
    # An arm that is up over a contact that is found free comes down as after any vehicle.
    raised = any(turn.state.arm(barrier).up for barrier in barriers)
    gone = before or AtPresence(closed=False, closed_s=now_s, opened_s=now_s)
    at = replace(gone, closed=False, opened_s=now_s, settled=not was_there)
    turn = turn.with_presence(contact, at)
    if not was_there and raised:
        for barrier in barriers:
            turn = arms.lower_soon(turn, barrier, now_s + arms.LOWER_AFTER_S)
    return turn


def _came(before: AtPresence | None, now_s: float) -> AtPresence:
    if before is None:
        return AtPresence(closed=True, closed_s=now_s, opened_s=now_s, was_there=True)
    if before.closed:
        return before
    if not before.settled:
        # Back within the second: a trailer, not another vehicle.
        return replace(before, closed=True, settled=True)
    return AtPresence(closed=True, closed_s=now_s, opened_s=before.opened_s)


def _order_given(turn: Turn, seen: OrderGiven | OpeningOrdered) -> Turn:
    raises = isinstance(seen, OpeningOrdered) or seen.what.startswith("pulse:raise")
    if seen.by == BY or not raises or not lanes_at(turn.policy, barrier=seen.device):
        return turn
    given = Given(seen.device, "operator", turn.now.mono_s)
    return replace(turn, state=replace(turn.state, given={**turn.state.given, seen.order: given}))


def _order_done(turn: Turn, seen: OrderDone) -> Turn:
    given = turn.state.given.get(seen.order)
    if given is None:
        return turn
    rest = {order: other for order, other in turn.state.given.items() if order != seen.order}
    turn = replace(turn, state=replace(turn.state, given=rest))
    if given.what == "lower":
        return turn if seen.refused is None else arms.not_lowered(turn, given.barrier)
    if given.what == "operator":
        return turn if seen.refused is not None else waiting.opened_by_operator(turn, given.barrier)
    lane = turn.policy.lanes.get(given.lane or "")
    return turn if lane is None else _raising_done(turn, lane, seen)


def _raising_done(turn: Turn, lane: LanePolicy, seen: OrderDone) -> Turn:
    visit = next((one for one in turn.state.pending(lane) if one.order == seen.order), None)
    if visit is None:
        return turn
    if seen.refused is not None:
        return waiting.not_raised(turn, lane, visit)
    return turn if turn.state.standing(lane) is not None else pass_through(turn, lane, visit, turn.now.mono_s)


def _lost(turn: Turn, device: str) -> Turn:
    """Go on without a contact that cannot be read: who was let through counts as gone through."""
    for contact in [contact for contact in turn.state.presence if contact[0] == device]:
        for lane in lanes_at(turn.policy, contact=contact):
            for visit in turn.state.pending(lane):
                turn = pass_through(turn, lane, visit, turn.now.mono_s)
        rest = {other: at for other, at in turn.state.presence.items() if other != contact}
        turn = replace(turn, state=replace(turn.state, presence=rest))
    return turn


def _time_passed(turn: Turn) -> Turn:
    now_s = turn.now.mono_s
    for contact, at in turn.state.presence.items():
        if not at.closed and not at.settled and now_s - at.opened_s >= arms.LOWER_AFTER_S:
            turn = conclude(turn, contact, at)
    for lane in turn.policy.lanes.values():
        turn = _visits_over(turn, lane)
    for barrier in turn.state.arms:
        turn = arms.lower_if_free(turn, barrier)
    turn = wheel.judge(waiting.ask_guards(turn))
    old = [order for order, given in turn.state.given.items() if now_s - given.at_s > FORGOTTEN_AFTER_S]
    if old:
        rest = {order: given for order, given in turn.state.given.items() if order not in old}
        turn = replace(turn, state=replace(turn.state, given=rest))
    return turn


def _visits_over(turn: Turn, lane: LanePolicy) -> Turn:
    now_s, at = turn.now.mono_s, turn.state.standing(lane)
    for visit in turn.state.at(lane):
        if visits.is_over(visit, now_s):
            turn = turn.with_visit(lane, visit, None)
        elif visit.pending and at is None and now_s - visit.raised_s > ANSWERED_WITHIN_S:
            turn = pass_through(turn, lane, visit, now_s)
        elif visit.pending and at is not None and not at.closed and at.settled:
            turn = _not_seen_below(turn, lane, visit, now_s - max(visit.last_s, visit.raised_s))
    return turn


def _not_seen_below(turn: Turn, lane: LanePolicy, visit: Visit, waited_s: float) -> Turn:
    arm = turn.state.arm(lane.barrier)
    behind_another = visit.granted_s is not None and arm.passed_s >= visit.granted_s
    if behind_another and waited_s > NOSE_TO_TAIL_S and turn.now.mono_s - arm.passed_s > NOSE_TO_TAIL_S:
        turn = pass_through(turn, lane, visit, arm.passed_s)
    elif waited_s > LAPSES_AFTER_S:
        turn = turn.with_visit(lane, visit, None)
    else:
        return turn
    return arms.lower_soon(turn, lane.barrier, turn.now.mono_s)


def _overstays(turn: Turn) -> Turn:
    now_s = turn.now.mono_s
    if now_s < turn.state.overstays_due_s:
        return turn
    book, found = ledger.overstaying(turn.state.ledger, turn.register, turn.policy, turn.now)
    state = replace(turn.state, ledger=book, overstays_due_s=now_s + OVERSTAYS_EVERY_S)
    lanes = turn.policy.lanes
    told = [
        VehicleOverstays(
            device=lanes[one.lane].barrier if one.lane in lanes else one.lane,
            mono_s=now_s,
            lane=one.lane,
            plate=one.plate,
            hours=round(one.hours, 1),
        )
        for one in found
    ]
    return replace(turn, state=state).say(*told)
