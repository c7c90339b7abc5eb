"""Whether a face is live: its owner turns the head as asked, in an order that nobody knew before.

Pure figures of one track. What it withstands, measured on prints of 23 portraits, tilted by up to 60 degrees
and bent by up to 2 radians before YuNet:

- a flat print: eyes and nose shrink together when it is tilted, so 22 never seem turned by 40 degrees, one
  does to one side only, at 60 degrees of tilt;
- a bent print, of 69: 14 seem turned far enough to one side, none to both, and both are asked for;
- a recording made without knowing the order: it fits one order in six.

What it does not withstand: who reads the order and then plays the one of several recordings that fits it, a
face animated by a computer, a mask. Where that must be feared, let the door ask for a second factor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

Side = Literal["left", "right"]
Verdict = Literal["going", "proven", "ignored", "late", "lost", "jumped", "astray"]

FRONTAL_DEG = 15.0
TURNED_DEG = 40.0
ASTRAY_DEG = 25.0
TURN_WITHIN_S = 6.0
BLIND_S = 0.7
TURNED_READINGS = 2
TURNS = 3

_SIDES: tuple[Side, Side] = ("left", "right")
# A print can be bent so that it seems to turn to one side, hardly to both.
ORDERS: tuple[tuple[Side, ...], ...] = tuple(o for o in product(_SIDES, repeat=TURNS) if len(set(o)) == 2)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The sides, the person's own, to which the head must be turned in turn; asked at monotonic seconds."""

    turns: tuple[Side, ...]
    issued_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a challenge was met.

    `met` turns are done, the next one counts from `since_s`. `at` is before the first frontal view, on the
    way out, or turned; `between` says that angles between the two were seen on this way, `turned` how often
    the head was seen turned. `moved` says that any turn was begun.
    """

    challenge: Challenge
    since_s: float
    met: int = 0
    at: Literal["before", "out", "back"] = "before"
    between: bool = False
    turned: int = 0
    moved: bool = False
    last_s: float | None = None


def drawn(choose: Callable[[int], int]) -> tuple[Side, ...]:
    """Return one of the orders, each to both sides; `choose` returns a secret number below the one given."""
    return ORDERS[choose(len(ORDERS))]


def begin(challenge: Challenge) -> Progress:
    """Return the state in which nothing was met yet."""
    return Progress(challenge, challenge.issued_s)


def step(progress: Progress, yaw_deg: float | None, *, named: bool, at_s: float) -> tuple[Progress, Verdict]:
    """Return the state after one picture of the same track, and what there is to say of the challenge.

    `yaw_deg` is positive when the nose points to the right of the picture, to the person's left; None where
    there are no landmarks: nothing can then be proven. `named` says that this very picture is recognised as
    the person who must prove to be there; asked of frontal views only.
    """
    if at_s - progress.since_s > TURN_WITHIN_S:
        return progress, ended(progress, "late")
    if yaw_deg is None or at_s <= progress.challenge.issued_s:
        return progress, "going"
    blind = progress.last_s is not None and at_s - progress.last_s > BLIND_S
    if blind and progress.at != "before":
        return progress, ended(progress, "lost")
    return _seen(replace(progress, last_s=at_s), yaw_deg, named, at_s)


def _seen(progress: Progress, yaw_deg: float, named: bool, at_s: float) -> tuple[Progress, Verdict]:  # noqa: FBT001
    if progress.at == "before":
        begun = abs(yaw_deg) <= FRONTAL_DEG and named
        return (replace(progress, at="out") if begun else progress), "going"
    angle = yaw_deg if progress.challenge.turns[progress.met] == "left" else -yaw_deg
    if angle <= -ASTRAY_DEG:
        return progress, "astray"
    return _out(progress, angle) if progress.at == "out" else _back(progress, angle, named, at_s)


def ended(progress: Progress, why: Literal["late", "lost"]) -> Verdict:
    """Return what to say of a challenge that time or the end of its track ended."""
    return why if progress.moved else "ignored"


def _out(progress: Progress, angle: float) -> tuple[Progress, Verdict]:
    if angle <= FRONTAL_DEG:
        return replace(progress, between=False, turned=0), "going"
    if angle < TURNED_DEG:
        return replace(progress, between=True), "going"
    if not progress.between:
        return progress, "jumped"
    turned = progress.turned + 1
    if turned < TURNED_READINGS:
        return replace(progress, turned=turned, moved=True), "going"
    return replace(progress, at="back", between=False, turned=turned, moved=True), "going"


def _back(progress: Progress, angle: float, named: bool, at_s: float) -> tuple[Progress, Verdict]:  # noqa: FBT001
    if angle > FRONTAL_DEG:
        return replace(progress, between=angle < TURNED_DEG), "going"
    if not progress.between:
        return progress, "jumped"
    if not named or angle < -FRONTAL_DEG:
        return progress, "going"
    met = progress.met + 1
    after = replace(progress, met=met, at="out", between=False, turned=0, since_s=at_s)
    return after, "proven" if met == len(progress.challenge.turns) else "going"


def text(turns: Sequence[Side]) -> str:
    """Return what a reader without Chinese letters shows: an arrow a turn, as seen from before it."""
    return "TURN YOUR HEAD  " + "  ".join("<-" if side == "left" else "->" for side in turns)
