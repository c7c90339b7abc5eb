"""Checks of who may pass a door now: by the site's rights, personal exceptions, visitors' passes."""

from edge.access.case import Case, Finding
from edge.access.policy import Right
from edge.access.register import Allowance, Holder, VisitorPass
from edge.access.visiting import pass_problem


def may_pass(case: Case) -> Finding:
    """Refuse who has no right to pass this door now."""
    who = case.who
    if isinstance(who, VisitorPass):
        return _pass_good(case, who)
    if who is None:
        return Finding("right", "no_right")
    exceptions = [one for one in who.allowances if case.opens(one.opening)]
    if any(not one.allow and _in_force(case, one) is not False for one in exceptions):
        return Finding("right", "denied" if case.now.trusted else "clock_untrusted", {"by": "exception"})
    if any(one.allow and _in_force(case, one) for one in exceptions):
        return Finding("right", values={"by": "exception"})
    return _by_rights(case, who, unsure=any(one.allow for one in exceptions))


def _by_rights(case: Case, who: Holder, *, unsure: bool) -> Finding:
    unsure = unsure and not case.now.trusted
    closed: str | None = None
    for right in case.at.policy.rights:
        if not _concerns(case, right, who):
            continue
        if right.schedule is None or case.within(right.schedule):
            return Finding("right", values={"schedule": right.schedule or "always"})
        closed = right.schedule
    if closed is None and not unsure:
        return Finding("right", "no_right", {"kind": who.kind})
    if not case.now.trusted:
        return Finding("right", "clock_untrusted")
    return Finding("right", "outside_hours", {"schedule": _schedule_name(case, closed or "")})


def _concerns(case: Case, right: Right, who: Holder) -> bool:
    # An empty set asks nothing.
    door = case.door
    if right.openings and door.id not in right.openings and right.openings.isdisjoint(door.groups):
        return False
    if right.kinds and who.kind not in right.kinds:
        return False
    if right.buildings and right.buildings.isdisjoint(who.buildings):
        return False
    return not right.organisations or not right.organisations.isdisjoint(who.organisations)


def _in_force(case: Case, exception: Allowance) -> bool | None:
    """Whether an exception holds now, None while nobody believes the wall clock."""
    if not case.now.trusted:
        return None
    return exception.from_s <= case.now.wall_s < exception.until_s


def _pass_good(case: Case, visitor: VisitorPass) -> Finding:
    used = case.at.passing.uses.get(visitor.id, 0)
    values = {"pass": str(visitor.id), "used": str(used), "passes": str(visitor.passes)}
    here = any(case.opens(opening) for opening in visitor.openings)
    problem = pass_problem(visitor, here=here, used_up=used >= visitor.passes, now=case.now)
    return Finding("right", problem, values)


def _schedule_name(case: Case, schedule: str) -> str:
    known = case.at.policy.schedules.get(schedule)
    return known.name if known is not None else schedule
