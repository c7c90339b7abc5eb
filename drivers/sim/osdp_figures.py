"""How fast an OSDP bus is, and how it comes back, measured against simulated readers at a paced baud rate."""

import itertools
import random
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.doors.osdp_bus import OsdpBus
from drivers.doors.osdp_keys import new_key, write_key
from drivers.doors.osdp_wiring import OsdpBusWiring, OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.said import CardPresented, DeviceLost, Said
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader

_BITS = 26
_HEARD_WITHIN_S = 5.0
_BACK_WITHIN_S = 30.0
# Longer than a round of polls at 9600 baud, so that cards meet it at every phase.
_LONGEST_PAUSE_S = 0.15
# A secured poll's answer; the simulated line breaks whole frames, one byte each.
_ANSWER_BYTES = 14


@dataclass(frozen=True, slots=True)
class Cycled:
    """What became of power cycles.

    `back_s` is how long after each its reader told a card again, which only a secure one does; `others_s` how
    long the cards took that met the other readers meanwhile, NaN where one never came; `others_lost` how
    often one of these was told lost.
    """

    back_s: Sequence[float]
    others_s: Sequence[float]
    others_lost: int


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What became of noise: `cards` were held, `false_cards` told that nobody held.

    All readers told a card again `back_s` after its end, NaN for never.
    """

    cards: int
    false_cards: int
    back_s: float


def card_latencies_s(
    folder: Path, readers: int = 3, baud: int = 9600, cards: int = 210, seed: int = 1
) -> Sequence[float]:
    """Return how long it took from a card at a reader to CardPresented, reader after reader.

    `folder` takes keys and port. A secured poll and its answer are 28 bytes, a card's answer 30: with three
    readers at 9600 baud a card takes up to 119 ms on the wire alone.
    """
    luck = random.Random(seed)  # noqa: S311 - when cards are held
    latencies: list[float] = []
    with _running(folder, readers, baud) as bus:
        for number in range(cards):
            latencies.append(bus.told_after_s(number % readers, _HEARD_WITHIN_S))
            time.sleep(luck.uniform(0.0, _LONGEST_PAUSE_S))
    return latencies


def power_cycles(
    folder: Path,
    readers: int = 3,
    baud: int = 9600,
    away_s: Sequence[float] = (0.3, 0.8, 1.4, 2.1, 2.9, 3.8, 6.2),
) -> Cycled:
    """Take the first reader's power away for so long, again and again, while cards meet the others."""
    back_s: list[float] = []
    with _running(folder, readers, baud) as bus:
        with bus.cards_meanwhile(range(1, readers)) as others_s:
            for seconds in away_s:
                bus.readers[0].unplug()
                time.sleep(seconds)
                bus.readers[0].plug()
                # Without a Secure Channel it tells no card.
                back_s.append(bus.told_after_s(0, _BACK_WITHIN_S))
        others_lost = sum(isinstance(s, DeviceLost) and s.device != _name(0) for s in bus.told)
    return Cycled(tuple(back_s), tuple(others_s), others_lost)


def disturbed(
    folder: Path, readers: int = 3, baud: int = 9600, share: float = 0.2, seconds: float = 8.0
) -> Disturbed:
    """Break as many answers as `share` of broken bytes would, for a while, then see how all come back."""
    with _running(folder, readers, baud) as bus:
        bus.line.noise(1 - (1 - share) ** _ANSWER_BYTES)
        with bus.cards_meanwhile(range(readers)):
            time.sleep(seconds)
            bus.line.noise(0.0)
            quiet_s = time.monotonic()
            held = [bus.hold_card(number) for number in range(readers)]
            back_s = bus.all_told_s(held, _BACK_WITHIN_S) - quiet_s
        return Disturbed(len(bus.held), len(set(bus.told_s) - bus.held), back_s)


class _Bus:
    """A running bus, its simulated readers, what was told of them and when."""

    def __init__(self, line: OsdpLine) -> None:
        self.line = line
        self.readers = line.readers
        self.told: list[Said] = []
        self.held: set[bytes] = set()
        self.told_s: dict[bytes, float] = {}
        self._numbers = itertools.count(1)
        self._news = threading.Condition()

    def tell(self, said: Said) -> None:
        """Take what the bus tells."""
        with self._news:
            self.told.append(said)
            if isinstance(said, CardPresented):
                self.told_s.setdefault(said.data, time.monotonic())
            self._news.notify_all()

    def hold_card(self, reader: int) -> bytes:
        """Hold a card that was never held before to a reader; return its bits."""
        data = encode(_BITS, Card(reader, next(self._numbers)))
        self.held.add(data)
        self.readers[reader].card(_BITS, data)
        return data

    def told_after_s(self, reader: int, within_s: float) -> float:
        """Hold a card to a reader; return how long it took to be told, NaN where it never was."""
        began_s = time.monotonic()
        return self.all_told_s([self.hold_card(reader)], within_s) - began_s

    def all_told_s(self, cards: Sequence[bytes], within_s: float) -> float:
        """Wait until all these cards were told; return when the last one was, NaN where one was not."""
        with self._news:
            whole = self._news.wait_for(lambda: all(card in self.told_s for card in cards), within_s)
            return max(self.told_s[card] for card in cards) if whole else float("nan")

    @contextmanager
    def cards_meanwhile(self, readers: Iterable[int]) -> Iterator[list[float]]:
        """Hold cards to these readers in turns from a thread; yield how long each took, NaN for never."""
        luck = random.Random(1)  # noqa: S311 - when cards are held
        after_s: list[float] = []
        stopping = threading.Event()

        def run() -> None:
            for reader in itertools.cycle(readers):
                after_s.append(self.told_after_s(reader, _HEARD_WITHIN_S))
                if stopping.wait(luck.uniform(0.0, _LONGEST_PAUSE_S)):
                    return

        thread = threading.Thread(target=run, name="cards", daemon=True)
        thread.start()
        try:
            yield after_s
        finally:
            stopping.set()
            thread.join(2 * _HEARD_WITHIN_S)


@contextmanager
def _running(folder: Path, count: int, baud: int) -> Iterator[_Bus]:
    """Yield a bus whose readers are all secure and read."""
    keys = [new_key() for _ in range(count)]
    wirings = tuple(
        OsdpReaderWiring(_name(number), number + 1, folder / f"{_name(number)}.key")
        for number in range(count)
    )
    for wiring, key in zip(wirings, keys, strict=True):
        write_key(wiring.id, wiring.key_file, key)
    readers = [OsdpReader(number + 1, key, time.monotonic) for number, key in enumerate(keys)]
    line = OsdpLine(folder / "osdp", readers, mono=time.monotonic, baud=baud)
    ours, driver = _Bus(line), OsdpBus(OsdpBusWiring(str(line.path), wirings, baud), time.monotonic)
    line.start()
    try:
        driver.start(ours.tell)
        # What is read of every reader at first comes before its first card.
        for number in range(count):
            ours.told_after_s(number, _BACK_WITHIN_S)
        yield ours
    finally:
        driver.stop()
        line.stop()


def _name(reader: int) -> str:
    return f"reader-{reader + 1}"
