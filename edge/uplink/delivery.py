"""Which events to send when: a pure state machine over what waits, what was answered, and time.

Order and window are those of go-back-N: at most `window` events are unanswered; after a connection, a
time-out or a request to resend, everything unanswered is to be sent again, oldest first, and alone until the
server answers, because it may have lost what came before. Alerts go before pictures, and a picture only
after its alert was acknowledged.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from edge.store.outbox import Lane, Waiting

# The longest wait for a server that does not answer; it may ask for a resend before.
CAP_S = 60.0

# How long pictures wait after a connection broke under one.
STRIKE_S = 5.0
LONGEST_STRIKE_S = 600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to send. Pictures are large: few of them at a time."""

    window: int = 16
    pictures: int = 2
    resend_after_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """The flight of one connection; before and after one there is nothing to send on.

    `answering` names the lanes in which the server acknowledged something since the last start from the
    oldest: only there may more than one fly, since a server new to a lane takes what comes first. `due_s` is
    when the oldest in flight counts as lost, None while nothing flies; `lost_rounds` counts time-outs in a
    row. `strikes` counts connections in a row that broke while a picture flew: pictures then wait until
    `pictures_from_s`, so that one which the broker will not carry never holds up alerts.
    """

    connected: bool = False
    flying: tuple[Waiting, ...] = ()
    answering: frozenset[Lane] = frozenset()
    due_s: float | None = None
    lost_rounds: int = 0
    strikes: int = 0
    pictures_from_s: float = 0.0


def connected(state: Delivery) -> Delivery:
    """Begin a connection: nothing sent on an earlier one counts."""
    return Delivery(connected=True, strikes=state.strikes, pictures_from_s=state.pictures_from_s)


def disconnected(state: Delivery, now_s: float) -> tuple[Delivery, tuple[Waiting, ...]]:
    """End a connection; return the rows that went unanswered."""
    if not any(row.lane == "pictures" for row in state.flying):
        return Delivery(strikes=state.strikes, pictures_from_s=state.pictures_from_s), state.flying
    wait = min(STRIKE_S * 2.0 ** min(state.strikes, 16), LONGEST_STRIKE_S)
    return Delivery(strikes=state.strikes + 1, pictures_from_s=now_s + wait), state.flying


def acknowledged(state: Delivery, ids: Collection[str], now_s: float, pace: Pace) -> Delivery:
    """Take the server's answer; ids that are not in flight change nothing here."""
    flying = tuple(row for row in state.flying if row.id not in ids)
    lanes = {row.lane for row in state.flying if row.id in ids}
    if not lanes:
        return state
    return replace(
        state,
        flying=flying,
        answering=state.answering | lanes,
        due_s=now_s + pace.resend_after_s if flying else None,
        lost_rounds=0,
        strikes=0 if "pictures" in lanes else state.strikes,
    )


def resend_asked(state: Delivery) -> Delivery:
    """Begin again from the oldest: the server says that it misses something or is back."""
    return replace(state, flying=(), answering=frozenset(), due_s=None)


def expired(state: Delivery, now_s: float) -> tuple[Delivery, tuple[Waiting, ...]]:
    """Give up what was not answered in time; return the rows that went unanswered."""
    if state.due_s is None or now_s < state.due_s:
        return state, ()
    lost = replace(
        state, flying=(), answering=frozenset(), due_s=None, lost_rounds=min(state.lost_rounds + 1, 30)
    )
    return lost, state.flying


def choose(
    state: Delivery, alerts: Sequence[Waiting], pictures: Sequence[Waiting], now_s: float, pace: Pace
) -> tuple[Delivery, tuple[Waiting, ...]]:
    """Return what to send now, in order.

    `alerts` and `pictures` are the first rows of each lane that wait, in order, at least as many as the
    window holds.
    """
    if not state.connected:
        return state, ()
    flying = {row.id for row in state.flying}
    first = alerts[: pace.window if "alerts" in state.answering else 1]
    then = pictures[: pace.pictures if "pictures" in state.answering else 1]
    # While the server has not answered, a picture may ask for its answer only where no alert does.
    if now_s < state.pictures_from_s or (alerts and not state.answering):
        then = ()
    then = tuple(row for row in then if not alerts or row.after < alerts[0].sequence)
    sent = tuple(row for row in (*first, *then) if row.id not in flying)
    if not sent:
        return state, ()
    due = state.due_s if state.due_s is not None else now_s + _patience(state, pace)
    return replace(state, flying=(*state.flying, *sent), due_s=due), sent


def _patience(state: Delivery, pace: Pace) -> float:
    return min(pace.resend_after_s * 2.0**state.lost_rounds, max(CAP_S, pace.resend_after_s))
