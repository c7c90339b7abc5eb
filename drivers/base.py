"""What every driver shares: four families of error, and what can be asked of a device.

Each error carries an English sentence that says what happened and what to do, and a `key` under which
the product's catalogue holds the same sentence in Chinese; `values` fill its placeholders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

from drivers.said import Said


class DeviceError(Exception):
    """Base of the four families; never raised itself."""

    family: ClassVar[str] = "error"

    def __init__(self, key: str, sentence: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(sentence.format(**values))


class Transient(DeviceError):
    """It may work again by itself: retry with backoff."""

    family = "transient"


class Denied(DeviceError):
    """A human must mend a credential: do not hammer."""

    family = "denied"


class Malformed(DeviceError):
    """The other end said something that breaks its protocol: count it, drop it, go on."""

    family = "malformed"


class Misconfigured(DeviceError):
    """This device cannot work as configured: it stays out, the rest runs."""

    family = "misconfigured"


class WrongState(Misconfigured):
    """A call that the driver's present state does not allow: our own mistake, never the wire's."""


Tell = Callable[[Said], None]


@dataclass(frozen=True, slots=True)
class Order:
    """An order to act, good only until `expires_mono_s`: a late one is refused at the wire."""

    id: str
    expires_mono_s: float


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says it is."""

    maker: str
    model: str
    serial: str
    firmware: str
    latency_s: float


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How a device is: ages in seconds, None before the first word; `reason` is a catalogue key."""

    device: str
    online: bool
    last_word_age_s: float | None
    words: int
    malformed: int
    reconnects: int
    reason: str | None = None
    detail: str = ""


class Driver(Protocol):
    """One wire and the devices on it. `tell` is called from the driver's own thread and must only hand over.

    `start`, `health` and every order return at once: they are called from the event loop that opens doors,
    and what takes time is the driver's thread's. `start` raises WrongState when called twice; after it every
    state is read and told with `first`. A device that falls silent for longer than its deadline is told lost
    once, and found once. `stop` ends within seconds and may be called again.
    """

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of the devices on this wire."""
        ...

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence the device counts as lost."""
        ...

    def start(self, tell: Tell) -> None:
        """Begin to talk to the devices."""
        ...

    def stop(self) -> None:
        """End the conversation and free the wire."""
        ...

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each device is, at once; callable from any thread."""
        ...

    def probe(self, device: str) -> Identity:
        """Talk to one device once, before `start`. Raises one of the four families."""
        ...


@runtime_checkable
class Lock(Protocol):
    """A door that can be opened for a while; the device itself ends the pulse."""

    def open(self, device: str, order: Order, pulse_ms: int) -> None:
        """Queue the order; OrderDone follows."""
        ...


@runtime_checkable
class Feedback(Protocol):
    """A reader that can show and sound the answer."""

    def signal(self, device: str, order: Order, what: Literal["granted", "refused", "wait"]) -> None:
        """Queue the order; OrderDone follows."""
        ...


@runtime_checkable
class Display(Protocol):
    """A reader that can show words."""

    def show(self, device: str, order: Order, text: str, seconds: float) -> None:
        """Queue the order to show a text for a while; OrderDone follows.

        Raises Misconfigured for a text that the device's protocol cannot carry.
        """
        ...


@runtime_checkable
class Relay(Protocol):
    """An output: siren, strobe, barrier arm, light."""

    def pulse(self, device: str, output: str, order: Order, pulse_ms: int) -> None:
        """Queue a pulse that the board ends by itself; OrderDone follows."""
        ...

    def switch(self, device: str, output: str, order: Order, *, on: bool) -> None:
        """Queue a lasting change; OrderDone follows."""
        ...


@runtime_checkable
class FenceHost(Protocol):
    """Zones that can be armed and bypassed."""

    def arm(self, device: str, order: Order, *, armed: bool) -> None:
        """Queue the order; OrderDone follows, and ArmedChanged when the host's own register says so."""
        ...

    def bypass(self, device: str, zone: str, order: Order, *, bypassed: bool) -> None:
        """Queue the order; OrderDone follows."""
        ...


@runtime_checkable
class Turning(Protocol):
    """A camera that can be turned to directions that were saved in it."""

    def go_to_preset(self, device: str, preset: str, order: Order) -> None:
        """Queue the order; OrderDone follows when the camera said that it turns, not when it is there.

        `preset` is an id of the wiring, else a token or name of the camera's own.
        """
        ...
