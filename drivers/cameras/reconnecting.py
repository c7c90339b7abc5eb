"""When a stream is tried again: a pure state machine of (state, event, now)."""

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.base import Denied, DeviceError, Misconfigured


class Phase(StrEnum):
    """Where the connection stands."""

    CONNECTING = "connecting"
    STREAMING = "streaming"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before trying again, in seconds.

    Failures double the wait from `first_s` up to `cap_s`. Denied waits `denied_s`, since cameras lock
    out whoever keeps guessing; Misconfigured waits `misconfigured_s`. A stream that held for
    `settled_s` has made up for earlier failures.
    """

    first_s: float = 1.0
    cap_s: float = 30.0
    denied_s: float = 900.0
    misconfigured_s: float = 60.0
    settled_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Link:
    """State of one connection. `retry_at_s` is set while waiting; `failures` counts those in a row."""

    phase: Phase
    since_s: float
    failures: int = 0
    reconnects: int = 0
    retry_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The stream is open."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Opening failed, or the open stream broke. `jitter` is a random number from 0 to 1."""

    family: type[DeviceError]
    jitter: float


@dataclass(frozen=True, slots=True)
class Finished:
    """A file that is not looped came to its end."""


@dataclass(frozen=True, slots=True)
class Due:
    """Asks whether the wait is over."""


Event = Opened | Failed | Finished | Due


class Order(StrEnum):
    """What to do now."""

    OPEN = "open"
    READ = "read"
    WAIT = "wait"
    LEAVE = "leave"


_ORDERS = {
    Phase.CONNECTING: Order.OPEN,
    Phase.STREAMING: Order.READ,
    Phase.WAITING: Order.WAIT,
    Phase.ENDED: Order.LEAVE,
}


def begin(now_s: float) -> Link:
    """Return the state of a connection that was never tried."""
    return Link(Phase.CONNECTING, now_s)


def step(link: Link, event: Event, now_s: float, patience: Patience) -> tuple[Link, Order]:
    """Return the state after `event` and what to do; WAIT means until `retry_at_s`."""
    after = _after(link, event, now_s, patience)
    return after, _ORDERS[after.phase]


def _after(link: Link, event: Event, now_s: float, patience: Patience) -> Link:
    if link.phase is Phase.ENDED:
        return link
    match event:
        case Opened():
            return replace(link, phase=Phase.STREAMING, since_s=now_s, retry_at_s=None)
        case Failed():
            return _waiting(link, event, now_s, patience)
        case Finished():
            return replace(link, phase=Phase.ENDED, since_s=now_s, retry_at_s=None)
        case Due():
            return _due(link, now_s)


def _waiting(link: Link, event: Failed, now_s: float, patience: Patience) -> Link:
    settled = link.phase is Phase.STREAMING and now_s - link.since_s >= patience.settled_s
    failures = 1 if settled else link.failures + 1
    return replace(
        link,
        phase=Phase.WAITING,
        since_s=now_s,
        failures=failures,
        retry_at_s=now_s + _wait_s(event, failures, patience),
    )


def _wait_s(event: Failed, failures: int, patience: Patience) -> float:
    if issubclass(event.family, Denied):
        return patience.denied_s
    if issubclass(event.family, Misconfigured):
        return patience.misconfigured_s
    doubled = min(patience.cap_s, patience.first_s * 2.0 ** min(failures - 1, 30))
    # Half fixed, half random: cameras behind one switch do not come back in step.
    return doubled * (0.5 + 0.5 * event.jitter)


def _due(link: Link, now_s: float) -> Link:
    if link.phase is Phase.WAITING and link.retry_at_s is not None and now_s >= link.retry_at_s:
        return replace(
            link, phase=Phase.CONNECTING, since_s=now_s, retry_at_s=None, reconnects=link.reconnects + 1
        )
    return link
