"""What is old enough leaves: each kind of record by its own clock, never what is still needed.

An alert that is open, or that the community server has not acknowledged, stays whatever its age, and so do
its picture and its place in the outbox.
"""

from dataclasses import dataclass

from edge.clock import DAY_S
from edge.site.schema import Retention
from edge.store import alert_rows
from edge.store.store import Store


@dataclass(frozen=True, slots=True)
class Purged:
    """How much left."""

    observations: int
    alerts: int
    events: int
    pictures: int
    stays: int = 0

    @property
    def nothing(self) -> bool:
        """Whether all of it stayed."""
        return not (self.observations or self.alerts or self.events or self.pictures or self.stays)


def purge(store: Store, retention: Retention, now_wall_s: float) -> Purged:
    """Remove what is older than the site file allows, in one transaction, and pictures nothing refers to.

    To be called only with a wall clock that can be believed: one that is ahead would remove everything.
    """
    observations_before_s = now_wall_s - retention.observations_days * DAY_S
    with store.transaction() as connection:
        observations = connection.execute(
            "DELETE FROM journal WHERE wall_s < ?", (observations_before_s,)
        ).rowcount
        stays = connection.execute(
            "DELETE FROM vehicle_stays WHERE left_wall_s < ?", (observations_before_s,)
        ).rowcount
        alerts_before_s = now_wall_s - retention.alerts_days * DAY_S
        events = connection.execute(
            "DELETE FROM outbox WHERE acknowledged_wall_s < ?", (alerts_before_s,)
        ).rowcount
        alerts = connection.execute(
            "DELETE FROM alert WHERE last_wall_s < ? AND id IN (SELECT id FROM finished_alert)",
            (alerts_before_s,),
        ).rowcount
        connection.execute(
            "UPDATE alert SET picture = NULL WHERE last_wall_s < ? AND id IN (SELECT id FROM finished_alert)",
            (now_wall_s - retention.evidence_days * DAY_S,),
        )
    pictures = store.evidence.sweep(alert_rows.pictures(store.connection))
    return Purged(observations, alerts, events, pictures, stays)
