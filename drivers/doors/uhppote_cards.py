"""The cards that a UHPPOTE controller lets in by itself while the box is away."""

from uhppoted import encode

from drivers.doors import uhppote_packets
from drivers.doors.faults import fault
from drivers.doors.uhppote_link import UhppoteLink
from drivers.doors.uhppote_packets import StoredCard
from drivers.doors.uhppote_wiring import UhppoteWiring

_DOORS = (1, 2, 3, 4)


def put_card(wiring: UhppoteWiring, card: StoredCard) -> None:
    """Store a card, in place of what was stored under its number. Raises one of the four families."""
    request = encode.put_card_request(
        wiring.serial,
        card.number,
        card.valid_from,
        card.valid_until,
        *(int(number in card.doors) for number in _DOORS),
        0,
    )
    with UhppoteLink(wiring) as link:
        if not uhppote_packets.stored(wiring.id, link.ask(request)):
            raise fault("door.card_refused", wiring.id, str(card.number))


def get_card(wiring: UhppoteWiring, number: int) -> StoredCard | None:
    """Return a stored card, None where there is none. Raises one of the four families."""
    with UhppoteLink(wiring) as link:
        reply = link.ask(encode.get_card_request(wiring.serial, number))
    return uhppote_packets.stored_card(wiring.id, reply)


def delete_card(wiring: UhppoteWiring, number: int) -> bool:
    """Delete a card; return whether there was one. Raises one of the four families."""
    with UhppoteLink(wiring) as link:
        reply = link.ask(encode.delete_card_request(wiring.serial, number))
    return uhppote_packets.deleted(wiring.id, reply)
