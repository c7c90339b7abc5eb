"""Addresses become keyed hashes, and the key dies every midnight.

The key lies in memory only. With it go all hashes of its day: the same phone is another one tomorrow, for
us too.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from drivers.probes.heard import Heard

KEY_BYTES = 32
_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class DailyKey:
    """The key of one local day; it refuses to be written anywhere."""

    day: date
    secret: bytes = field(repr=False)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("the key of the day stays in memory")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that was heard, under the name that it has today."""

    pseudonym: bytes = field(repr=False)
    rssi_dbm: int | None
    randomised: bool


def key_of(key: DailyKey | None, today: date, randomness: Callable[[int], bytes]) -> DailyKey:
    """Return the key for `today`: the one at hand, or a new one where its day is another.

    A clock that steps back over midnight does not bring a key back: what is gone is gone.
    """
    if key is not None and key.day == today:
        return key
    secret = randomness(KEY_BYTES)
    if len(secret) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return DailyKey(today, secret)


def pseudonymous(heard: Iterable[Heard], key: DailyKey) -> tuple[Sighting, ...]:
    """Return what was heard with each address replaced by its keyed hash (BLAKE2b, RFC 7693)."""
    secret = key.secret
    return tuple(
        Sighting(
            hashlib.blake2b(one.address, key=secret, digest_size=_HASH_BYTES).digest(),
            one.rssi_dbm,
            one.randomised,
        )
        for one in heard
    )
