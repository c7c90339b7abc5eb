"""What the rules about devices are given, and the sentences that they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.clock import Moment
from edge.events import Observation
from edge.linkage.effects import Effect, Sentence
from edge.linkage.policy import Policy
from edge.linkage.states import Change, Held
from edge.site.roster import Listed

# A loose plug, a wind-blown wire: all of that is one alert.
CALM_S = 60.0


@dataclass(frozen=True, slots=True)
class Situation:
    """What happened, and how devices stood before it. `changed` is what it changes, point by point."""

    policy: Policy
    held: Held
    seen: Observation
    changed: tuple[Change, ...]
    now: Moment

    def listed(self, device: str) -> Listed:
        """Return what the site file says of a device; one that it no longer names goes by its id."""
        return self.policy.devices.get(device) or Listed(device, "", "extension", device, device)


DeviceRule = Callable[[Situation], tuple[Effect, ...]]


def reason(key: str, listed: Listed, detail: str) -> Sentence:
    """Return a driver's reason for one of its devices as a sentence."""
    return because(key, {"device": listed.name, "wire": listed.wire, "detail": detail})


def because(key: str, values: Mapping[str, str]) -> Sentence:
    """Return a reason as a sentence; one that the catalogue lacks is told by its `detail` alone."""
    plain = "alerts.why_device_lost" if values["detail"] else "alerts.why_device_silent"
    return Sentence(key, values, otherwise=Sentence(plain, {"detail": values["detail"]}))


def found_so(change: Change, first: bool) -> tuple[Sentence, ...]:  # noqa: FBT001 - as the observation says
    """Return the sentence that says that nobody saw it happen, where that is so."""
    return (Sentence("alerts.why_found_so"),) if first and change.was is not None else ()
