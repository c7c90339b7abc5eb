"""What is typed at a reader's keypad: digits gathered until the hash key, never longer kept than needed.

`PIN #` after a card, or `NUMBER * PIN #`; `*` before any digit is nothing. Pure functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from edge.access.register import AccessRegister, Pin

TYPED_WITHIN_S = 10.0
LONGEST = 16


@dataclass(frozen=True, slots=True)
class Typing:
    """Digits at one keypad, and when the last one was pressed (monotonic seconds)."""

    digits: str = field(default="", repr=False)
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Keypads:
    """Every keypad by its reader, and whose card was held before it last."""

    typing: Mapping[str, Typing] = field(default_factory=dict)
    cards: Mapping[str, tuple[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typed:
    """A whole code: the person it is for, None where nobody is named, and the PIN's digits."""

    reader: str
    subject: str | None
    pin: str = field(repr=False)
    at_s: float = 0.0


def card_shown(keypads: Keypads, reader: str, subject: str | None, now_s: float) -> Keypads:
    """Return the keypads after a card of `subject` was shown: the PIN that follows is that person's."""
    cards = {at: held for at, held in keypads.cards.items() if at != reader}
    if subject is not None:
        cards[reader] = (subject, now_s)
    return replace(keypads, cards=cards)


def pressed(
    keypads: Keypads, register: AccessRegister, reader: str, keys: str, now_s: float
) -> tuple[Keypads, tuple[Typed, ...]]:
    """Return the keypads after `keys` were pressed, and the codes that they ended."""
    typing = keypads.typing.get(reader, Typing())
    digits = typing.digits if now_s - typing.at_s <= TYPED_WITHIN_S else ""
    ended: list[Typed] = []
    for key in keys:
        if key == "#":
            if digits:
                ended.append(_typed(keypads, register, reader, digits, now_s))
            digits = ""
        elif key == "*" and not digits:
            continue
        else:
            digits = (digits + key)[: LONGEST + 1]
    left = {at: one for at, one in keypads.typing.items() if at != reader}
    if digits:
        left[reader] = Typing(digits, now_s)
    return replace(keypads, typing=left), tuple(ended)


def pins_of(register: AccessRegister, typed: Typed) -> tuple[Pin, ...]:
    """Return the PINs that a code may be."""
    return register.pins.get(typed.subject, ()) if typed.subject is not None else ()


def _typed(keypads: Keypads, register: AccessRegister, reader: str, digits: str, now_s: float) -> Typed:
    number, star, pin = digits.rpartition("*")
    if len(digits) > LONGEST:
        return Typed(reader, None, "", now_s)
    if star:
        return Typed(reader, register.keypad_numbers.get(number), pin, now_s)
    subject, shown_s = keypads.cards.get(reader, (None, 0.0))
    fresh = subject is not None and now_s - shown_s <= TYPED_WITHIN_S
    return Typed(reader, subject if fresh else None, digits, now_s)
