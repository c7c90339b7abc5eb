"""What a decision at a door leads to: orders, what the journal is told, what is remembered."""

from dataclasses import replace

from edge.access.case import visitor_of
from edge.access.going_through import gone_through
from edge.access.passing_state import FirstOfTwo, Grant, Passing, pulse_s
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.request import BY, Decision, Request
from edge.access.showing import after_answer
from edge.access.stepping import PassUsed, Stepped
from edge.box_events import OpeningOrdered, PassageDecided
from edge.clock import Moment
from edge.orders import Open

# How long after its pulse a door may still be opened by whom it was granted.
GRACE_S = 2.0


def answered(
    passing: Passing, policy: AccessPolicy, request: Request, decision: Decision, now: Moment
) -> Stepped[Passing]:
    """Return what a decision on a request comes to."""
    door = policy.doors[request.door]
    after = replace(passing, ordered=passing.ordered + len(decision.orders))
    if not decision.await_more:
        after = after_answer(after, door, decision.subjects)
    if decision.reason == "second_person":
        after = _waiting_for_second(after, request, decision, now)
    told = decided(door, request, decision, now)
    if not decision.granted:
        return Stepped(after, followed=(told,), orders=decision.orders)
    return _granted(after, policy, door, decision, told=told, now=now)


def decided(door: DoorPolicy, request: Request, decision: Decision, now: Moment) -> PassageDecided:
    """Return a decision as the journal holds it."""
    opens = [order.id for order in decision.orders if isinstance(order.what, Open)]
    return PassageDecided(
        device=request.door,
        mono_s=now.mono_s,
        granted=decision.granted,
        reason=decision.reason,
        subjects=decision.subjects,
        asked=tuple(one.factor for one in request.shown),
        trace=decision.trace,
        duress=decision.duress,
        notices=decision.notices,
        order=opens[0] if opens else None,
        camera=door.entrance[0] if door.entrance else min(door.face_cameras, default=None),
    )


def _waiting_for_second(passing: Passing, request: Request, decision: Decision, now: Moment) -> Passing:
    first = FirstOfTwo(decision.subjects[-1], request.shown, now.mono_s)
    after = replace(passing, first_of_two={**passing.first_of_two, request.door: first})
    # What the first has shown is kept there; the second begins anew.
    attempts = tuple(one for one in after.attempts.get(request.door, ()) if one not in request.shown)
    return replace(after, attempts={**after.attempts, request.door: attempts})


def _granted(
    passing: Passing,
    policy: AccessPolicy,
    door: DoorPolicy,
    decision: Decision,
    *,
    told: PassageDecided,
    now: Moment,
) -> Stepped[Passing]:
    used = tuple(
        PassUsed(visitor, passing.uses.get(visitor, 0) + 1)
        for visitor in map(visitor_of, decision.subjects)
        if visitor is not None
    )
    ends_s = now.mono_s + pulse_s(door)
    grant = Grant(decision.subjects, told.order, now.mono_s, ends_s + GRACE_S, duress=decision.duress)
    after = replace(
        passing,
        uses={**passing.uses, **{one.visitor: one.uses for one in used}} if used else passing.uses,
        grants={**passing.grants, door.id: (*passing.grants.get(door.id, ()), grant)},
        first_of_two={at: first for at, first in passing.first_of_two.items() if at != door.id},
    )
    ordered: tuple[OpeningOrdered, ...] = ()
    if told.order is not None:
        after = replace(after, released={**after.released, door.id: ends_s})
        ordered = (
            OpeningOrdered(
                device=door.id,
                mono_s=now.mono_s,
                order=told.order,
                pulse_s=pulse_s(door),
                by=BY,
                why=decision.reason,
            ),
        )
    through = Stepped(after)
    if not door.has_contact or after.positions.get(door.id) == "open":
        # Nobody will see the door open for them.
        through = gone_through(after, policy, door, now)
    return Stepped(
        through.state,
        followed=(told, *ordered, *through.followed),
        orders=decision.orders,
        memory=(*used, *through.memory),
    )
