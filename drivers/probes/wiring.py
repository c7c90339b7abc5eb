"""How Wi-Fi probes are wired: which device speaks under which name on a wire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from drivers.base import Misconfigured
from drivers.probes.density import Measuring

SHORTEST_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class ProbeWiring:
    """One probe. `sender` is its IP address (UDP), the id in its posts, or its topic; None for the only one.

    After a silence of `deadline_s` it counts as lost: longer than the quietest stretch of its night.
    """

    id: str
    sender: str | None = None
    deadline_s: float = 120.0
    measuring: Measuring = field(default_factory=Measuring)

    def __post_init__(self) -> None:
        """Refuse a deadline that no probe can keep."""
        if self.deadline_s < SHORTEST_DEADLINE_S:
            raise Misconfigured(
                "probe.deadline_too_short",
                "probe {device}: a deadline of {seconds} s is too short; give it at least {least} s",
                device=self.id,
                seconds=self.deadline_s,
                least=SHORTEST_DEADLINE_S,
            )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver takes from the world: both clocks, the site's time zone, randomness."""

    wall: Callable[[], float]
    mono: Callable[[], float]
    zone: tzinfo
    randomness: Callable[[int], bytes]

    def today(self) -> date:
        """Return the local date."""
        return datetime.fromtimestamp(self.wall(), self.zone).date()


def by_sender(wirings: tuple[ProbeWiring, ...]) -> dict[str | None, ProbeWiring]:
    """Return the probes of one wire under their senders.

    Raises Misconfigured where two cannot be told apart or there is none.
    """
    senders = {w.sender: w for w in wirings}
    ids = {w.id for w in wirings}
    if not wirings or len(senders) < len(wirings) or len(ids) < len(wirings):
        raise _indistinct(wirings)
    if None in senders and len(wirings) > 1:
        raise _indistinct(wirings)
    return senders


def _indistinct(wirings: tuple[ProbeWiring, ...]) -> Misconfigured:
    return Misconfigured(
        "probe.indistinct",
        "the probes of one wire cannot be told apart ({devices}): give each its own id and sender",
        devices=", ".join(w.id for w in wirings) or "-",
    )
