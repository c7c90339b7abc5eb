"""Who is asked to turn the head before a door, and how often: a pure state machine.

The order is random each time, so a recording fits one order in six. A door lets only so many attempts fail
before it asks nobody for a while: who tries recordings until one fits must wait, and everybody else still has
card and PIN. The luck is passed in; what a challenge came to is told by the camera's worker.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.register import AccessRegister
from edge.access.request import Order
from edge.access.showing import doors_of_face
from edge.box_events import FaceProven, FaceUnproven
from edge.clock import Moment
from edge.events import FaceSeen, Observation
from edge.orders import Show
from edge.vision.messages import Challenge
from models.faces import liveness

ANSWERED_WITHIN_S = liveness.TURNS * liveness.TURN_WITHIN_S + 4.0
ORDER_GOOD_FOR_S = 3.0
SEEN_WITHIN_S = 3.0
# Of whoever stands there, and of one person: who sees an order that does not fit may leave and come back.
MOST_FAILURES, MOST_ASKED = 3, 4
COUNTED_S = 300.0
# Who only walked by is not asked again at once, nor is who was just let in.
REST_S = 20.0
TRY_AGAIN, USE_A_CARD = "LOOK AHEAD AND  TRY AGAIN", "PLEASE USE YOUR CARD"
FAILED_SHOWN_S = 5.0

Face = tuple[str, int]  # a camera and a track
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What challenges go by; `choose` returns a secret number below the one given."""

    policy: AccessPolicy
    register: AccessRegister
    choose: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Pending:
    """A challenge that was not answered yet. Monotonic seconds."""

    face: Face
    subject: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Challenging:
    """Challenges by door, when such failed there lately, and which faces are left alone until when.

    `asked_s` is when somebody was asked at a door since he last was proven live there. `ordered` counts the
    orders given; their ids begin with `prefix`.
    """

    prefix: str = ""
    ordered: int = 0
    pending: Mapping[str, Pending] = field(default_factory=dict)
    failed_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    asked_s: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    resting: Mapping[Face, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Challenged:
    """The next state, what the cameras' workers must watch, and what readers must show."""

    state: Challenging
    challenges: tuple[Challenge, ...] = ()
    orders: tuple[Order, ...] = ()


def observe(state: Challenging, grounds: Grounds, seen: Observation, now: Moment) -> Challenged:
    """Return what an observation comes to."""
    match seen:
        case FaceSeen():
            return _faced(tick(state, now), grounds, seen, now)
        case FaceProven(by="challenge"):
            asked_s = {k: at for k, at in state.asked_s.items() if k != (seen.device, seen.subject)}
            return Challenged(replace(_answered(state, seen, now), asked_s=asked_s))
        case FaceUnproven():
            return _failed(state, grounds, seen, now)
        case _:
            return Challenged(state)


def tick(state: Challenging, now: Moment) -> Challenging:
    """Return the state without what is past its time: nobody answered where a worker died."""
    at_s = now.mono_s
    return replace(
        state,
        pending={door: one for door, one in state.pending.items() if at_s < one.until_s},
        failed_s=_lately(state.failed_s, at_s),
        asked_s=_lately(state.asked_s, at_s),
        resting={face: until_s for face, until_s in state.resting.items() if at_s < until_s},
    )


def _lately(times: Mapping[K, tuple[float, ...]], now_s: float) -> Mapping[K, tuple[float, ...]]:
    kept = {key: tuple(s for s in at if now_s - s < COUNTED_S) for key, at in times.items()}
    return {key: at for key, at in kept.items() if at}


def _faced(state: Challenging, grounds: Grounds, seen: FaceSeen, now: Moment) -> Challenged:
    subject, face = seen.subject, (seen.camera, seen.track)
    fresh = now.mono_s - seen.mono_s <= SEEN_WITHIN_S
    busy = face in state.resting or any(face == one.face for one in state.pending.values())
    if subject is None or subject not in grounds.register.holders or busy or not fresh:
        return Challenged(state)
    for door in _asking(grounds.policy, seen):
        if _may_ask(state, door.id, subject):
            return _ask(state, grounds, door.id, Pending(face, subject, now.mono_s + ANSWERED_WITHIN_S), now)
    return Challenged(state)


def _may_ask(state: Challenging, door: str, subject: str) -> bool:
    asked = len(state.asked_s.get((door, subject), ()))
    return door not in state.pending and not _shut(state, door) and asked < MOST_ASKED


def _ask(state: Challenging, grounds: Grounds, door: str, pending: Pending, now: Moment) -> Challenged:
    turns = liveness.drawn(grounds.choose)
    camera, track = pending.face
    least = grounds.policy.face_similarity
    challenge = Challenge(camera, track, door, pending.subject, turns, least, now.mono_s)
    who = (door, pending.subject)
    state = replace(
        state,
        pending={**state.pending, door: pending},
        asked_s={**state.asked_s, who: (*state.asked_s.get(who, ()), now.mono_s)},
    )
    shows_at = _shows_at(grounds, door)
    state, order = _show(state, shows_at, liveness.text(turns), ANSWERED_WITHIN_S, now)
    return Challenged(state, (challenge,), (order,))


def _asking(policy: AccessPolicy, seen: FaceSeen) -> Iterator[DoorPolicy]:
    """Yield the doors at which this face must be proven live, where somebody can be told how."""
    for door in doors_of_face(policy, seen):
        asks = "challenge" in door.liveness and any("face" in way for way in door.ways)
        if asks and door.shows_at() is not None:
            yield door


def _shut(state: Challenging, door: str) -> bool:
    return len(state.failed_s.get(door, ())) >= MOST_FAILURES


def _answered(state: Challenging, seen: FaceProven | FaceUnproven, now: Moment) -> Challenging:
    """Return the state in which the face that answered is left alone for a while."""
    pending = state.pending.get(seen.device)
    if pending is None or pending.subject != seen.subject:
        return state
    rest = {door: one for door, one in state.pending.items() if door != seen.device}
    resting = {**state.resting, pending.face: now.mono_s + REST_S}
    return replace(state, pending=rest, resting=resting)


def _failed(state: Challenging, grounds: Grounds, seen: FaceUnproven, now: Moment) -> Challenged:
    pending = state.pending.get(seen.device)
    state = _answered(state, seen, now)
    if seen.why == "ignored":
        return Challenged(state)
    failed_s = (*state.failed_s.get(seen.device, ()), now.mono_s)[-MOST_FAILURES:]
    state = replace(state, failed_s={**state.failed_s, seen.device: failed_s})
    shut = _shut(state, seen.device)
    if not shut and pending is not None:
        # Who was too fast or too slow may try again at once.
        resting = {face: s for face, s in state.resting.items() if face != pending.face}
        state = replace(state, resting=resting)
    shows_at = _shows_at(grounds, seen.device)
    state, order = _show(state, shows_at, USE_A_CARD if shut else TRY_AGAIN, FAILED_SHOWN_S, now)
    return Challenged(state, orders=(order,))


def _shows_at(grounds: Grounds, door: str) -> str:
    at = grounds.policy.doors.get(door)
    return (at and at.shows_at()) or door


def _show(
    state: Challenging, device: str, text: str, seconds: float, now: Moment
) -> tuple[Challenging, Order]:
    ordered = state.ordered + 1
    order = Order(f"{state.prefix}c{ordered}", device, Show(text, seconds), now.mono_s + ORDER_GOOD_FOR_S)
    return replace(state, ordered=ordered), order
