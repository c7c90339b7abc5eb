"""Looks at a running demo: new observations, alerts as they stand, acknowledgements, memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from edge.demo import memory
from edge.demo.record import Record
from edge.demo.screen import News
from edge.demo.tally import Tally
from edge.events import CameraFound


@dataclass(slots=True)
class Watch:
    """Everything that can be known of a running demo from outside the daemon.

    `received` gives the monotonic times at which the community server received events, by id. An alert
    counts as acknowledged when the daemon, too, knows that it is.
    """

    record: Record
    received: Callable[[], Mapping[str, float]]
    daemon: int
    tally: Tally = field(default_factory=Tally)
    camera_found: bool = False
    seconds: float = 0.0

    def look(self, seconds: float) -> News:
        """Return what is new; `seconds` is how long the demo has been running."""
        self.seconds = seconds
        observations = self.record.observations()
        alerts = self.record.alerts()
        self.camera_found |= any(isinstance(o.observation, CameraFound) for o in observations)
        known = self.record.acknowledged()
        decided = {alert.id: self.record.decided_s[alert.cause_seq] for alert in alerts}
        self.tally = replace(
            self.tally,
            observations=self.tally.observations + len(observations),
            decided=decided,
            acknowledged={i: at for i, at in self.received().items() if i in known},
        )
        self._weigh()
        return News(seconds, observations, alerts, self.tally)

    def _weigh(self) -> None:
        workers = [memory.peak_mb(child) for child in memory.children(self.daemon)]
        self.tally = replace(
            self.tally,
            controller_rss_mb=max(self.tally.controller_rss_mb, memory.peak_mb(self.daemon)),
            worker_rss_mb=max(self.tally.worker_rss_mb, *workers, 0.0),
        )
