"""What is asked at a door, and what comes of it."""

from dataclasses import dataclass, field

from edge.access.policy import Factor
from edge.box_events import Check
from edge.orders import What

# Who decided, in the journal's record of an order.
BY = "access"
# What was asked, or read, longer ago is history, not a request.
FRESH_S = 3.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One factor shown at a door: whose it is, as far as it is anybody's.

    `credential` tells which (`card/12`, `pin/4`, `pass/3`, `face`); `problem` is why it is no good,
    None while it is; `live` whether a face was proven live; `at` the reader where it was shown.
    """

    factor: Factor
    subject: str | None
    credential: str
    mono_s: float
    problem: str | None = None
    duress: bool = False
    live: bool = False
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks to pass a door with all that was shown there lately, the newest last."""

    door: str
    shown: tuple[Shown, ...]
    mono_s: float


@dataclass(frozen=True, slots=True)
class Order:
    """What a device is told, good until `expires_mono_s`."""

    id: str
    device: str
    what: What
    expires_mono_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the request is granted, the reason (catalogue `access.reason_REASON`), how it came to that.

    `await_more` means that nothing is wrong but another factor, or another person, is needed.
    """

    granted: bool
    reason: str
    trace: tuple[Check, ...] = ()
    orders: tuple[Order, ...] = ()
    subjects: tuple[str, ...] = ()
    duress: bool = False
    await_more: bool = False
    notices: tuple[str, ...] = field(default_factory=tuple)
