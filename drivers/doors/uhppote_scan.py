"""Who is there on the gate's network: every UHPPOTE controller is asked by broadcast who it is."""

import errno
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from uhppoted import encode

from drivers.base import Malformed, Misconfigured, Transient
from drivers.doors import uhppote_packets
from drivers.doors.faults import fault

PORT = 60000
_ALL = 0
# Broadcasts get lost: asked again when these parts of the time are over.
_ASKED_AT = (0.0, 0.25, 0.5)
_LARGEST_BYTES = 2048
# A time-out of 0 would mean not to wait at all.
_SHORTEST_S = 0.001
MOST_CONTROLLERS = 1000


@dataclass(frozen=True, slots=True)
class FoundController:
    """A controller that answered from `host`. Its hardware address is left out on purpose."""

    serial: int
    host: str
    port: int
    firmware: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Who answered, in the order of their serial numbers, and how many packets were no answers."""

    controllers: tuple[FoundController, ...]
    malformed: int


def find_controllers(
    address: str,
    seconds: float,
    mono: Callable[[], float] = time.monotonic,
    to: tuple[str, int] = ("255.255.255.255", PORT),
) -> Scan:
    """Ask through the interface that has `address`, and listen for so long; nothing else is ever sent.

    Raises Misconfigured where `address` is none of this box, Transient where its network is down.
    """
    link = _open(address)
    try:
        return _listen(link, seconds, mono, to)
    except OSError as error:
        cause = os.strerror(error.errno or errno.EIO)
    finally:
        link.close()
    raise Transient(
        "scan.network_down",
        "nothing can be sent through {address} ({detail}): check its cable and network",
        address=address,
        detail=cause,
    )


def _listen(link: socket.socket, seconds: float, mono: Callable[[], float], to: tuple[str, int]) -> Scan:
    found: dict[tuple[int, str], FoundController] = {}
    malformed, began_s = 0, mono()
    questions = [began_s + seconds * part for part in _ASKED_AT]
    while (now_s := mono()) < began_s + seconds and len(found) < MOST_CONTROLLERS:
        if questions and questions[0] <= now_s:
            del questions[0]
            link.sendto(encode.get_controller_request(_ALL), to)
        until_s = questions[0] if questions else began_s + seconds
        link.settimeout(max(_SHORTEST_S, until_s - mono()))
        try:
            told = _told(*link.recvfrom(_LARGEST_BYTES))
        except TimeoutError:
            continue
        except Malformed:
            malformed += 1
            continue
        found.setdefault((told.serial, told.host), told)
    return Scan(tuple(found[key] for key in sorted(found)), malformed)


def _told(packet: bytes, sender: tuple[str, int]) -> FoundController:
    host, port = sender
    serial, _, firmware = uhppote_packets.controller(host, packet)
    if serial == _ALL:
        raise fault("door.garbled", host, "the number by which all controllers are called")
    return FoundController(serial, host, port, firmware)


def _open(address: str) -> socket.socket:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        unspecified = IPv4Address(address).is_unspecified
        link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        # Linux sends a limited broadcast through the interface that has the sender's address.
        link.bind((address, 0))
    except (AddressValueError, OSError):
        unspecified = True
    if not unspecified:
        return link
    link.close()
    raise Misconfigured(
        "scan.not_our_address",
        "{address} is no IPv4 address of this box: give the one it has on the gate's network",
        address=address,
    )
