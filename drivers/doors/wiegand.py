"""Wiegand card formats: raw bits in, facility and card number out."""

from dataclasses import dataclass

from drivers.doors.faults import fault

_MAX_BITS = 8 * 64


@dataclass(frozen=True, slots=True)
class Card:
    """The number on a card; `facility` is None where the format has none."""

    facility: int | None
    number: int


def decode(device: str, bits: int, data: bytes) -> Card | None:
    """Return what a card of `bits` bits, left-aligned in `data`, is called; None for a format we do not know.

    26 bits (H10301): even parity over bits 1-13, odd over 14-26, facility 8 bits, number 16 bits.
    34 bits (H10306): even parity over bits 1-17, odd over 18-34, facility 16 bits, number 16 bits.
    37 bits stay unknown: H10302 and H10304 share them and their parity, and number cards differently.
    Raises Malformed where the length does not fit the data or the parity is wrong.
    """
    if not 0 < bits <= _MAX_BITS or len(data) != (bits + 7) // 8:
        raise fault("door.garbled", device, f"a card of {bits} bits in {len(data)} bytes")
    if bits not in (26, 34):
        return None
    value = int.from_bytes(data, "big") >> (8 * len(data) - bits)
    half = bits // 2
    leading, trailing = value >> half, value & ((1 << half) - 1)
    if leading.bit_count() % 2 != 0 or trailing.bit_count() % 2 != 1:
        raise fault("door.parity", device, f"{bits} bits")
    payload = (value >> 1) & ((1 << (bits - 2)) - 1)
    return Card(facility=payload >> 16, number=payload & 0xFFFF)


def encode(bits: int, card: Card) -> bytes:
    """Return the left-aligned bits of a card of 26 or 34 bits, with parity. ValueError: it does not fit."""
    if bits not in (26, 34) or not 0 <= card.number < 1 << 16:
        raise ValueError("a card of 26 or 34 bits holds a number below 65536")
    facility = card.facility or 0
    if not 0 <= facility < 1 << (bits - 18):
        raise ValueError(f"the facility does not fit into {bits - 18} bits")
    payload = facility << 16 | card.number
    half = bits // 2
    leading = (payload >> (half - 1)).bit_count() % 2
    trailing = 1 - (payload & ((1 << (half - 1)) - 1)).bit_count() % 2
    value = leading << (bits - 1) | payload << 1 | trailing
    size = (bits + 7) // 8
    return (value << (8 * size - bits)).to_bytes(size, "big")
