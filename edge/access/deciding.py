"""Whether a request to pass a door is granted, and why: a pure function of (situation, request, now)."""

from collections.abc import Callable
from dataclasses import replace

from edge.access.anti_passback import not_passed_back
from edge.access.case import Case, Finding, Situation
from edge.access.factors import (
    face_live,
    factors_good,
    keypad_open,
    not_barred,
    one_person,
    way_complete,
)
from edge.access.interlock import others_closed
from edge.access.passing_state import FirstOfTwo, Passing
from edge.access.policy import DoorPolicy
from edge.access.request import FRESH_S, Decision, Order, Request
from edge.access.rights import may_pass
from edge.access.schedules import shown_now
from edge.box_events import Check
from edge.clock import Moment
from edge.orders import Open, Signal

__all__ = ["SECOND_WITHIN_S", "Situation", "decide", "too_late"]

# How long the second of two people may take to come.
SECOND_WITHIN_S = 30.0

_Check = Callable[[Case], Finding]


def decide(at: Situation, request: Request, now: Moment) -> Decision:
    """Return whether a request is granted, with every check that was made, and the orders to carry out.

    The checks are made in an order and the first that finds something wrong ends them: nothing is granted
    unless all of them pass.
    """
    age_s = now.mono_s - request.mono_s
    if abs(age_s) > FRESH_S:
        return too_late(age_s)
    door = at.policy.doors.get(request.door)
    fresh = Check("fresh", passed=True, values={"seconds": f"{age_s:.2f}"})
    if door is None:
        return Decision(
            granted=False,
            reason="unknown_door",
            trace=(fresh, Check("door", passed=False, values={"door": request.door})),
        )
    return _at_door(_case(at, request, now, door), fresh)


def too_late(age_s: float) -> Decision:
    """Return the decision on what was asked `age_s` ago: it is told, and nothing is done."""
    check = Check("fresh", passed=False, values={"seconds": f"{age_s:.2f}"})
    return Decision(granted=False, reason="too_late", trace=(check,))


def _case(at: Situation, request: Request, now: Moment, door: DoorPolicy) -> Case:
    shown = tuple(one for one in request.shown if request.mono_s - one.mono_s <= door.within_s)
    subject = shown[-1].subject if shown else None
    return Case(at, request, now, door, shown, subject, shown_now(at.policy, now))


def _at_door(case: Case, fresh: Check) -> Decision:
    trace, notices = [fresh], list[str]()
    for check in _CHECKS:
        found = check(case)
        trace.append(found.check)
        notices += found.notices
        if found.reason is not None:
            return _refused(case, found, tuple(trace))
    return _granted(case, tuple(trace), tuple(notices))


def not_locked_down(case: Case) -> Finding:
    """Refuse everybody but those whom the site lets through a lockdown."""
    if not case.at.passing.lockdown:
        return Finding("lockdown")
    holder = case.at.register.holders.get(case.subject or "")
    admitted = holder is not None and holder.kind in case.at.policy.lockdown_admits
    return Finding("lockdown", None if admitted else "lockdown")


def two_people(case: Case) -> Finding:
    """Ask for a second, different person where the door's schedule says so, or nobody knows the time."""
    schedule = case.door.two_persons
    if schedule is None or (case.now.trusted and not case.within(schedule)):
        return Finding("two_persons")
    first = _first_still_good(case)
    if first is None:
        return Finding("two_persons", "second_person", await_more=True)
    return Finding("two_persons", values={"first": first.subject})


def _first_still_good(case: Case) -> FirstOfTwo | None:
    first = case.at.passing.first_of_two.get(case.door.id)
    if first is None or first.subject == case.subject or case.now.mono_s - first.at_s > SECOND_WITHIN_S:
        return None
    theirs = replace(case, subject=first.subject, shown=first.shown)
    return first if all(check(theirs).reason is None for check in _OF_A_PERSON) else None


def _refused(case: Case, found: Finding, trace: tuple[Check, ...]) -> Decision:
    answer = Signal("wait" if found.await_more else "refused")
    return Decision(
        granted=False,
        reason=found.reason or "",
        trace=trace,
        orders=_signal(case, answer, 1),
        subjects=() if case.subject is None else (case.subject,),
        duress=case.duress,
        await_more=found.await_more,
    )


def _granted(case: Case, trace: tuple[Check, ...], notices: tuple[str, ...]) -> Decision:
    door, passing = case.door, case.at.passing
    first = _first_still_good(case) if trace[-1].values.get("first") else None
    subjects = (*(() if first is None else (first.subject,)), case.subject or "")
    orders: tuple[Order, ...] = ()
    if door.id not in passing.freed:
        # At a door that is kept unlocked a pulse would lock it when it ends.
        orders = (_order(case, Open(door.open_ms), 1),)
    return Decision(
        granted=True,
        reason="granted",
        trace=trace,
        orders=(*orders, *_signal(case, Signal("granted"), len(orders) + 1)),
        subjects=subjects,
        duress=case.duress or (first is not None and any(one.duress for one in first.shown)),
        notices=notices,
    )


def _signal(case: Case, answer: Signal, offset: int) -> tuple[Order, ...]:
    device = case.door.shows_at(case.request.shown[-1].at if case.request.shown else None)
    return () if device is None else (_order(case, answer, offset, device),)


def _order(case: Case, what: Open | Signal, offset: int, device: str | None = None) -> Order:
    passing: Passing = case.at.passing
    return Order(passing.order_id(offset), device or case.door.id, what, case.request.mono_s + FRESH_S)


# What is asked of each of two people again when the second has come.
_OF_A_PERSON: tuple[_Check, ...] = (not_locked_down, one_person, not_barred, may_pass, not_passed_back)

_CHECKS: tuple[_Check, ...] = (
    not_locked_down,
    keypad_open,
    factors_good,
    one_person,
    not_barred,
    way_complete,
    face_live,
    may_pass,
    not_passed_back,
    others_closed,
    two_people,
)
