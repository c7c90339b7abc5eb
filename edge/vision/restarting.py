"""How long to wait before a dead vision worker is started again: a pure budget."""

from dataclasses import dataclass, replace

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
STABLE_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Restarts:
    """How a worker's recent lives went. `started_s` is when the present one began."""

    wait_s: float = FIRST_WAIT_S
    started_s: float | None = None


def started(restarts: Restarts, now_s: float) -> Restarts:
    """Note that a worker was started."""
    return replace(restarts, started_s=now_s)


def died(restarts: Restarts, now_s: float) -> tuple[Restarts, float]:
    """Return the budget after a death and the seconds to wait: doubled, anew after a stable minute."""
    stable = restarts.started_s is not None and now_s - restarts.started_s >= STABLE_AFTER_S
    wait = FIRST_WAIT_S if stable else restarts.wait_s
    return Restarts(wait_s=min(wait * 2, LONGEST_WAIT_S)), wait
