"""What can happen to messages on their way, as switches: stalled, noisy, duplicated, reordered."""

import random
from collections.abc import Sequence


class FaultyLine:
    """Passes messages on, or what is left of them; `luck` decides where noise falls."""

    def __init__(self, luck: random.Random) -> None:
        self._luck = luck
        self.stalled = False
        self.noise = 0.0
        self.duplicated = False
        self.reordered = False

    def pass_on(self, messages: Sequence[bytes]) -> list[bytes]:
        """Return what arrives of `messages`, in the order of arrival."""
        if self.stalled:
            return []
        arriving = [m for m in messages for _ in range(2 if self.duplicated else 1)]
        if self.reordered:
            self._luck.shuffle(arriving)
        return [self._noisy(m) for m in arriving]

    def _noisy(self, message: bytes) -> bytes:
        if not self.noise:
            return message
        return bytes(
            self._luck.randrange(256) if self._luck.random() < self.noise else byte for byte in message
        )
