"""When a reader counts as lost or found and when its link is begun anew: a pure state machine.

libosdp gives a reader up for 300 s after one refusal or a row of silences, so it is never left to itself.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Act(StrEnum):
    """What to do now, in the order given."""

    DISABLE = "disable"
    ENABLE = "enable"
    READ = "read"
    FOUND = "found"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    A link that broke is begun anew after `first_s`, then every `again_s`; after `tries` in a row only every
    `rare_s`, because each attempt costs the other readers of the bus time. Between switching a reader off
    and on again `rest_s` pass, and as long as the library takes to let go of it. A reader that was not heard
    for `quiet_s` is taken for gone, whatever the library says; it asks again after one second and after two.
    """

    first_s: float = 0.5
    again_s: float = 3.0
    rare_s: float = 15.0
    tries: int = 20
    rest_s: float = 0.05
    quiet_s: float = 2.5


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a reader at one moment: the library's word, and when it was last heard."""

    secure: bool
    released: bool
    word_s: float | None


@dataclass(frozen=True, slots=True)
class Watch:
    """The state of one reader's supervision; times in monotonic seconds."""

    since_s: float
    attempt_s: float
    tries: int = 0
    resting_s: float | None = None
    secure: bool = False
    alive_s: float | None = None
    lost_s: float | None = None
    found: bool = False
    reconnects: int = 0


def begin(now_s: float) -> Watch:
    """Return the state of a reader that was never heard."""
    return Watch(since_s=now_s, attempt_s=now_s)


def step(
    watch: Watch, seen: Seen, now_s: float, lost_after_s: float, patience: Patience
) -> tuple[Watch, tuple[Act, ...]]:
    """Return the state after what was seen, and what to do."""
    heard = seen.word_s is not None and now_s - seen.word_s < patience.quiet_s
    if heard and seen.secure and watch.resting_s is None:
        return _alive(watch, seen, now_s)
    watch, told = _missing(watch, now_s, lost_after_s)
    watch, acts = _begun_anew(watch, seen, now_s, patience)
    return watch, told + acts


def _alive(watch: Watch, seen: Seen, now_s: float) -> tuple[Watch, tuple[Act, ...]]:
    acts: tuple[Act, ...] = ()
    if not watch.found:
        acts += (Act.FOUND,)
    if not watch.secure:
        acts += (Act.READ,)
    again = not watch.secure and watch.alive_s is not None
    after = replace(
        watch,
        attempt_s=now_s,
        tries=0,
        resting_s=None,
        secure=True,
        alive_s=seen.word_s,
        found=True,
        lost_s=None,
        reconnects=watch.reconnects + again,
    )
    return after, acts


def _missing(watch: Watch, now_s: float, lost_after_s: float) -> tuple[Watch, tuple[Act, ...]]:
    watch = replace(watch, secure=False)
    last_s = watch.since_s if watch.alive_s is None else watch.alive_s
    if watch.lost_s is None and now_s - last_s >= lost_after_s:
        return replace(watch, lost_s=now_s, found=False), (Act.LOST,)
    return watch, ()


def _begun_anew(watch: Watch, seen: Seen, now_s: float, patience: Patience) -> tuple[Watch, tuple[Act, ...]]:
    if watch.resting_s is not None:
        if seen.released and now_s - watch.resting_s >= patience.rest_s:
            return replace(watch, resting_s=None, attempt_s=now_s), (Act.ENABLE,)
        return watch, ()
    if now_s - watch.attempt_s >= _wait_s(watch, patience):
        return replace(watch, resting_s=now_s, tries=watch.tries + 1), (Act.DISABLE,)
    return watch, ()


def _wait_s(watch: Watch, patience: Patience) -> float:
    if watch.tries == 0 and watch.alive_s is not None:
        return patience.first_s
    return patience.again_s if watch.tries < patience.tries else patience.rare_s
