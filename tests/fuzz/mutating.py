"""What every fuzz test does: seeds from a corpus, mutated by chance, fed to a decoder that is timed.

MENWEI_FUZZ_FRAMES says how many mutated inputs each decoder gets; a soak gives a million.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass

from drivers.base import Malformed

FRAMES = int(os.environ.get("MENWEI_FUZZ_FRAMES", "20000"))
LONGEST_S = 2.0


def seeds(corpus, kind, ending="bin"):
    """Return what a corpus (a folder) holds of one kind."""
    found = [file.read_bytes() for file in sorted(corpus.glob(f"{kind}_*.{ending}"))]
    assert found, kind
    return found


def mutated(luck, seed, others):
    """Return the seed with bytes changed, cut, doubled, or joined with another one; sometimes pure noise."""
    data = bytearray(seed)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(data) + 1)
        match luck.randrange(6):
            case 0 if data:
                data[at % len(data)] = luck.randrange(256)
            case 1 if data:
                data[at % len(data)] ^= 1 << luck.randrange(8)
            case 2:
                del data[at : at + luck.randint(1, 8)]
            case 3:
                data[at:at] = luck.randbytes(luck.randint(1, 8))
            case 4:
                data += luck.choice(others)[: luck.randrange(64)]
            case _:
                data = bytearray(luck.randbytes(luck.randrange(64))) if luck.random() < 0.1 else data[:at]
    return bytes(data)


@dataclass(frozen=True)
class Fed:
    """How inputs fared: how many were understood, how often each key refused one, the slowest in seconds."""

    understood: int
    refused: Counter[str]
    slowest_s: float


def fed(decode, inputs):
    """Feed inputs to a decoder, which may raise nothing but Malformed."""
    understood, refused, slowest_s = 0, Counter(), 0.0
    for data in inputs:
        began = time.monotonic()
        try:
            decode(data)
            understood += 1
        except Malformed as error:
            refused[error.key] += 1
        slowest_s = max(slowest_s, time.monotonic() - began)
    return Fed(understood, refused, slowest_s)
