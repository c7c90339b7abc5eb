"""A device that a probe heard, before its address is hashed."""

import re
from dataclasses import dataclass, field

from drivers.base import Malformed

# IEEE 802-2014, 8.4: the low bits of the first octet.
_GROUP = 0x01
_LOCAL = 0x02
WEAKEST_DBM, STRONGEST_DBM = -128, 20
_ADDRESS = re.compile(rb"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{12}")
_SEPARATORS = b":-"


@dataclass(frozen=True, slots=True)
class Heard:
    """One device, heard once: six raw octets that never appear in a text, and its strength if it was told."""

    address: bytes = field(repr=False)
    rssi_dbm: int | None

    @property
    def randomised(self) -> bool:
        """Whether the address is locally administered: a phone's mask, new every few minutes."""
        return bool(self.address[0] & _LOCAL)


def heard(address: bytes, rssi_dbm: int | None) -> Heard:
    """Return what was heard. Raises Malformed for what no single device can have sent."""
    if len(address) != 6 or address[0] & _GROUP:
        raise malformed("address")
    if rssi_dbm is not None and not WEAKEST_DBM <= rssi_dbm <= STRONGEST_DBM:
        raise malformed("rssi")
    return Heard(address, rssi_dbm)


def address_of(text: bytes) -> bytes:
    """Return the six octets of an address such as 80:56:F2:7B:47:1D, 80-56-.. or 8056F27B471D.

    Raises Malformed, with no word of the text.
    """
    if not _ADDRESS.fullmatch(text):
        raise malformed("address")
    return bytes.fromhex(text.translate(None, _SEPARATORS).decode("ascii"))


def malformed(what: str) -> Malformed:
    """Return the error for a broken `what`: what was said is never repeated, it may hold an address."""
    return Malformed("probe.malformed", "a probe said what cannot be read ({what})", what=what)
