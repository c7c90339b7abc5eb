"""The driver of Wi-Fi probes: one wire, the probes that speak on it, one thread."""

import threading
from collections.abc import Iterable, Sequence

from drivers.base import DeviceError, DeviceHealth, Identity, Tell, WrongState
from drivers.cameras.reconnecting import Patience
from drivers.listening.faults import probe_fault
from drivers.listening.thread import TICK_S, Standing, WireThread
from drivers.listening.wire import Chunk, Wire
from drivers.probes.decoding import Decoded, Decoding
from drivers.probes.density import Now
from drivers.probes.key import DailyKey, key_of, pseudonymous
from drivers.probes.telling import Probe, Word, begin, heard, passed
from drivers.probes.wiring import ProbeWiring, Surroundings, by_sender
from drivers.said import Said

_ASK_FOR_S = 30.0


class ProbeDriver:
    """Fulfils `drivers.base.Driver`. Tells DensityMeasured a minute, DeviceLost and DeviceFound once each.

    What comes from a sender that no wiring names is dropped; `strangers` counts its frames.
    """

    def __init__(
        self,
        wirings: tuple[ProbeWiring, ...],
        wire: Wire,
        decoding: Decoding,
        surroundings: Surroundings,
        patience: Patience | None = None,
    ) -> None:
        self._by_sender = by_sender(wirings)
        self._wirings = {w.id: w for w in wirings}
        self._wire = wire
        self._decoding = decoding
        self._around = surroundings
        self._thread = WireThread(wire, self._step, surroundings.mono, probe_fault, patience)
        self._tell: Tell | None = None
        self._key: DailyKey | None = None
        self._probes = {w.id: begin(w, self._now()) for w in wirings}
        self._was_open = False
        self._stopped = threading.Event()
        self.strangers = 0

    @property
    def devices(self) -> tuple[str, ...]:
        """The probes of this wire."""
        return tuple(self._wirings)

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence the probe counts as lost."""
        return self._wirings[device].deadline_s

    def start(self, tell: Tell) -> None:
        """Begin to listen. Raises WrongState the second time."""
        if self._tell is None and not self._stopped.is_set():
            self._tell = tell
            self._probes = {w.id: begin(w, self._now()) for w in self._wirings.values()}
        self._thread.start()

    def stop(self) -> None:
        """End listening and forget the key."""
        self._stopped.set()
        self._thread.stop()
        self._wire.close()
        self._key = None

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each probe is."""
        standing, now_s = self._thread.standing, self._around.mono()
        return tuple(_health(probe, standing, now_s) for probe in self._probes.values())

    def probe(self, device: str) -> Identity:
        """Wait for one word of a probe that was not started yet: its deadline, half a minute at most.

        Raises Transient when it stays silent, and what opening the wire raises.
        """
        if self._thread.started:
            raise WrongState(
                "probe.busy", "probe {device} is listened to already: ask for its health", device=device
            )
        began_s = self._around.mono()
        self._wire.open()
        try:
            return self._first_word(self._wirings[device], began_s)
        finally:
            self._wire.close()
            self._decoding.reset()

    def _first_word(self, wiring: ProbeWiring, began_s: float) -> Identity:
        until_s = began_s + min(wiring.deadline_s, _ASK_FOR_S)
        while (now_s := self._around.mono()) < until_s:
            for said in self._decoding.decode(self._wire.read(TICK_S)):
                if self._of(said) is wiring and (said.heard or said.others or not said.malformed):
                    return Identity("", "", wiring.sender or wiring.id, "", self._around.mono() - began_s)
        raise probe_fault("silent", f"{wiring.id} at {self._wire.name}, {now_s - began_s:.0f} s")

    def _step(self, chunks: Sequence[Chunk], standing: Standing) -> None:
        if standing.is_open and not self._was_open:
            self._decoding.reset()
        self._was_open = standing.is_open
        key = self._key = key_of(self._key, self._around.today(), self._around.randomness)
        for said in self._decoding.decode(chunks):
            self._take(said, key)
        now = self._now()
        fault = standing.fault or probe_fault("silent", self._wire.name)
        for device, probe in self._probes.items():
            self._probes[device], told = passed(probe, now, _at(fault), listening=standing.is_open)
            self._hand_over(told)

    def _take(self, said: Decoded, key: DailyKey) -> None:
        wiring = self._of(said)
        if wiring is None:
            self.strangers += len(said.heard) + said.others + said.malformed
            return
        word = Word(pseudonymous(said.heard, key), said.others, said.malformed, said.heard_s)
        self._probes[wiring.id], told = heard(self._probes[wiring.id], word, self._now())
        self._hand_over(told)

    def _of(self, said: Decoded) -> ProbeWiring | None:
        return self._by_sender.get(said.sender) or self._by_sender.get(None)

    def _now(self) -> Now:
        return Now(self._around.wall(), self._around.mono())

    def _hand_over(self, told: Iterable[Said]) -> None:
        if self._tell is not None and not self._stopped.is_set():
            for said in told:
                self._tell(said)


def _at(fault: DeviceError) -> DeviceError:
    return fault if "detail" in fault.values else probe_fault("unexpected", fault.key)


def _health(probe: Probe, standing: Standing, now_s: float) -> DeviceHealth:
    at = probe.availability
    fault = standing.fault
    return DeviceHealth(
        device=probe.wiring.id,
        online=at.heard_s is not None and not at.lost and now_s - at.heard_s <= probe.wiring.deadline_s,
        last_word_age_s=None if at.heard_s is None else max(0.0, now_s - at.heard_s),
        words=probe.words,
        malformed=probe.malformed,
        reconnects=standing.link.reconnects,
        reason=probe.reason or (None if fault is None else fault.key),
        detail=probe.detail or ("" if fault is None else str(fault.values.get("detail", ""))),
    )
