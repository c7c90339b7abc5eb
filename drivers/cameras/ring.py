"""A bounded ring of packets that always starts at a key frame, so that all it holds can be decoded."""

from collections import deque
from dataclasses import dataclass, field

from drivers.cameras.packets import Packet


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a ring holds: seconds by arrival, and bytes."""

    seconds: float = 20.0
    size: int = 64 * 1024 * 1024


@dataclass(slots=True)
class _Group:
    """A key frame and what follows it until the next."""

    first: int
    packets: list[Packet] = field(default_factory=list)
    size: int = 0


class PacketRing:
    """Holds the newest groups of pictures. Used by one thread at a time.

    Whole groups leave at the old end. A group that alone is over the bounds is given up, and the ring
    stays empty until the next key frame.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._groups: deque[_Group] = deque()
        self._count = 0
        self.size = 0

    def append(self, packet: Packet) -> None:
        """Take in the newest packet; what comes before the first key frame is passed over."""
        number = self._count
        self._count += 1
        if packet.is_key:
            self._groups.append(_Group(number))
        elif not self._groups:
            return
        group = self._groups[-1]
        group.packets.append(packet)
        group.size += packet.size
        self.size += packet.size
        self._shrink(packet.arrival_s)

    def clear(self) -> None:
        """Forget everything: the stream began anew and its packets do not continue the old ones."""
        self._groups.clear()
        self.size = 0

    def packets(self) -> tuple[Packet, ...]:
        """Return all packets held, oldest first; the first is a key frame."""
        return tuple(p for group in self._groups for p in group.packets)

    def newest_group(self) -> tuple[int, tuple[Packet, ...]]:
        """Return the last key frame and what followed it, and the running number of that key frame.

        The numbers rise by one with each packet appended, so a decoder can tell what it has had.
        """
        if not self._groups:
            return self._count, ()
        return self._groups[-1].first, tuple(self._groups[-1].packets)

    def _shrink(self, now_s: float) -> None:
        while self._groups and (self.size > self._bounds.size or self._oldest_is_spare(now_s)):
            self.size -= self._groups.popleft().size

    def _oldest_is_spare(self, now_s: float) -> bool:
        """Whether the bound of seconds is met without the oldest group."""
        if len(self._groups) < 2:
            return now_s - self._groups[0].packets[0].arrival_s > 2 * self._bounds.seconds
        return now_s - self._groups[1].packets[0].arrival_s >= self._bounds.seconds
