"""What happens to a gate's devices in a round of the fault tests, and what the daemon made of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from drivers.said import (
    ArmedChanged,
    CardPresented,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    PassageLogged,
    PatrolBadge,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.alerts.alert import Alert
from tests.faults.device_gate import Gate, age_told
from tests.faults.device_site import DEADLINES_S, HANGING_ON

# What a loaded machine may add between a deadline and its line in the journal.
MARGIN_S = 4.0

FIRST = (
    "north-door",
    "gate-controller",
    "east-fence",
    "lane-board",
    "hill-fence",
    "wall-probe",
    "lane-probe",
    "hill-probe",
    "park-probe",
    "east-point",
)
"""One device of every kind, and of every wire that carries several."""

SECOND = tuple(device for device in DEADLINES_S if device not in FIRST)
"""The other devices of the same wires."""

STATES = (ArmedChanged, ContactChanged, DoorChanged, PowerChanged, TamperChanged, ZoneChanged)
RAISED_BY_CHANGES = ("changed_while_away", "door_forced", "fence_alarm", "fence_open_wire")
FOUND_SO = "it changed while the box or the device was away, and was read afterwards"


@dataclass(frozen=True)
class Life:
    """What happens to devices: changes by device, the way back, and words with what is heard of them."""

    change: dict[str, str]
    back: tuple[str, ...]
    heard: tuple[tuple[str, type, dict[str, object]], ...]


LIFE_OF_FIRST = Life(
    change={
        "north-door": "open north-door",
        "east-door": "open east-door",
        "side-door": "open side-door",
        "east-fence": "climb zone 3 of east-fence",
        "hill-fence": "disarm hill-fence",
    },
    back=(
        "close north-door",
        "close east-door",
        "close side-door",
        "mend zone 3 of east-fence",
        "arm hill-fence",
    ),
    heard=(
        ("card 4711 at north-door", CardPresented, {"device": "north-door", "number": 4711}),
        ("card 4712 at east-door", PassageLogged, {"device": "east-door", "card": 4712, "late_s": 0.0}),
        ("climb zone 1 of east-fence", ZoneChanged, {"device": "east-fence", "state": "alarm"}),
        ("mend zone 1 of east-fence", ZoneChanged, {"device": "east-fence", "state": "normal"}),
        ("car at arm", ContactChanged, {"device": "arm", "closed": True}),
        ("car gone from arm", ContactChanged, {"device": "arm", "closed": False}),
        ("climb zone 2 of hill-fence", ZoneChanged, {"device": "hill-fence", "state": "alarm"}),
        ("mend zone 2 of hill-fence", ZoneChanged, {"device": "hill-fence", "state": "normal"}),
        ("tag 0A0058B7C1 at east-point", PatrolBadge, {"device": "east-point", "tag": "0A0058B7C1"}),
    ),
)
LIFE_OF_SECOND = Life(
    change={
        "south-door": "open south-door",
        "yard-door": "open yard-door",
        "west-fence": "cut zone 2 of west-fence",
        "yard-board": "contact fire closed of yard-board",
        "lake-fence": "disarm lake-fence",
    },
    back=(
        "close south-door",
        "close yard-door",
        "mend zone 2 of west-fence",
        "contact fire open of yard-board",
        "arm lake-fence",
    ),
    heard=(
        ("card 4713 at south-door", CardPresented, {"device": "south-door", "number": 4713}),
        ("card 4714 at yard-door", PassageLogged, {"device": "yard-door", "card": 4714, "late_s": 0.0}),
        ("climb zone 1 of west-fence", ZoneChanged, {"device": "west-fence", "state": "alarm"}),
        ("mend zone 1 of west-fence", ZoneChanged, {"device": "west-fence", "state": "normal"}),
        ("contact fire closed of yard-board", ContactChanged, {"device": "yard-board", "closed": True}),
        ("contact fire open of yard-board", ContactChanged, {"device": "yard-board", "closed": False}),
        ("climb zone 2 of lake-fence", ZoneChanged, {"device": "lake-fence", "state": "alarm"}),
        ("mend zone 2 of lake-fence", ZoneChanged, {"device": "lake-fence", "state": "normal"}),
        ("tag 0A0058B7C2 at west-point", PatrolBadge, {"device": "west-point", "tag": "0A0058B7C2"}),
    ),
)


@dataclass(frozen=True)
class Round:
    """What was done to `victims`, and from when to when: numbers of the journal, monotonic seconds.

    `told` is when all of it was journalled, `raised` the alerts as they were then: those that it raised, and
    those into which something of it was merged.
    """

    victims: tuple[str, ...]
    began: int
    began_s: float
    told: int
    raised: tuple[Alert, ...] = field(repr=False)
    gate: Gate = field(repr=False)

    def meanwhile(self, kind: type | tuple[type, ...], **values: object) -> list:
        """Return what was journalled during the round."""
        found = self.gate.all(kind, self.began, **values)
        late = self.gate.all(kind, self.told, **values)
        return found[: len(found) - len(late)]

    def alerts(self, **values: object) -> list[Alert]:
        """Return the round's alerts with these values."""
        return [alert for alert in self.raised if all(getattr(alert, k) == v for k, v in values.items())]

    def counted(
        self, devices: Iterable[str], kind: type | tuple[type, ...], **values: object
    ) -> dict[str, int]:
        """Return how often each device told something of a kind, with these values."""
        return {device: len(self.meanwhile(kind, device=device, **values)) for device in devices}

    def late(self) -> dict[str, float]:
        """Return the victims that were not told lost within their deadline, and how long that took."""
        taken_s = {victim: self._first_loss(victim).mono_s - self.began_s for victim in self.victims}
        return {v: taken for v, taken in taken_s.items() if not 0.0 < taken <= DEADLINES_S[v] + MARGIN_S}

    def without_age(self) -> dict[str, object]:
        """Return the victims whose loss has no age, or not one alert that tells it, and what there is."""
        ages_s = {victim: self._first_loss(victim).silent_s for victim in self.victims}
        alerts = {victim: self.alerts(kind="device_lost", device=victim) for victim in self.victims}
        return {
            victim: (age_s, alerts[victim])
            for victim, age_s in ages_s.items()
            if age_s is None
            or not 0.0 < age_s <= DEADLINES_S[victim] + MARGIN_S
            or [age_told(alert) for alert in alerts[victim]] != [True]
        }

    def lost(self) -> set[str]:
        """Return everything that was told lost."""
        return {loss.device for loss in self.meanwhile(DeviceLost)}

    def _first_loss(self, device: str) -> DeviceLost:
        loss: DeviceLost = self.meanwhile(DeviceLost, device=device)[0]
        return loss

    def others_lost(self) -> set[str]:
        """Return what was told lost besides the victims and what hangs on them."""
        return self.lost() - {*self.victims, *(h for v in self.victims for h in HANGING_ON.get(v, ()))}


def ended(site: Gate, victims: tuple[str, ...], began: int, began_s: float) -> Round:
    """Return a round of which everything was journalled by now."""
    raised = tuple(alert for alert in site.alerts() if alert.last_mono_s >= began_s)
    return Round(victims, began, began_s, site.mark(), raised, site)


def silence(site: Gate, verb: str, undo: str, victims: tuple[str, ...], silent: Life, others: Life) -> Round:
    """Silence the victims, let them change while nobody hears it, and let them come back."""
    began = site.mark()
    began_s = site.tell(*(f"{verb} {victim}" for victim in victims))
    all_told(site, DeviceLost, victims, began)
    site.tell(*silent.change.values())
    heard(site, others, began)
    mended = site.mark()
    site.tell(*(f"{undo} {victim}" for victim in victims))
    all_told(site, DeviceFound, victims, mended)
    all_told(site, STATES, silent.change, mended)
    told = ended(site, victims, began, began_s)
    back(site, silent)
    return told


def all_told(site: Gate, kind: type | tuple[type, ...], devices, after: int) -> None:
    """Wait until each device was told so; what was not, is the tests' business."""
    for device in devices:
        site.until(partial(site.all, kind, after, device=device))


def heard(site: Gate, life: Life, after: int) -> None:
    for words, kind, values in life.heard:
        site.tell(words)
        site.wait(kind, after, **values)


def back(site: Gate, life: Life) -> None:
    """Let everything be as it was, and wait until that is journalled."""
    after = site.mark()
    site.tell(*life.back)
    all_told(site, STATES, life.change, after)
