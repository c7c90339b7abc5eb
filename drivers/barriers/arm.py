"""When a barrier's arm may move: a pure function of (state, what is below it, order, now).

Rising is always allowed. Falling is allowed only over a lane that the loop and the infrared beam both say is
free; a car that arrives while the arm falls makes it rise again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Below = Literal["free", "car", "unknown"]
Move = Literal["raise", "lower"]
RAISE: Move = "raise"
LOWER: Move = "lower"


@dataclass(frozen=True, slots=True)
class BarrierWiring:
    """One barrier on a relay board, by the names of the board's outputs and contacts.

    `guards` are the contacts that are closed while a car stands below: without one the arm is never lowered.
    `travel_s` is how long the arm takes; so long it is watched while it falls.
    """

    id: str
    raise_output: str
    lower_output: str
    guards: tuple[str, ...] = ()
    pulse_ms: int = 700
    travel_s: float = 6.0


@dataclass(frozen=True, slots=True)
class ArmState:
    """Whether the arm was sent down, and until when it is falling."""

    falling_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The state afterwards, the move to make, or the catalogue key of why there is none."""

    state: ArmState
    move: Move | None = None
    refused: str | None = None


def below_of(contacts: Iterable[tuple[bool | None, bool | None]]) -> Below:
    """Return what is below, of each guard's (believed, last read): a car at the first sign of one."""
    pairs = tuple(contacts)
    if any(believed or read for believed, read in pairs):
        return "car"
    if not pairs or any(believed is None or read is None for believed, read in pairs):
        return "unknown"
    return "free"


def decide(state: ArmState, below: Below, wanted: Move | None, now_s: float, travel_s: float) -> Decision:
    """Return what the arm does now; `wanted` is None when only its surroundings were looked at."""
    falling = state.falling_until_s is not None and now_s < state.falling_until_s
    if wanted == RAISE:
        # The order may get lost: a falling arm is watched on.
        return Decision(state, RAISE)
    if wanted == LOWER:
        if below == "free":
            return Decision(ArmState(now_s + travel_s), LOWER)
        refused = "relay.car_below" if below == "car" else "relay.below_unknown"
        # A refused order leaves the arm as it was, and a falling one is still watched.
        return Decision(state, refused=refused)
    if falling and below != "free":
        # Still watched as falling: until the board has confirmed it, the arm is told to rise again and again.
        return Decision(state, RAISE)
    return Decision(state if falling else ArmState())
