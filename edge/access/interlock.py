"""Interlock: of two doors only one is open at a time."""

from edge.access.case import Case, Finding


def others_closed(case: Case) -> Finding:
    """Refuse while a door that is interlocked with this one is open, let go, or not known to be closed.

    It does not matter which of the two doors names the other.
    """
    passing, own = case.at.passing, case.door
    for other in case.at.policy.doors.values():
        if other.id not in own.interlocked and own.id not in other.interlocked:
            continue
        position = passing.positions.get(other.id, "unknown")
        let_go = passing.released.get(other.id, 0.0) > case.now.mono_s or other.id in passing.freed
        if position == "open" or let_go:
            return Finding("interlock", "interlock_open", {"door": other.name})
        if position != "closed":
            return Finding("interlock", "interlock_unknown", {"door": other.name})
    return Finding("interlock")
