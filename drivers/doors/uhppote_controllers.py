"""UHPPOTE controllers: doors that decide by themselves and tell it, also later, what happened."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from uhppoted import encode

from drivers.base import DeviceHealth, Identity, Malformed, Order, Tell, Transient
from drivers.doors import uhppote_packets
from drivers.doors.faults import fault
from drivers.doors.uhppote_link import UhppoteLink
from drivers.doors.uhppote_wiring import UhppoteNetworkWiring, UhppoteWiring
from drivers.doors.uhppote_worker import Opening, UhppoteWorker

_JOIN_S = 5.0
_LISTEN_S = 0.2
_DEAF_S = 2.0


class UhppoteControllers:
    """A Driver and a Lock for the controllers of one network: one thread each, and one that listens.

    `devices` are the controllers and their doors. Passages that happened while nobody listened are fetched
    in the order of their index and told with `late_s` > 0; the controller itself remembers how far.
    """

    PULSE_MS: ClassVar[range] = range(1000, 255_001)

    def __init__(self, wiring: UhppoteNetworkWiring, mono: Callable[[], float]) -> None:
        self.wiring = wiring
        self._mono = mono
        self._stopping = threading.Event()
        self._tried_to_listen = threading.Event()
        self._workers: dict[str, UhppoteWorker] = {}
        self._listener: threading.Thread | None = None
        # Packets that no controller of ours can have sent, and why we cannot listen, if we cannot.
        self.malformed = 0
        self._deaf: str | None = None

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of the controllers and of their doors."""
        return tuple(name for c in self.wiring.controllers for name in (c.id, *(d.id for d in c.doors)))

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence the controller counts as lost."""
        return self._controller(device).lost_after_s

    def start(self, tell: Tell) -> None:
        """Begin to talk. Raises WrongState when called twice."""
        if self._listener is not None:
            raise fault("door.started", self.wiring.listen_host, "start")
        self._listener = threading.Thread(target=self._listen, name="uhppote-listener", daemon=True)
        self._listener.start()
        # What a controller tells before anybody listens would be told late.
        self._tried_to_listen.wait(_DEAF_S)
        listen = (self.wiring.listen_host, self.wiring.listen_port)
        for wiring in self.wiring.controllers:
            worker = UhppoteWorker(wiring, listen, self._mono, tell)
            self._workers[wiring.id] = worker
            worker.start()

    def stop(self) -> None:
        """End the conversations."""
        self._stopping.set()
        for worker in self._workers.values():
            worker.ask_to_stop()
        for worker in self._workers.values():
            worker.join()
        if self._listener is not None:
            self._listener.join(_JOIN_S)

    def open(self, device: str, order: Order, pulse_ms: int) -> None:
        """Unlock a door for a pulse in whole seconds, rounded up, from 1 to 255 s. OrderDone follows."""
        wiring = self._controller(device)
        number = next((door.number for door in wiring.doors if door.id == device), None)
        if number is None:
            raise fault("door.unknown_device", device, "it is no door")
        if pulse_ms not in self.PULSE_MS:
            raise fault("door.pulse_seconds", device, str(pulse_ms))
        worker = self._workers.get(wiring.id)
        if worker is None or self._stopping.is_set():
            raise fault("door.not_started", device, "order")
        worker.put(Opening(device, number, order, -(-pulse_ms // 1000), self._mono()))

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each controller and each door is."""
        told: list[DeviceHealth] = []
        for wiring in self.wiring.controllers:
            worker = self._workers.get(wiring.id)
            names = (wiring.id, *(door.id for door in wiring.doors))
            told += [_unheard(n) if worker is None else worker.health(n) for n in names]
        return tuple(self._in_view_of_ear(health) for health in told)

    def probe(self, device: str) -> Identity:
        """Ask a controller who it is. Raises one of the four families."""
        if self._listener is not None:
            raise fault("door.started", device, "probe")
        wiring = self._controller(device)
        with UhppoteLink(wiring) as link:
            asked_s = self._mono()
            try:
                reply = link.ask(encode.get_controller_request(wiring.serial))
            except Transient:
                reply = link.anybody()
            latency_s = self._mono() - asked_s
        serial, address, firmware = uhppote_packets.controller(device, reply)
        return Identity("UHPPOTE", address, str(serial), firmware, latency_s)

    def _controller(self, device: str) -> UhppoteWiring:
        for wiring in self.wiring.controllers:
            if device == wiring.id or any(device == door.id for door in wiring.doors):
                return wiring
        raise fault("door.unknown_device", device, "UHPPOTE")

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
                    ear.bind((self.wiring.listen_host, self.wiring.listen_port))
                    ear.settimeout(_LISTEN_S)
                    self._deaf = None
                    self._tried_to_listen.set()
                    self._hear(ear)
            except OSError as error:
                # Polling tells the same, late; the address may come back.
                self._deaf = f"{self.wiring.listen_host}:{self.wiring.listen_port}: {error.strerror}"
                self._tried_to_listen.set()
                self._stopping.wait(_DEAF_S)

    def _hear(self, ear: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                packet, (sender, _) = ear.recvfrom(2048)
            except TimeoutError:
                continue
            try:
                state, _ = uhppote_packets.live_event("UHPPOTE", packet)
            except Malformed:
                self.malformed += 1
                continue
            heard = [w for w in self._workers.values() if w.speaks_as(state.serial, sender)]
            self.malformed += not heard
            for worker in heard:
                worker.put(packet)

    def _in_view_of_ear(self, health: DeviceHealth) -> DeviceHealth:
        if self._deaf is None or not health.online:
            return health
        return replace(health, reason="door.deaf", detail=self._deaf)


def _unheard(name: str) -> DeviceHealth:
    return DeviceHealth(name, online=False, last_word_age_s=None, words=0, malformed=0, reconnects=0)
