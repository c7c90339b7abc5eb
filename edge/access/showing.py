"""From what a device, a keypad or a camera saw to what was shown at a door, and what is asked with it."""

from collections.abc import Iterator
from dataclasses import replace

from drivers.said import CardPresented
from edge.access.factors import card_problem
from edge.access.passing_state import Passing
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.register import AccessRegister
from edge.access.request import Request, Shown
from edge.box_events import FaceProven, PassScanned, PinTyped
from edge.clock import Moment
from edge.events import FaceSeen, Observation

# A crowd before a camera must not grow without end.
MOST_SHOWN = 16


def shown_in(
    policy: AccessPolicy, register: AccessRegister, seen: Observation, now: Moment
) -> Iterator[tuple[DoorPolicy, Shown]]:
    """Yield each door at which an observation shows something, and what it shows."""
    if isinstance(seen, FaceSeen):
        for door in doors_of_face(policy, seen):
            yield door, Shown("face", seen.subject, "face", seen.mono_s)
        return
    if not isinstance(seen, CardPresented | PinTyped | PassScanned | FaceProven):
        return
    at = policy.door_at(seen.device)
    if at is not None:
        yield at, _at(at, register, seen, now)


def with_shown(passing: Passing, door: DoorPolicy, shown: Shown) -> Passing:
    """Return the state with one more factor shown at a door.

    A card or a code begins anew what somebody else began; a PIN is typed to what was shown before it, and
    faces of whoever stands there are kept.
    """
    kept = [
        one
        for one in passing.attempts.get(door.id, ())
        if shown.mono_s - one.mono_s <= door.within_s and not _gives_way(one, shown)
    ]
    if (
        shown.factor == "face"
        and not shown.live
        and any(_is_live_face_of(one, shown.subject) for one in kept)
    ):
        return passing
    attempts = {**passing.attempts, door.id: (*kept, shown)[-MOST_SHOWN:]}
    return replace(passing, attempts=attempts)


def asked(passing: Passing, door: DoorPolicy, newest: Shown, *, passing_by: bool) -> Request | None:
    """Return what is asked with the newest that was shown.

    None where somebody was only seen `passing_by` and has shown nothing else.
    """
    before = [one for one in passing.attempts.get(door.id, ()) if one != newest]
    theirs = [one for one in before if one.factor != "face" or one.subject == newest.subject]
    if newest.factor == "face":
        theirs = [one for one in theirs if one.subject == newest.subject]
        if passing_by and all(one.factor == "face" for one in theirs):
            return None
    return Request(door.id, (*theirs, newest), newest.mono_s)


def after_answer(passing: Passing, door: DoorPolicy, subjects: tuple[str, ...]) -> Passing:
    """Return the state after an answer that is final: nothing of it counts for another request."""
    left = tuple(
        one
        for one in passing.attempts.get(door.id, ())
        if one.factor == "face" and one.subject not in subjects
    )
    return replace(passing, attempts={**passing.attempts, door.id: left})


def _at(
    door: DoorPolicy,
    register: AccessRegister,
    seen: CardPresented | PinTyped | PassScanned | FaceProven,
    now: Moment,
) -> Shown:
    match seen:
        case CardPresented():
            return _card(register, seen, now)
        case PinTyped(subject=subject, credential=pin, problem=problem, duress=duress, reader=reader):
            credential = "pin" if pin is None else f"pin/{pin}"
            return Shown("pin", subject, credential, seen.mono_s, problem, duress, at=reader)
        case PassScanned(visitor=visitor, problem=problem):
            if visitor is None:
                return Shown("qr", None, "pass", seen.mono_s, problem or "pass_unknown")
            return Shown("qr", f"visitor/{visitor}", f"pass/{visitor}", seen.mono_s, problem)
        case FaceProven(subject=subject, by=by):
            return Shown("face", subject, "face", seen.mono_s, live=by in door.liveness)


def _card(register: AccessRegister, seen: CardPresented, now: Moment) -> Shown:
    card = register.cards.get(code_of(seen))
    if card is None:
        return Shown("card", None, "card", seen.mono_s, "unknown_card", at=seen.device)
    problem = card_problem(card, now)
    return Shown("card", card.subject, f"card/{card.id}", seen.mono_s, problem, card.duress, at=seen.device)


def code_of(seen: CardPresented) -> str:
    """Return what a badge goes by: facility and number where its format is known, else its raw bits."""
    if seen.number is None:
        return f"{seen.bits}/{seen.data.hex()}"
    return f"{seen.facility or 0}:{seen.number}"


def doors_of_face(policy: AccessPolicy, seen: FaceSeen) -> Iterator[DoorPolicy]:
    """Yield the doors before which somebody was seen and named as surely as the site asks."""
    if seen.subject is None or seen.similarity is None:
        return
    if seen.similarity < policy.face_similarity or seen.frames_agreed < policy.face_frames:
        return
    yield from (door for door in policy.doors.values() if seen.camera in door.face_cameras)


def _gives_way(before: Shown, newest: Shown) -> bool:
    if before.factor == newest.factor and (before.subject == newest.subject or newest.factor != "face"):
        return not (before.live and not newest.live)
    return newest.factor in {"card", "qr"} and before.factor != "face" and before.subject != newest.subject


def _is_live_face_of(shown: Shown, subject: str | None) -> bool:
    return shown.factor == "face" and shown.live and shown.subject == subject
