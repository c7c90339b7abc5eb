"""Packets: what uhppoted publishes as a controller's own words, and what it makes of our simulator's."""

from datetime import UTC, date, datetime
from ipaddress import IPv4Address

import pytest
from uhppoted import decode, encode

from drivers.base import Malformed
from drivers.doors import uhppote_packets
from drivers.doors.uhppote_packets import DoorStatus, StoredCard
from drivers.sim.uhppote_controller import UhppoteController

SERIAL = 405_419_896
# A status, an event of firmware 6.62 and an entry without a valid time, as uhppoted's tests spell them.
STATUS = bytes.fromhex(
    "17200000 78372a18 4e000000 02010301 a1987c00 20220823 0947062c 00010000 00000001 03094939 00000000"
    "00000000 27070922 08230000 00000000 00000000".replace(" ", "")
)
UNTIMED = bytes.fromhex(
    "17b00000 78372a18 11270000 20010101 eaaccde9 20000000 0000002c".replace(" ", "")
) + bytes(36)
SHUT = DoorStatus(is_open=False, exit_pressed=False, unlocked=False)
DECODERS = {
    "status": (uhppote_packets.status, 0x20),
    "live event": (uhppote_packets.live_event, 0x20),
    "entry": (uhppote_packets.entry, 0xB0),
    "event index": (uhppote_packets.event_index, 0xB4),
    "opened": (uhppote_packets.opened, 0x40),
    "stored": (uhppote_packets.stored, 0x50),
    "deleted": (uhppote_packets.deleted, 0x52),
    "stored card": (uhppote_packets.stored_card, 0x5A),
    "controller": (uhppote_packets.controller, 0x94),
}


def simulated():
    """A controller that is asked without a network, at a moment of its own."""
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    return UhppoteController(SERIAL, mono=lambda: 100.0, wall=now.timestamp)


def test_a_published_status_is_read_as_its_publisher_reads_it():
    state = uhppote_packets.status("box", STATUS)
    assert (state.serial, state.last_index) == (SERIAL, 78)
    assert state.now.isoformat() == "2022-08-23T09:49:39"
    assert [door.is_open for door in state.doors] == [False, True, False, False]
    assert [door.exit_pressed for door in state.doors] == [False, False, False, True]
    assert [door.unlocked for door in state.doors] == [True, True, True, False]


@pytest.mark.parametrize("first", [0x17, 0x19], ids=["now", "firmware 6.62"])
def test_a_published_event_is_read_as_its_publisher_reads_it(first):
    state, entry = uhppote_packets.live_event("box", bytes([first]) + STATUS[1:])
    assert (state.serial, entry.index, entry.kind, entry.granted, entry.door) == (SERIAL, 78, 2, True, 3)
    assert (entry.card, entry.at.isoformat(), entry.reason) == (8_165_537, "2022-08-23T09:47:06", 44)


def test_an_entry_whose_time_is_no_time_has_none():
    entry = uhppote_packets.entry("box", UNTIMED)
    assert (entry.index, entry.at) == (10_001, None)


def test_uhppoted_reads_the_simulators_state_as_it_is():
    sim = simulated()
    sim.contact(2, is_open=True)
    sim.push_button(4)
    told = decode.get_status_response(sim.answer(bytes(encode.get_status_request(SERIAL))))
    assert told.controller == SERIAL
    assert (told.system_date, told.system_time.isoformat()) == (date(2026, 3, 4), "05:06:07")
    assert [told.door_1_open, told.door_2_open, told.door_3_open, told.door_4_open] == [
        False,
        True,
        False,
        False,
    ]
    assert (told.relays, told.event_index, told.event_type, told.event_reason) == (0b1000, 2, 2, 20)
    assert told.event_timestamp.isoformat() == "2026-03-04T05:06:07"


def test_uhppoted_reads_the_simulators_memory_as_it_is():
    sim = simulated()
    sim.answer(bytes(encode.put_card_request(SERIAL, 42, date(2026, 1, 1), date(2027, 1, 1), 0, 1, 0, 0, 0)))
    assert (sim.swipe(42, 2), sim.swipe(42, 1), sim.swipe(43, 2)) == (True, False, False)
    entries = [
        decode.get_event_response(sim.answer(bytes(encode.get_event_request(SERIAL, index))))
        for index in (1, 2, 3, 4)
    ]
    assert [(e.index, e.event_type, e.access_granted, e.door, e.card) for e in entries] == [
        (1, 1, True, 2, 42),
        (2, 1, False, 1, 42),
        (3, 1, False, 2, 43),
        (4, 0, False, 0, 0),
    ]


def test_what_uhppoted_asks_is_understood_by_the_simulator():
    sim = simulated()

    def ask(request, decoder):
        return decoder(sim.answer(bytes(request)))

    delay = encode.set_door_control_request(SERIAL, 3, 3, 17)
    assert ask(delay, decode.set_door_control_response).delay == 17
    assert ask(encode.get_door_control_request(SERIAL, 3), decode.get_door_control_response).delay == 17
    assert ask(encode.open_door_request(SERIAL, 3), decode.open_door_response).opened
    assert not ask(encode.open_door_request(SERIAL, 5), decode.open_door_response).opened
    listener = encode.set_listener_request(SERIAL, IPv4Address("10.1.2.3"), 60001)
    assert ask(listener, decode.set_listener_response).ok
    told = ask(encode.get_listener_request(SERIAL), decode.get_listener_response)
    assert (str(told.address), told.port) == ("10.1.2.3", 60001)
    assert ask(encode.set_event_index_request(SERIAL, 9), decode.set_event_index_response).updated
    assert ask(encode.get_event_index_request(SERIAL), decode.get_event_index_response).event_index == 9
    assert ask(encode.get_cards_request(SERIAL), decode.get_cards_response).cards == 0
    who = ask(encode.get_controller_request(0), decode.get_controller_response)
    assert (who.controller, str(who.ip_address)) == (SERIAL, "127.0.0.1")
    assert sim.answer(bytes(encode.get_status_request(SERIAL + 1))) is None


def test_a_card_that_was_stored_is_read_with_its_days_and_doors():
    sim = simulated()
    put = encode.put_card_request(SERIAL, 42, date(2026, 1, 1), date(2027, 1, 1), 0, 1, 0, 1, 0)
    assert uhppote_packets.stored("box", sim.answer(bytes(put)))
    told = sim.answer(bytes(encode.get_card_request(SERIAL, 42)))
    card = StoredCard(42, date(2026, 1, 1), date(2027, 1, 1), frozenset({2, 4}))
    assert uhppote_packets.stored_card("box", told) == card
    none = sim.answer(bytes(encode.get_card_request(SERIAL, 43)))
    assert uhppote_packets.stored_card("box", none) is None


def test_an_answer_about_another_entry_is_none_to_ours():
    sim = simulated()
    sim.swipe(1, 1)
    told = sim.answer(bytes(encode.get_event_request(SERIAL, 1)))
    assert uhppote_packets.answers_for(1)(told)
    assert not uhppote_packets.answers_for(2)(told)
    assert uhppote_packets.answers_for(2)(told[:8] + bytes(4) + told[12:])


@pytest.mark.parametrize("name", DECODERS)
def test_what_is_no_such_packet_is_malformed_and_names_the_device(name):
    decoder, function = DECODERS[name]
    good = bytes([0x17, function]) + bytes(62)
    decoder("box", good[:4] + SERIAL.to_bytes(4, "little") + good[8:])
    for raw in (b"", good[:-1], good + b"\0", b"\x18" + good[1:], b"\x17\x00" + good[2:]):
        with pytest.raises(Malformed) as refused:
            decoder("box", raw)
        assert refused.value.key == "door.garbled"
        assert refused.value.values["device"] == "box"


def test_a_packet_of_another_length_has_no_serial_number():
    assert uhppote_packets.serial("box", STATUS) == SERIAL
    with pytest.raises(Malformed):
        uhppote_packets.serial("box", STATUS[:-1])
