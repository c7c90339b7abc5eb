"""Who is there: WS-Discovery by multicast, and the decoder of what strangers answer."""

import errno
import os
import re
import selectors
import socket
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from onveef.parsers import child_text
from onveef.wsdiscovery import WS_DISCOVERY_ADDRESS, WS_DISCOVERY_PORT, build_probe

from drivers.base import DeviceError, Malformed
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_names import printable
from drivers.cameras.onvif_wiring import OnvifWiring, wiring_at
from drivers.cameras.onvif_xml import bounded, decoded, local

# A device must have every type that a probe names, so each is asked for by itself.
_TYPES = ("dn:NetworkVideoTransmitter", "tds:Device")
# Multicast gets lost and cameras answer late: asked again when these parts of the time are over.
_ASKED_AT = (0.0, 0.25, 0.5)
MOST_CAMERAS = 1000
LARGEST_DATAGRAM = 65535
# Scopes stand apart by spaces, and cameras write spaces into their names nevertheless.
_NEXT_SCOPE = re.compile(r"\s(?=[A-Za-z][\w+.-]*:\S)")
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A device that answered; nothing of it is proven. `address` is its device service."""

    address: str
    host: str
    name: str
    hardware: str
    scopes: tuple[str, ...]

    @property
    def profiles(self) -> tuple[str, ...]:
        """The ONVIF profiles it claims: Streaming, T, G."""
        return _scoped(self.scopes, "Profile")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan heard: cameras by address, unreadable answers, and through which interfaces it asked."""

    cameras: tuple[FoundCamera, ...]
    malformed: int
    interfaces: tuple[str, ...]
    unusable: tuple[tuple[str, str], ...]


def decode_probe_matches(datagram: bytes, sender: str) -> tuple[FoundCamera, ...]:
    """Return the devices that one datagram from `sender` names; it is used whole. Malformed: no answer."""
    root = bounded(decoded(datagram), sender)
    if local(root) != "Envelope":
        raise fault("onvif.malformed", sender, "no SOAP envelope")
    return tuple(_found(match, sender) for match in root.iter() if local(match) == "ProbeMatch")


def discover(seconds: float, mono: Callable[[], float], interfaces: Sequence[str] | None = None) -> Scan:
    """Ask every device on the networks of this box who it is, and listen for so long.

    `interfaces` are names, all of this box by default. Transient: none of them can be asked through.
    """
    names = [name for _, name in socket.if_nameindex() if name != "lo"] if interfaces is None else interfaces
    listening = _Listening()
    try:
        for name in names:
            listening.open(name)
        _listen(listening, seconds, mono)
        if not listening.sockets:
            why = ", ".join(f"{name}: {reason}" for name, reason in listening.unusable.items())
            raise fault("onvif.no_network", why or "-", "WS-Discovery")
    finally:
        listening.close()
    return listening.heard()


def _found(match: Element, sender: str) -> FoundCamera:
    written = (printable(unquote(scope)) for scope in _NEXT_SCOPE.split(child_text(match, "Scopes")))
    scopes = tuple(scope for scope in written if scope)
    wiring = _best(child_text(match, "XAddrs").split(), sender)
    return FoundCamera(
        address=wiring.address(),
        host=wiring.host,
        name=next(iter(_scoped(scopes, "name")), ""),
        hardware=next(iter(_scoped(scopes, "hardware")), ""),
        scopes=scopes,
    )


def _best(addresses: Sequence[str], sender: str) -> OnvifWiring:
    """Return the named address at the host that sent, else the first one, there too.

    What a stranger names is asked with a password later on: it can send nobody to another host.
    """
    usable = list(_usable(addresses))
    if not usable:
        raise fault("onvif.malformed", sender, "no address of a device service")
    best = next((wiring for wiring in usable if wiring.host == sender), usable[0])
    return OnvifWiring(sender, best.port, scheme=best.scheme, path=best.path)


def _usable(addresses: Sequence[str]) -> Iterator[OnvifWiring]:
    for address in addresses:
        if "://" in address:
            try:
                yield wiring_at(address)
            except DeviceError:
                # A camera lists IPv6 zones and other oddities beside its usable address.
                continue


def _scoped(scopes: Sequence[str], kind: str) -> tuple[str, ...]:
    start = f"{_SCOPE}{kind}/".lower()
    return tuple(scope[len(start) :] for scope in scopes if scope.lower().startswith(start))


@dataclass(slots=True)
class _Listening:
    """One socket an interface, and what was heard on them."""

    sockets: dict[str, socket.socket] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    found: dict[str, FoundCamera] = field(default_factory=dict)
    malformed: int = 0

    def open(self, name: str) -> None:
        try:
            self.sockets[name] = _multicaster(name)
        except OSError as error:
            self._give_up(name, error)

    def ask(self, types: str) -> None:
        for name, wire in list(self.sockets.items()):
            probe = build_probe(message_id=f"urn:uuid:{uuid.uuid4()}", types=types)
            try:
                wire.sendto(probe.encode(), (WS_DISCOVERY_ADDRESS, WS_DISCOVERY_PORT))
            except OSError as error:
                self._give_up(name, error)

    def take(self, name: str) -> None:
        try:
            datagram, sender = self.sockets[name].recvfrom(LARGEST_DATAGRAM)
        except BlockingIOError:
            return
        except OSError as error:
            self._give_up(name, error)
            return
        try:
            cameras = decode_probe_matches(datagram, str(sender[0]))
        except Malformed:
            self.malformed += 1
            return
        for camera in cameras:
            # Not by its endpoint: cloned cameras share one.
            self.found.setdefault(camera.address, camera)

    def heard(self) -> Scan:
        cameras = sorted(self.found.values(), key=lambda camera: camera.address)
        unusable = tuple(self.unusable.items())
        return Scan(tuple(cameras), self.malformed, tuple(self.sockets), unusable)

    def close(self) -> None:
        for wire in self.sockets.values():
            wire.close()

    def _give_up(self, name: str, error: OSError) -> None:
        self.unusable[name] = os.strerror(error.errno or errno.EIO)
        wire = self.sockets.pop(name, None)
        if wire is not None:
            wire.close()


def _multicaster(interface: str) -> socket.socket:
    index = socket.if_nametoindex(interface)
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        # By its index: the box has an address in the cameras' network, but its default route lies elsewhere.
        wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", index))
    except OSError:
        wire.close()
        raise
    return wire


def _listen(listening: _Listening, seconds: float, mono: Callable[[], float]) -> None:
    began = mono()
    questions = [(began + seconds * part, types) for part in _ASKED_AT for types in _TYPES]
    with selectors.DefaultSelector() as selector:
        for name, wire in listening.sockets.items():
            selector.register(wire, selectors.EVENT_READ, name)
        while listening.sockets and (now := mono()) < began + seconds and len(listening.found) < MOST_CAMERAS:
            while questions and questions[0][0] <= now:
                listening.ask(questions.pop(0)[1])
            until = questions[0][0] if questions else began + seconds
            for key, _ in selector.select(max(0.0, until - mono())):
                if key.data in listening.sockets:
                    listening.take(key.data)
