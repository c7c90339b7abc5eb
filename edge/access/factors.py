"""Checks of what was shown at a door: good, of one person, enough of it, no face that may be a picture."""

from edge.access.case import Case, Finding
from edge.access.policy import Factor, Way
from edge.access.register import Card, Pin, VisitorPass
from edge.access.request import Shown
from edge.clock import Moment

FACE_ALONE: Way = frozenset({"face"})


def keypad_open(case: Case) -> Finding:
    """Refuse codes at a door where too many wrong ones were typed; a card alone still passes."""
    until_s = case.at.passing.codes_refused_until.get(case.door.id, 0.0)
    if until_s <= case.now.mono_s or all(shown.factor != "pin" for shown in case.shown):
        return Finding("keypad")
    return Finding("keypad", "locked_out", {"seconds": f"{until_s - case.now.mono_s:.0f}"})


def factors_good(case: Case) -> Finding:
    """Refuse what is nobody's, lost, blocked, expired or not yet good."""
    for shown in case.shown:
        reason = shown.problem or _out_of_order(case, shown)
        if reason is not None:
            return Finding("factors", reason, {"credential": shown.credential})
    return Finding("factors", values={"credential": "、".join(shown.credential for shown in case.shown)})


def one_person(case: Case) -> Finding:
    """Refuse factors of different people, and those of a person that the registers do not know."""
    if any(shown.subject != case.subject for shown in case.shown):
        return Finding("one_person", "different_persons")
    if case.who is None:
        return Finding("one_person", "unknown_person", {"subject": case.subject or ""})
    return Finding("one_person", values={"subject": case.subject or ""})


def not_barred(case: Case) -> Finding:
    """Refuse whom the watch-list bars."""
    if case.at.register.bars(case.subject or "", case.now):
        return Finding("watchlist", "barred", {"subject": case.subject or ""})
    return Finding("watchlist")


def way_complete(case: Case) -> Finding:
    """Ask for another factor until one of the door's ways is complete; a face alone is one while live."""
    shown = frozenset[Factor](one.factor for one in case.shown)
    values = {"shown": "+".join(sorted(shown))}
    live = _face_is_live(case)
    ways = [way for way in case.door.ways if way and (live or way != FACE_ALONE)]
    if any(way <= shown for way in ways):
        return Finding("way", values=values)
    if shown == FACE_ALONE and FACE_ALONE in case.door.ways:
        return Finding("way", "face_alone", values)
    if not any(way & shown for way in ways):
        return Finding("way", "not_this_way", values)
    return Finding("way", "another_factor", values, await_more=True)


def face_live(case: Case) -> Finding:
    """Ask for proof that a face is live as the door demands it, where the face is needed to pass.

    Only what was shown besides the face counts as a second factor.
    """
    shown = frozenset[Factor](one.factor for one in case.shown)
    if "face" not in shown or any(way and way <= shown - FACE_ALONE for way in case.door.ways):
        return Finding("liveness")
    if _face_is_live(case):
        return Finding("liveness", values={"by": "proof"})
    if "second_factor" in case.door.liveness and shown - FACE_ALONE:
        return Finding("liveness", values={"by": "second_factor"})
    return Finding("liveness", "face_not_live", await_more=True)


def _face_is_live(case: Case) -> bool:
    return any(one.factor == "face" and one.live for one in case.shown)


def _out_of_order(case: Case, shown: Shown) -> str | None:
    kind, _, number = shown.credential.partition("/")
    register = case.at.register
    if kind == "pin" and shown.subject is not None:
        pin = next((p for p in register.pins.get(shown.subject, ()) if f"{p.id}" == number), None)
        return "wrong_pin" if pin is None else _credential("pin", pin, case.now)
    if kind == "pass":
        found = register.passes.get(int(number)) if number.isdecimal() else None
        return _pass(found)
    return None


def card_problem(card: Card, now: Moment) -> str | None:
    """Return why a card is no good now, None where it is."""
    return _credential("card", card, now)


def _pass(found: VisitorPass | None) -> str | None:
    if found is None:
        return "pass_unknown"
    return "pass_cancelled" if found.cancelled else None


def _credential(kind: str, credential: Card | Pin, now: Moment) -> str | None:
    if credential.status != "active":
        return f"{kind}_{credential.status}"
    if credential.from_s is None and credential.until_s is None:
        return None
    if not now.trusted:
        return "clock_untrusted"
    if credential.from_s is not None and now.wall_s < credential.from_s:
        return f"{kind}_not_yet"
    if credential.until_s is not None and now.wall_s >= credential.until_s:
        return f"{kind}_expired"
    return None
