"""What the state of a door is: a pure state machine of (state, event, now)."""

from dataclasses import dataclass, replace
from typing import Literal

from drivers.said import DoorPosition, LockState

Condition = Literal["closed", "open", "forced", "held", "locked", "unlocked", "tampered", "unknown"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a door may stand open, and how long after a release it may still be opened, in seconds."""

    held_after_s: float = 30.0
    grace_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Contact:
    """The door contact. `first` marks a state that was read, not a change that was seen."""

    position: DoorPosition
    first: bool = False


@dataclass(frozen=True, slots=True)
class LockSaid:
    """The lock, where the wire tells."""

    lock: LockState


@dataclass(frozen=True, slots=True)
class Granted:
    """Somebody may pass: the lock is released for `pulse_s`."""

    pulse_s: float


@dataclass(frozen=True, slots=True)
class ExitPressed:
    """Somebody inside pressed the exit button, which releases the lock for `pulse_s`."""

    pulse_s: float


@dataclass(frozen=True, slots=True)
class Tampered:
    """The housing of the reader or controller was opened or closed."""

    tampered: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The device does not answer: nothing is known of the door any more."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on."""


Event = Contact | LockSaid | Granted | ExitPressed | Tampered | Lost | Tick


@dataclass(frozen=True, slots=True)
class DoorState:
    """What is known of a door. `alarm` lasts until the door is seen closed; times in monotonic seconds."""

    position: DoorPosition = "unknown"
    lock: LockState = "unknown"
    tampered: bool = False
    alarm: Literal["forced", "held"] | None = None
    open_since_s: float | None = None
    may_open_until_s: float | None = None

    @property
    def condition(self) -> Condition:
        """The state in one word, the gravest first."""
        if self.tampered:
            return "tampered"
        if self.alarm is not None:
            return self.alarm
        if self.position == "open":
            return "open"
        if self.lock == "unlocked":
            return "unlocked"
        if self.lock == "locked":
            return "locked"
        return self.position


def step(state: DoorState, event: Event, now_s: float, limits: Limits) -> DoorState:
    """Return the state after an event.

    A door that opens while nobody was let through and nobody pressed the exit button is forced; one that
    was already open when its state was first read is not, since nobody saw it open. A door that was held
    open stays so until it closes. A lost device leaves nothing known but its alarm.
    """
    due = _with_time(state, now_s, limits)
    return _with_time(_after(due, event, now_s, limits), now_s, limits)


def next_tick_s(state: DoorState, limits: Limits) -> float | None:
    """Return when the door would count as held open, None while it cannot."""
    if state.open_since_s is None or state.alarm is not None:
        return None
    return state.open_since_s + limits.held_after_s


def _after(state: DoorState, event: Event, now_s: float, limits: Limits) -> DoorState:
    match event:
        case Contact():
            return _moved(state, event, now_s)
        case LockSaid():
            return replace(state, lock=event.lock)
        case Granted() | ExitPressed():
            until_s = max(state.may_open_until_s or now_s, now_s + event.pulse_s + limits.grace_s)
            return replace(state, may_open_until_s=until_s)
        case Tampered():
            return replace(state, tampered=event.tampered)
        case Lost():
            return replace(state, position="unknown", lock="unknown", open_since_s=None)
        case Tick():
            return state


def _moved(state: DoorState, event: Contact, now_s: float) -> DoorState:
    if event.position == "closed":
        return replace(state, position="closed", alarm=None, open_since_s=None)
    if event.position == "unknown":
        return replace(state, position="unknown", open_since_s=None)
    if state.position == "open":
        return state
    allowed = state.may_open_until_s is not None and now_s <= state.may_open_until_s
    seen_to_open = state.position == "closed" and not event.first
    alarm = "forced" if seen_to_open and not allowed else state.alarm
    return replace(state, position="open", open_since_s=now_s, alarm=alarm)


def _with_time(state: DoorState, now_s: float, limits: Limits) -> DoorState:
    due_s = next_tick_s(state, limits)
    if due_s is not None and now_s >= due_s:
        return replace(state, alarm="held")
    return state
