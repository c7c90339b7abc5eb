"""PINs: judged fit when they are set, hashed with argon2id, verified without telling how many there are.

The cost is OWASP's second recommendation for argon2id (19 MiB, two passes): about 40 ms on the gate box.
"""

import secrets
from collections.abc import Callable, Sequence
from itertools import pairwise

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from edge.access.register import Pin
from edge.refusal import Refused

SHORTEST, LONGEST = 4, 8
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
_SALT_BYTES, _HASH_BYTES = 16, 32

# The hash of nothing anybody can type, so that nobody's code takes as long as somebody's.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43


def fit(digits: str) -> str:
    """Return a PIN that may be set. Refused: not 4 to 8 digits, all alike, or a run like 1234."""
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise Refused(
            "credentials.pin_form",
            "a PIN has {shortest} to {longest} digits",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    steps = {int(after) - int(before) for before, after in pairwise(digits)}
    if steps in ({0}, {1}, {-1}):
        raise Refused(
            "credentials.pin_weak", "this PIN is guessed first: take one that is no run and no repetition"
        )
    return digits


def hashed(digits: str, entropy: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return argon2id's text for a PIN, with a salt of its own."""
    kdf = Argon2id(
        salt=entropy(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(digits.encode())


def check(pins: Sequence[Pin], digits: str) -> Pin | None:
    """Return the PIN that was typed, None for none of them; all are tried, and one where there is none."""
    fitting = [pin for pin in pins if _is(pin.hash, digits)]
    if not pins:
        _is(_NOBODYS, digits)
    return fitting[0] if fitting else None


def _is(text: str, digits: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(digits.encode(), text)
    except (InvalidKey, ValueError):
        # Also a hash that is damaged: it fits nothing.
        return False
    return True
