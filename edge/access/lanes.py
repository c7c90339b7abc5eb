"""Whether a vehicle may pass a lane: a pure function of (how things stand, the plate that was read, now).

Plates are compared exactly and never by edit distance: one character off is another vehicle.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.access.plates import differs, registered_twin
from edge.access.policy import ALWAYS, AccessPolicy, LanePolicy
from edge.access.register import AccessRegister, Allowance, Holder, Vehicle, VisitorPass
from edge.access.request import FRESH_S, Decision
from edge.access.schedules import in_hours, shown_now
from edge.access.visiting import pass_problem
from edge.box_events import Check
from edge.clock import Moment
from edge.events import PlateRead

EXACT_READS = 2


@dataclass(frozen=True, slots=True)
class AtLane:
    """How things stand at a lane. `uses` counts how often each visitor's pass was used, `inside` vehicles."""

    policy: AccessPolicy
    register: AccessRegister
    lane: LanePolicy
    uses: Mapping[int, int] = field(default_factory=dict)
    inside: int = 0
    lockdown: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    at: AtLane
    request: PlateRead
    now: Moment
    vehicle: Vehicle | None
    owner: Holder | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What one check found; nothing wrong while `reason` is None."""

    check: Check
    reason: str | None = None
    await_more: bool = False


def decide_vehicle(at: AtLane, request: PlateRead, now: Moment) -> Decision:
    """Return whether the vehicle whose plate was read may pass, and why (catalogue `lanes.reason_REASON`).

    The orders are left to the caller. A visitor's subject is that of the pass which is used.
    """
    vehicle = at.register.vehicles.get(request.text)
    owner = at.register.holders.get(vehicle.person) if vehicle is not None and vehicle.person else None
    case = _Case(at, request, now, vehicle, owner)
    trace, refused = _looked_at(case, _OF_EVERYBODY)
    subjects = (vehicle.person,) if vehicle is not None and vehicle.person else ()
    if refused is not None:
        return _refusal(refused, trace, subjects)
    if leaves_freely(at.lane):
        return Decision(granted=True, reason="exit_free", trace=trace, subjects=subjects)
    if vehicle is not None:
        of_vehicle, refused = _looked_at(case, _OF_REGISTERED)
        trace = (*trace, *of_vehicle)
        if refused is None:
            return Decision(granted=True, reason="registered", trace=trace, subjects=subjects)
        if refused.check.name in _SUSPICIOUS or request.text not in at.register.visiting_plates:
            return _refusal(refused, trace, subjects)
    return _of_visitor(case, trace)


def leaves_freely(lane: LanePolicy) -> bool:
    """Say whether a lane lets everybody out."""
    return lane.direction == "out" and lane.free_exit


def differences(vehicle: Vehicle | None, request: PlateRead) -> tuple[str, ...]:
    """Return how the plate that was read contradicts the register: `type_differs`, `colour_differs`."""
    if vehicle is None:
        return ()
    found = {
        "type_differs": differs(request.plate_type, vehicle.plate_type),
        "colour_differs": differs(request.colour, vehicle.colour),
    }
    return tuple(name for name, so in found.items() if so)


def usable_pass(at: AtLane, plate: str, now: Moment) -> tuple[VisitorPass | None, str]:
    """Return the pass with which a visitor's plate may pass here now; or None and the best one's problem."""
    passes = [
        at.register.passes[p] for p in at.register.visiting_plates.get(plate, ()) if p in at.register.passes
    ]
    if not passes:
        return None, "not_registered"
    problems = {one.id: _problem_of(at, one, now) for one in passes}
    good = [one for one in passes if problems[one.id] is None]
    if good:
        return min(good, key=lambda one: (one.until_s, one.id)), "visitor"
    worst_last = (
        "passes_used",
        "pass_not_yet",
        "pass_over",
        "pass_elsewhere",
        "pass_cancelled",
        "clock_unset",
    )
    return None, min((p for p in problems.values() if p is not None), key=worst_last.index)


def _problem_of(at: AtLane, one: VisitorPass, now: Moment) -> str | None:
    if one.cancelled:
        return "pass_cancelled"
    # A pass lets in; who came in with its last use must still get out.
    used_up = at.lane.direction == "in" and at.uses.get(one.id, 0) >= one.passes
    problem = pass_problem(one, here=_names(at.lane, one.openings), used_up=used_up, now=now)
    return None if problem is None else _AT_LANES.get(problem, problem)


def _of_visitor(case: _Case, trace: tuple[Check, ...]) -> Decision:
    at = case.at
    one, reason = usable_pass(at, case.request.text, case.now)
    if one is None:
        name = "plate_known" if reason == "not_registered" else "visitor_pass"
        check = Check(name, passed=False, values={"plate": case.request.text})
        return Decision(granted=False, reason=reason, trace=(*trace, check))
    subjects = (one.subject,)
    trace = (*trace, Check("visitor_pass", passed=True, values={"plate": case.request.text}))
    if at.policy.capacity is not None and at.lane.direction == "in":
        values = {"inside": str(at.inside), "capacity": str(at.policy.capacity)}
        room = at.inside < at.policy.capacity
        trace = (*trace, Check("room_left", room, values))
        if not room:
            return Decision(granted=False, reason="full", trace=trace, subjects=subjects)
    return Decision(granted=True, reason="visitor", trace=trace, subjects=subjects)


def _looked_at(
    case: _Case, checks: tuple[Callable[[_Case], _Found], ...]
) -> tuple[tuple[Check, ...], _Found | None]:
    trace = list[Check]()
    for check in checks:
        found = check(case)
        trace.append(found.check)
        if found.reason is not None:
            return tuple(trace), found
    return tuple(trace), None


def _refusal(found: _Found, trace: tuple[Check, ...], subjects: tuple[str, ...]) -> Decision:
    return Decision(
        granted=False,
        reason=found.reason or "",
        trace=trace,
        subjects=subjects,
        await_more=found.await_more,
    )


def _fresh(case: _Case) -> _Found:
    age_s = case.now.mono_s - case.request.mono_s
    fresh = 0 <= age_s <= FRESH_S
    return _Found(Check("read_fresh", fresh, {"age": f"{age_s:.1f}"}), None if fresh else "read_stale")


def _read_often(case: _Case) -> _Found:
    reads = case.request.exact_reads
    enough = reads >= EXACT_READS
    check = Check("exact_reads", enough, {"reads": str(reads), "needed": str(EXACT_READS)})
    return _Found(check, None if enough else "read_once", await_more=not enough)


def _no_lockdown(case: _Case) -> _Found:
    admitted = not case.at.lockdown or (
        case.owner is not None and case.owner.kind in case.at.policy.lockdown_admits
    )
    return _Found(Check("no_lockdown", admitted), None if admitted else "locked_down")


def _not_barred(case: _Case) -> _Found:
    if leaves_freely(case.at.lane):
        # Whom nobody wants inside is let out.
        return _Found(Check("not_barred", passed=True, values={"plate": case.request.text}))
    register = case.at.register
    by_plate = register.bars_plate(case.request.text, case.now)
    by_owner = case.owner is not None and register.bars(case.owner.subject, case.now)
    reason = "plate_barred" if by_plate else "owner_barred" if by_owner else None
    return _Found(Check("not_barred", reason is None, {"plate": case.request.text}), reason)


def _twin_told_apart(case: _Case) -> _Found:
    # A worker only says a plate that was read more often than any other: no twin was read as often.
    twin = registered_twin(case.request.text, case.at.register.vehicles)
    return _Found(Check("twin_told_apart", passed=True, values={"twin": twin or "-"}))


def _not_forbidden(case: _Case) -> _Found:
    # A wall clock that nobody believes ends no prohibition.
    denied = any(not one.allow and _holds(one, case.now) for one in _allowances(case))
    return _Found(Check("no_exception_against", not denied), "forbidden_here" if denied else None)


def _plate_fits(case: _Case) -> _Found:
    found = differences(case.vehicle, case.request)
    values = {"type": case.request.plate_type, "colour": case.request.colour}
    return _Found(Check("plate_fits", not found, values), found[0] if found else None)


def _parking_right(case: _Case) -> _Found:
    parking = "none" if case.vehicle is None else case.vehicle.parking
    admitted = parking in case.at.lane.admits or _excepted(case)
    return _Found(
        Check("parking_right", admitted, {"parking": parking}), None if admitted else "no_parking_here"
    )


def _right_not_over(case: _Case) -> _Found:
    until_s = None if case.vehicle is None else case.vehicle.until_s
    # A wall clock that nobody believes ends no right: else a flat battery locks every resident out.
    over = until_s is not None and case.now.trusted and case.now.wall_s >= until_s and not _excepted(case)
    return _Found(Check("right_not_over", not over), "parking_over" if over else None)


def _in_hours(case: _Case) -> _Found:
    name = case.at.lane.schedule
    at = case.at.policy
    within = name is None or in_hours(at, name, shown_now(at, case.now)) or _excepted(case)
    check = Check("lane_hours", within, {"schedule": name or ALWAYS})
    return _Found(check, None if within else "outside_lane_hours")


def _excepted(case: _Case) -> bool:
    return case.now.trusted and any(one.allow and _holds(one, case.now) for one in _allowances(case))


def _allowances(case: _Case) -> tuple[Allowance, ...]:
    if case.owner is None:
        return ()
    return tuple(one for one in case.owner.allowances if _names(case.at.lane, frozenset({one.opening})))


def _holds(one: Allowance, now: Moment) -> bool:
    return not now.trusted or one.from_s <= now.wall_s < one.until_s


def _names(lane: LanePolicy, openings: frozenset[str]) -> bool:
    return lane.id in openings or not lane.groups.isdisjoint(openings)


# What lanes call a pass's problems, where doors call them otherwise.
_AT_LANES = {
    "pass_other_door": "pass_elsewhere",
    "clock_untrusted": "clock_unset",
    "pass_expired": "pass_over",
    "pass_used_up": "passes_used",
}

_OF_EVERYBODY = (_fresh, _read_often, _no_lockdown, _not_barred)
_OF_REGISTERED = (_twin_told_apart, _plate_fits, _not_forbidden, _parking_right, _right_not_over, _in_hours)
_SUSPICIOUS = frozenset({"plate_fits", "no_exception_against"})
