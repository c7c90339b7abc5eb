"""Stream time that only rises, and files that run at their own speed like a live camera."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from drivers.cameras.packets import Packet, stamped

# A file player that has fallen further behind goes on from here instead of catching up.
_TOO_LATE_S = 1.0
_SHORTEST_STEP_S = 0.001


class Timeline:
    """Joins the times of one session after the other: a loop or a reconnection never sets time back."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_s: float | None = None
        self._last_arrival_s = 0.0

    def begin(self) -> None:
        """Start a new session: its first packet follows the last one of the session before."""
        self._offset_s = None

    def join(self, packet: Packet) -> Packet:
        """Return the packet with its stream time on the joined line, which starts at 0.0."""
        if self._offset_s is None:
            self._offset_s = self._next_s(packet) - packet.pts_s
        pts_s = packet.pts_s + self._offset_s
        self._last_s = pts_s if self._last_s is None else max(self._last_s, pts_s)
        self._last_arrival_s = packet.arrival_s
        return stamped(replace(packet, pts_s=pts_s))

    def _next_s(self, packet: Packet) -> float:
        if self._last_s is None:
            return 0.0
        return self._last_s + max(_SHORTEST_STEP_S, packet.arrival_s - self._last_arrival_s)


def paced(
    packets: Iterable[Packet], mono: Callable[[], float], wait: Callable[[float], bool]
) -> Iterator[Packet]:
    """Yield a file's packets when their decoding times come, with that moment as their arrival.

    `wait` sleeps so many seconds and returns True to break off.
    """
    start_s: float | None = None
    for packet in packets:
        due_s = _decoding_time_s(packet)
        if start_s is None or mono() - (start_s + due_s) > _TOO_LATE_S:
            start_s = mono() - due_s
        ahead_s = start_s + due_s - mono()
        if ahead_s > 0 and wait(ahead_s):
            return
        yield replace(packet, arrival_s=mono())


def _decoding_time_s(packet: Packet) -> float:
    payload = packet.payload
    return packet.pts_s if payload.dts is None else float(payload.dts * payload.time_base)
