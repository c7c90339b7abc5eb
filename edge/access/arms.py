"""A barrier's arm: raised for who is let through, lowered a second after the last of them is gone.

The box lowers only an arm under which a presence contact looks, only after a vehicle left it, and never while
it is closed; the barrier's own driver looks once more before it obeys.
"""

from dataclasses import replace

from edge.access.policy import LanePolicy
from edge.access.request import BY
from edge.access.traffic_state import Given, Turn, lanes_at
from edge.box_events import OpeningOrdered, OrderGiven
from edge.orders import Open, Pulse, What, in_a_word

LOWER_AFTER_S = 1.0
LOWER_AGAIN_AFTER_S = 5.0
LOWER_TRIES = 3
ORDER_GOOD_FOR_S = 5.0
# So long an arm takes to fall, and so long its driver raises it again when a vehicle comes below.
FALLS_FOR_S = 6.0


def raise_arm(turn: Turn, lane: LanePolicy, expires_mono_s: float) -> tuple[Turn, str]:
    """Return the turn with the order that lets a vehicle through, and the order's id."""
    what: What = Pulse("raise", lane.pulse_ms) if lane.opened_by == "raise" else Open(lane.pulse_ms)
    given = Given(lane.barrier, "raise", turn.now.mono_s, lane.id)
    turn, order = turn.order(given, what, expires_mono_s)
    arm = replace(turn.state.arm(lane.barrier), up=True, lower_due_s=None, lower_tries=0)
    return turn.with_arm(lane.barrier, arm), order


def told(turn: Turn, lane: LanePolicy, order: str, plate: str) -> OpeningOrdered | OrderGiven:
    """Return what the journal says of the order that lets a vehicle through."""
    mono_s = turn.now.mono_s
    if lane.opened_by == "open":
        pulse_s = lane.pulse_ms / 1000
        return OpeningOrdered(
            device=lane.barrier, mono_s=mono_s, order=order, pulse_s=pulse_s, by=BY, why=plate
        )
    what = in_a_word(Pulse("raise", lane.pulse_ms))
    return OrderGiven(device=lane.barrier, mono_s=mono_s, order=order, what=what, by=BY, why=plate)


def lower_soon(turn: Turn, barrier: str, due_s: float) -> Turn:
    """Return the turn with an arm that is to be lowered at `due_s` unless somebody waits then."""
    return turn.with_arm(barrier, replace(turn.state.arm(barrier), lower_due_s=due_s))


def lower_if_free(turn: Turn, barrier: str) -> Turn:
    """Lower an arm whose time has come, if nobody waits for it and nothing stands below."""
    arm, now_s = turn.state.arm(barrier), turn.now.mono_s
    if arm.lower_due_s is None or now_s < arm.lower_due_s or arm.up is False:
        return turn
    lanes = lanes_at(turn.policy, barrier=barrier)
    if any(turn.state.pending(lane) for lane in lanes):
        return turn
    watched = [lane for lane in lanes if lane.presence is not None]
    free = [at is not None and not at.closed for at in map(turn.state.standing, watched)]
    if not free or not all(free):
        return turn
    lane = watched[0]
    if lane.opened_by == "open":
        return turn.with_arm(barrier, replace(arm, up=False, lower_due_s=None))
    what = Pulse("lower", lane.pulse_ms)
    turn, order = turn.order(Given(barrier, "lower", now_s, lane.id), what, now_s + ORDER_GOOD_FOR_S)
    after = replace(arm, up=False, lowered_s=now_s, lower_due_s=None, lower_tries=arm.lower_tries + 1)
    why = "vehicle_gone"
    given = OrderGiven(device=barrier, mono_s=now_s, order=order, what=in_a_word(what), by=BY, why=why)
    return turn.with_arm(barrier, after).say(given)


def not_raised(turn: Turn, barrier: str) -> Turn:
    """Take note that an arm did not obey: nobody knows how it stands, unless it is up for another."""
    if any(turn.state.pending(lane) for lane in lanes_at(turn.policy, barrier=barrier)):
        return turn
    return turn.with_arm(barrier, replace(turn.state.arm(barrier), up=None))


def not_lowered(turn: Turn, barrier: str) -> Turn:
    """Take note that an arm did not obey: it is lowered again in a while, a few times."""
    arm = turn.state.arm(barrier)
    again_s = turn.now.mono_s + LOWER_AGAIN_AFTER_S if arm.lower_tries < LOWER_TRIES else None
    return turn.with_arm(barrier, replace(arm, up=True, lower_due_s=again_s))


def vehicle_below(turn: Turn, barrier: str) -> Turn:
    """Take note that a vehicle came below: a falling arm rises again, one that is up stays up."""
    arm = turn.state.arm(barrier)
    rises = arm.up is False and turn.now.mono_s - arm.lowered_s < FALLS_FOR_S
    return turn.with_arm(barrier, replace(arm, up=True if rises else arm.up, lower_due_s=None))
