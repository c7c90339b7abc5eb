"""How long a siren or a strobe may sound: a pure function of (state, order, now).

The board ends every pulse by itself, and nothing is sounded for longer than `longest_s` at a stretch,
however often it is ordered.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SounderWiring:
    """One siren with its strobe, by its board's output names. `rest_s` is the pause after a stretch."""

    id: str
    outputs: tuple[str, ...]
    longest_s: float = 180.0
    rest_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """When an output began to sound, and when its board ends it."""

    began_s: float
    ends_s: float


def sound(
    before: Stretch | None, wanted_s: float, now_s: float, longest_s: float, rest_s: float
) -> tuple[Stretch, float] | None:
    """Return the stretch and for how many seconds to pulse from now on; None while it has to rest.

    A shorter order never cuts a stretch that sounds already.
    """
    if before is None or now_s >= before.ends_s + rest_s:
        pulse_s = min(wanted_s, longest_s)
        return Stretch(now_s, now_s + pulse_s), pulse_s
    end_s = min(before.began_s + longest_s, max(before.ends_s, now_s + wanted_s))
    # The boards count in tenths of a second.
    if end_s - now_s < 0.1:
        return None
    # A difference of two sums may exceed the limit by a rounding.
    return Stretch(before.began_s, end_s), min(end_s - now_s, longest_s)
