"""What a demo came to: alerts, acknowledgements, latencies, memory; as the last line prints it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted. `decided` and `acknowledged` hold monotonic times in seconds by alert id.

    An alert is decided by a frame and acknowledged by the community server.
    """

    observations: int = 0
    decided: Mapping[str, float] = field(default_factory=dict)
    acknowledged: Mapping[str, float] = field(default_factory=dict)
    controller_rss_mb: float = 0.0
    worker_rss_mb: float = 0.0

    @property
    def outstanding(self) -> frozenset[str]:
        """The alerts that nobody has acknowledged."""
        return frozenset(self.decided) - frozenset(self.acknowledged)

    @property
    def succeeded(self) -> bool:
        """Whether there were alerts and every one was acknowledged."""
        return bool(self.decided) and not self.outstanding

    def latency_ms(self, alert: str) -> float | None:
        """Return the time from the deciding frame to the acknowledgement; None until there is one."""
        if alert not in self.decided or alert not in self.acknowledged:
            return None
        return (self.acknowledged[alert] - self.decided[alert]) * 1000

    def summary(self) -> dict[str, object]:
        """Return what the last line prints; latencies are None where nothing was acknowledged."""
        known = [ms for alert in self.decided if (ms := self.latency_ms(alert)) is not None]
        return {
            "observations": self.observations,
            "alerts": len(self.decided),
            "acknowledged": len(known),
            "latency_ms": {
                "p50": _rounded(percentile(known, 50)),
                "p99": _rounded(percentile(known, 99)),
                "max": _rounded(max(known, default=None)),
            },
            "controller_rss_mb": round(self.controller_rss_mb, 1),
            "worker_rss_mb": round(self.worker_rss_mb, 1),
        }


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile, 0 < share <= 100; None for no values."""
    if not values:
        return None
    return sorted(values)[math.ceil(share / 100 * len(values)) - 1]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
