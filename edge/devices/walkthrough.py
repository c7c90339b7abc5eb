"""Goes through the steps of one device with the person who stands at it, through the running daemon."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from drivers.said import DensityMeasured
from edge.clock import Clock
from edge.control import client, wording
from edge.control.client import ControlClient
from edge.control.messages import AskHealth, DeviceStanding, Done, GiveOrder, Observed, Standing
from edge.devices.commissioning import Heard, Online, Ordered, Step, Watched, density
from edge.events import Observation
from edge.linkage.effects import Sentence
from edge.orders import What
from edge.refusal import Refused

WHY = "commissioning test"
_LOOK_EVERY_S = 1.0
# What a controller fetched from its own memory happened a little before it was told, by a clock of seconds.
_FETCHED_S = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one step. `seen` is what the device said, or why it did not pass."""

    says: Sentence
    passed: bool
    took_s: float
    seen: Sentence | None = None


class Person(Protocol):
    """Who stands at the device, or talks to who does."""

    def told(self, says: Sentence, within_s: float | None) -> None:
        """Be told what to do, and how long the box waits for it."""
        ...

    def asked(self, says: Sentence) -> bool | None:
        """Say whether the device did it; None asks for it once more."""
        ...


class Box(Protocol):
    """The running daemon, as a test of one device needs it."""

    def standing(self) -> DeviceStanding:
        """Return how the device is. Refused: the daemon does not know it."""
        ...

    def order(self, what: What) -> Done:
        """Give an order. Refused: it was not given, with the reason."""
        ...

    def next(self, within_s: float) -> Observation | None:
        """Return the next thing that the device said, None when nothing is within `within_s`."""
        ...


class DaemonBox:
    """One device of the daemon that uses `storage`; a context manager. One connection asks, one follows."""

    def __init__(self, storage: Path, device: str, operator: str, clock: Clock) -> None:
        self._device = device
        self._operator = operator
        self._clock = clock
        self._asks = ControlClient(storage, clock.mono)
        try:
            self._follows = ControlClient(storage, clock.mono)
            self._follows.follow()
        except BaseException:
            self._asks.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._asks.close()
        self._follows.close()

    def standing(self) -> DeviceStanding:
        """Return how the device is. Refused: the daemon does not know it."""
        answer = self._asks.ask(AskHealth())
        for device in answer.devices if isinstance(answer, Standing) else ():
            if device.device == self._device:
                return device
        raise Refused(
            "devices.not_running",
            "the running daemon knows no device {device}: it began with another site file, restart it",
            device=self._device,
        )

    def order(self, what: What) -> Done:
        """Give an order. Refused: it was not given, with the reason."""
        order = GiveOrder(self._device, what, self._operator, WHY, self._clock.mono())
        answer = self._asks.ask(order)
        if not isinstance(answer, Done):
            raise client.gone()
        return answer

    def next(self, within_s: float) -> Observation | None:
        """Return the next thing that the device said, None when nothing is within `within_s`."""
        until_s = self._clock.mono() + within_s
        while (left_s := until_s - self._clock.mono()) > 0:
            told = self._follows.next(left_s)
            if isinstance(told, Observed) and getattr(told.observation, "device", None) == self._device:
                return told.observation
        return None


def walk(steps: Sequence[Step], box: Box, person: Person, mono: Callable[[], float]) -> Iterator[Result]:
    """Go through the steps and yield what came of each."""
    for step in steps:
        for one in _with_its_beginning(step, box):
            yield _gone_through(one, box, person, mono)


def within(steps: Sequence[Step], seconds: float | None) -> tuple[Step, ...]:
    """Return the steps with every wait so long; as they are, for None."""
    return tuple(steps) if seconds is None else tuple(_within(step, seconds) for step in steps)


def _within(step: Step, seconds: float) -> Step:
    if isinstance(step, Watched):
        before = None if step.before is None else replace(step.before, within_s=seconds)
        return replace(step, within_s=seconds, before=before)
    return replace(step, within_s=seconds) if isinstance(step, Heard) else step


def _with_its_beginning(step: Step, box: Box) -> Sequence[Step]:
    """Return a step, behind another where the device has to be brought into the state that it begins in."""
    if not isinstance(step, Watched) or step.before is None:
        return (step,)
    states: Mapping[str, str] = {point.point: point.state for point in box.standing().points}
    return (step,) if states.get(step.point or "", step.begins) == step.begins else (step.before, step)


def _gone_through(step: Step, box: Box, person: Person, mono: Callable[[], float]) -> Result:
    began_s = mono()
    match step:
        case Online():
            person.told(step.says, None)
            passed, seen = _online(box)
        case Watched():
            person.told(step.says, step.within_s)
            passed, seen = _watched(step, box, began_s, mono)
        case Heard():
            person.told(step.says, step.within_s)
            passed, seen = _heard(step, box, began_s, mono)
        case Ordered():
            passed, seen = _ordered(step, box, person)
    return Result(step.says, passed, mono() - began_s, seen)


def _online(box: Box) -> tuple[bool, Sentence | None]:
    standing = box.standing()
    if standing.online:
        return True, None
    if standing.reason is None:
        return False, Sentence("devices.not_online")
    return False, wording.why(standing, standing.reason, standing.detail)


def _watched(
    step: Watched, box: Box, began_s: float, mono: Callable[[], float]
) -> tuple[bool, Sentence | None]:
    until_s = began_s + step.within_s
    while (left_s := until_s - mono()) > 0:
        said = box.next(left_s)
        seen = None if said is None or not _happened_since(said, began_s) else step.sees(said)
        if seen is not None:
            return True, seen
    return False, Sentence("devices.saw_nothing", {"seconds": f"{step.within_s:.0f}"})


def _heard(step: Heard, box: Box, began_s: float, mono: Callable[[], float]) -> tuple[bool, Sentence | None]:
    words, until_s = box.standing().words, began_s + step.within_s
    while (left_s := until_s - mono()) > 0:
        said = box.next(min(_LOOK_EVERY_S, left_s))
        if isinstance(said, DensityMeasured):
            return True, density(said)
        if (now := box.standing().words) > words:
            return True, Sentence("devices.saw_words", {"count": str(now - words)})
    return False, Sentence("devices.saw_nothing", {"seconds": f"{step.within_s:.0f}"})


def _ordered(step: Ordered, box: Box, person: Person) -> tuple[bool, Sentence | None]:
    while True:
        try:
            done = box.order(step.what)
        except Refused as refused:
            if refused.key in client.LOST:
                raise
            values = {name: str(value) for name, value in refused.values.items()}
            return False, Sentence(refused.key, values, otherwise=wording.unworded(refused.key))
        if done.refused is not None:
            return False, wording.why(box.standing(), done.refused)
        answer = person.asked(step.says)
        if answer is not None:
            return answer, None


def _happened_since(said: Observation, began_s: float) -> bool:
    """Say whether something happened since then: what was read after a connection is no change."""
    late_s = getattr(said, "late_s", 0.0)
    since_s = began_s - (_FETCHED_S if late_s else 0.0)
    return not getattr(said, "first", False) and said.mono_s - late_s >= since_s
