"""When to connect to the broker: a named state machine with capped backoff, of its own.

A refused credential is not a network failure: it waits long, since only a human can mend it.
"""

from dataclasses import dataclass
from enum import StrEnum

from drivers.base import Denied, DeviceError, Misconfigured

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 30.0
DENIED_WAIT_S = 300.0
OPEN_WITHIN_S = 10.0


class Phase(StrEnum):
    """Where the connection stands."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    UP = "up"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection and its next deadline: to try (waiting, denied) or to give up trying (connecting)."""

    phase: Phase = Phase.WAITING
    deadline_s: float = 0.0
    failures: int = 0
    error: DeviceError | None = None


def may_connect(state: Connection, now_s: float) -> bool:
    """Say whether it is time to try."""
    return state.phase in {Phase.WAITING, Phase.DENIED} and now_s >= state.deadline_s


def overdue(state: Connection, now_s: float) -> bool:
    """Say whether the broker had its time to answer."""
    return state.phase is Phase.CONNECTING and now_s >= state.deadline_s


def connecting(state: Connection, now_s: float) -> Connection:
    """Try now."""
    return Connection(Phase.CONNECTING, now_s + OPEN_WITHIN_S, state.failures, state.error)


def opened() -> Connection:
    """Be connected, with nothing held against the broker."""
    return Connection(Phase.UP)


def failed(state: Connection, error: DeviceError, now_s: float, luck: float) -> Connection:
    """Wait before the next try; `luck` (0.0 to 1.0) keeps many boxes from trying at the same moment."""
    failures = state.failures + 1
    if isinstance(error, Denied | Misconfigured):
        return Connection(Phase.DENIED, now_s + DENIED_WAIT_S, failures, error)
    wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 16)) * (0.5 + luck / 2)
    return Connection(Phase.WAITING, now_s + wait, failures, error)
