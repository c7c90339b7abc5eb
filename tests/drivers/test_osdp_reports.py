"""From libosdp's events to what a door said."""

from pathlib import Path

import osdp_sys
import pytest

from drivers.base import Malformed
from drivers.doors.osdp_commands import Report
from drivers.doors.osdp_reports import ReaderState, identity, told
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.said import (
    CardPresented,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    PowerChanged,
    TamperChanged,
)

NORTH = OsdpReaderWiring("north", 1, Path("north.key"))
READ = ReaderState(position="closed", lock="locked", tampered=False, power="mains", unread=frozenset())


def status(report, *flags):
    return {"event": osdp_sys.EVENT_STATUS, "type": int(report), "report": bytes(flags)}


def after(event, state=READ, wiring=NORTH):
    return told(event, state, wiring, 7.0)


def said(event, state=READ, wiring=NORTH):
    return after(event, state, wiring)[1]


def test_a_card_has_its_bits_its_number_and_its_time():
    data = encode(26, Card(3, 4))
    event = {"event": osdp_sys.EVENT_CARDREAD, "data": data, "length": 26}
    assert said(event) == (
        CardPresented(device="north", mono_s=7.0, bits=26, data=data, facility=3, number=4),
    )


def test_a_card_without_a_length_is_as_long_as_its_data():
    (card,) = said({"event": osdp_sys.EVENT_CARDREAD, "data": bytes(7)})
    assert (card.bits, card.number) == (56, None)


def test_keys_are_told_as_they_are_printed():
    assert said({"event": osdp_sys.EVENT_KEYPRESS, "data": b"12\x7f\r"}) == (
        KeysPressed(device="north", mono_s=7.0, keys="12*#"),
    )


@pytest.mark.parametrize(
    "event",
    [
        {"event": osdp_sys.EVENT_KEYPRESS, "data": b""},
        {"event": osdp_sys.EVENT_KEYPRESS, "data": b"1" * 65},
        {"event": osdp_sys.EVENT_KEYPRESS, "data": b"1\x00"},
        {"event": osdp_sys.EVENT_KEYPRESS},
        {"event": osdp_sys.EVENT_KEYPRESS, "data": "12"},
        {"event": osdp_sys.EVENT_CARDREAD, "length": 26},
        {"event": osdp_sys.EVENT_CARDREAD, "data": bytes(4), "length": "26"},
        {"event": osdp_sys.EVENT_CARDREAD, "data": bytes(4), "length": 26 + 8},
        {"event": osdp_sys.EVENT_STATUS, "type": int(Report.INPUT)},
        status(Report.INPUT, 1),
        status(Report.INPUT, 0, 2),
        status(Report.OUTPUT),
        status(Report.LOCAL, 0),
    ],
)
def test_what_breaks_the_protocol_is_malformed_and_names_the_reader(event):
    with pytest.raises(Malformed) as refused:
        after(event)
    assert refused.value.values["device"] == "north"


@pytest.mark.parametrize("event", [{}, {"event": 99}, status(99, 0), {"event": osdp_sys.EVENT_NOTIFICATION}])
def test_an_event_that_concerns_no_door_is_passed_over(event):
    assert after(event) == (READ, ())


def test_each_state_is_told_as_read_when_it_is_read_first_even_where_nothing_is_special():
    state, first = after(status(Report.INPUT, 0, 0), ReaderState())
    assert first == (DoorChanged(device="north", mono_s=7.0, first=True, position="closed"),)
    state, second = after(status(Report.OUTPUT, 0), state)
    assert second == (DoorChanged(device="north", mono_s=7.0, first=True, position="closed", lock="locked"),)
    state, third = after(status(Report.LOCAL, 0, 0), state)
    assert third == (
        TamperChanged(device="north", mono_s=7.0, first=True, tampered=False),
        PowerChanged(device="north", mono_s=7.0, first=True, power="mains"),
    )
    assert state == READ
    for report, flags in ((Report.INPUT, (0, 0)), (Report.OUTPUT, (0,)), (Report.LOCAL, (0, 0))):
        assert said(status(report, *flags), state) == ()


def test_only_what_is_different_is_told_later():
    (door,) = said(status(Report.INPUT, 1, 0))
    assert (door.position, door.lock, door.first) == ("open", "locked", False)
    (lock,) = said(status(Report.OUTPUT, 1))
    assert (lock.position, lock.lock) == ("closed", "unlocked")
    assert said(status(Report.LOCAL, 1, 0)) == (TamperChanged(device="north", mono_s=7.0, tampered=True),)
    assert said(status(Report.LOCAL, 0, 1)) == (PowerChanged(device="north", mono_s=7.0, power="battery"),)


def test_who_leaves_through_a_bar_that_opens_the_door_was_let_out_first():
    assert [type(s) for s in said(status(Report.INPUT, 1, 1))] == [ExitRequested, DoorChanged]


def test_an_exit_button_that_was_pressed_when_it_was_first_read_lets_nobody_out():
    state, first = after(status(Report.INPUT, 0, 1), ReaderState())
    assert not [s for s in first if isinstance(s, ExitRequested)]
    assert said(status(Report.INPUT, 0, 1), state) == ()
    state, _ = after(status(Report.INPUT, 0, 0), state)
    assert said(status(Report.INPUT, 0, 1), state) == (ExitRequested(device="north", mono_s=7.0),)


def test_a_contact_that_is_active_while_closed_is_read_the_other_way_round():
    wiring = OsdpReaderWiring("north", 1, Path("k"), contact_open_when_active=False)
    assert said(status(Report.INPUT, 0, 0), READ, wiring)[0].position == "open"
    assert said(status(Report.INPUT, 1, 0), READ, wiring) == ()


def test_inputs_and_outputs_are_those_of_the_wiring():
    wiring = OsdpReaderWiring("north", 1, Path("k"), contact_input=2, exit_input=None, lock_output=1)
    assert said(status(Report.INPUT, 1, 1, 0), READ, wiring) == ()
    assert said(status(Report.INPUT, 0, 0, 1), READ, wiring)[0].position == "open"
    assert said(status(Report.OUTPUT, 1, 0), READ, wiring) == ()
    assert said(status(Report.OUTPUT, 0, 1), READ, wiring)[0].lock == "unlocked"


def test_a_door_without_a_contact_has_no_position():
    wiring = OsdpReaderWiring("north", 1, Path("k"), contact_input=None, exit_input=None)
    state, first = after(status(Report.INPUT), ReaderState(), wiring)
    assert (state.position, first[0].position) == ("unknown", "unknown")


def test_a_plate_is_read_as_makers_print_it():
    known = {
        "vendor_code": 0xABC,
        "model": 7,
        "version": 2,
        "serial_number": -1,
        "firmware_version": 1 << 16 | 4 << 8 | 2,
    }
    who = identity(known, 0.05)
    assert (who.maker, who.model, who.serial, who.firmware, who.latency_s) == (
        "000ABC",
        "7.2",
        "FFFFFFFF",
        "1.4.2",
        0.05,
    )
