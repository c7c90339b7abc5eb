"""Three readers on one bus at 9600 baud, all well: libosdp on our end, our own simulator on the other."""

import time

import pytest

from drivers.base import Misconfigured, WrongState
from drivers.doors import faults
from drivers.doors.wiegand import Card, encode
from drivers.said import (
    CardPresented,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    OrderDone,
    PowerChanged,
    TamperChanged,
)
from drivers.sim.osdp_reader import DEFAULT_KEY
from tests.drivers.osdp_gate import NAMES, Gate, key_of, running


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    with running(Gate(tmp_path_factory.mktemp("bus"), baud=9600)) as whole:
        whole.settle()
        yield whole


def test_every_reader_is_found_once_with_what_its_plate_says(gate):
    for name in NAMES:
        found = gate.all(DeviceFound, device=name)
        assert [(f.identity, f.firmware, f.away_s) for f in found] == [
            (f"123456 7.2 {gate.readers[name].plate.serial:08X}", "1.4.2", None)
        ]
        assert gate.readers[name].secure


def test_every_state_is_read_and_told_as_read_after_its_reader_was_found(gate):
    for name in NAMES:
        told = [s for s in gate.said if s.device == name]
        assert isinstance(told[0], DeviceFound)
        firsts = [s for s in told if s.first]
        assert {type(s) for s in firsts} == {DoorChanged, TamperChanged, PowerChanged}
        door = [s for s in firsts if isinstance(s, DoorChanged)][-1]
        assert (door.position, door.lock) == ("closed", "locked")
        assert gate.all(TamperChanged, device=name, first=True)[0].tampered is False
        assert gate.all(PowerChanged, device=name, first=True)[0].power == "mains"


@pytest.mark.parametrize(("bits", "card"), [(26, Card(17, 1042)), (34, Card(300, 65535))])
def test_a_card_is_told_by_its_reader_with_its_number(gate, bits, card):
    mark, data = gate.mark(), encode(bits, card)
    gate.readers["south"].card(bits, data)
    told = gate.wait(CardPresented, mark)
    assert told.device == "south"
    assert (told.bits, told.data, told.facility, told.number) == (bits, data, card.facility, card.number)
    assert (told.late_s, told.first) == (0.0, False)


def test_a_card_of_a_format_that_nobody_knows_is_told_with_its_bits(gate):
    mark = gate.mark()
    gate.readers["north"].card(37, bytes(range(5)))
    told = gate.wait(CardPresented, mark, device="north")
    assert (told.bits, told.data, told.facility, told.number) == (37, bytes(range(5)), None, None)


def test_a_card_that_was_read_wrong_is_counted_and_not_told(gate):
    mark, before = gate.mark(), gate.health("garage").malformed
    good = encode(26, Card(17, 1042))
    gate.readers["garage"].card(26, bytes([good[0] ^ 0x40]) + good[1:])
    gate.readers["garage"].card(26, good)
    assert gate.wait(CardPresented, mark).number == 1042
    assert gate.health("garage").malformed == before + 1


def test_what_is_pressed_on_a_keypad_is_told_and_never_shown(gate):
    mark = gate.mark()
    gate.readers["north"].keys("190*58#")
    told = gate.wait(KeysPressed, mark, device="north")
    assert told.keys == "190*58#"
    assert "190" not in repr(told)


def test_a_door_that_opens_and_closes_is_told_each_time(gate):
    mark = gate.mark()
    for is_open, position in ((True, "open"), (False, "closed")):
        gate.readers["north"].contact(is_open=is_open)
        assert gate.wait(DoorChanged, mark, device="north", position=position).first is False


def test_the_exit_button_is_told_when_it_is_pressed_and_not_when_it_is_let_go(gate):
    mark = gate.mark()
    for pressed in (True, False, True, False):
        gate.readers["south"].exit_button(pressed=pressed)
    gate.readers["south"].keys("0")
    gate.wait(KeysPressed, mark, device="south")
    assert len(gate.all(ExitRequested, mark, device="south")) == 2


def test_who_presses_and_opens_in_one_moment_was_let_out_before_the_door_opened(gate):
    mark, reader = gate.mark(), gate.readers["garage"]
    reader.inside.exit_pressed = True
    reader.contact(is_open=True)
    gate.wait(DoorChanged, mark, device="garage", position="open")
    assert [type(s) for s in gate.said[mark:]] == [ExitRequested, DoorChanged]
    reader.inside.exit_pressed = False
    reader.contact(is_open=False)
    gate.wait(DoorChanged, mark, device="garage", position="closed")


def test_an_opened_housing_and_a_failed_supply_are_told_and_their_end_too(gate):
    mark, reader = gate.mark(), gate.readers["south"]
    reader.tamper(tampered=True)
    assert gate.wait(TamperChanged, mark, device="south").tampered is True
    reader.power(failed=True)
    assert gate.wait(PowerChanged, mark, device="south").power == "battery"
    reader.tamper(tampered=False)
    reader.power(failed=False)
    gate.wait(PowerChanged, mark, device="south", power="mains")
    assert [s.tampered for s in gate.all(TamperChanged, mark, device="south")] == [True, False]


def test_an_opened_lock_is_confirmed_and_the_reader_itself_ends_the_pulse(gate):
    mark, inside = gate.mark(), gate.readers["north"].inside
    done = gate.open("north", pulse_ms=700)
    assert (done.device, done.refused) == ("north", None)
    assert inside.unlocked_until_s - inside.openings[-1] == pytest.approx(0.7)
    gate.wait(DoorChanged, mark, device="north", lock="unlocked")
    gate.wait(DoorChanged, mark, device="north", lock="locked")
    assert [s.lock for s in gate.all(DoorChanged, mark, device="north")] == ["unlocked", "locked"]


def test_a_pulse_is_rounded_up_to_tenths_of_a_second(gate):
    inside = gate.readers["garage"].inside
    assert gate.open("garage", pulse_ms=101).refused is None
    assert inside.unlocked_until_s - inside.openings[-1] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("what", "colour", "beeps"), [("granted", 2, [1]), ("refused", 1, [3]), ("wait", 3, [])]
)
def test_a_reader_shows_and_sounds_the_answer(gate, what, colour, beeps):
    inside = gate.readers["south"].inside
    inside.leds.clear()
    inside.beeps.clear()
    assert gate.signal("south", what).refused is None
    # Reader, LED, control code, on time, off time, on colour.
    assert [(led[0], led[1], led[2], led[5]) for led in inside.leds] == [(0, 0, 2, colour)]
    assert [beep[4] for beep in inside.beeps] == beeps


@pytest.mark.parametrize("pulse_ms", [0, 99, 25_501, -1])
def test_a_pulse_that_no_reader_can_time_is_refused_at_once(gate, pulse_ms):
    with pytest.raises(Misconfigured) as refused:
        gate.bus.open("north", gate.order(), pulse_ms)
    assert refused.value.key == "door.pulse_length"


def test_an_order_that_comes_too_late_is_refused_and_never_sent(gate):
    inside = gate.readers["south"].inside
    before = list(inside.openings)
    assert gate.open("south", good_for_s=0.0).refused == faults.LATE
    assert gate.signal("south", "granted").refused is None
    assert inside.openings == before


def test_each_order_is_answered_once(gate):
    mark = gate.mark()
    orders = [gate.order() for _ in NAMES]
    for name, order in zip(NAMES, orders, strict=True):
        gate.bus.signal(name, order, "granted")
    for order in orders:
        gate.wait(OrderDone, mark, order=order.id)
    gate.signal("north", "wait")
    assert sorted(s.order for s in gate.all(OrderDone, mark))[:3] == sorted(o.id for o in orders)
    assert len(gate.all(OrderDone, mark)) == 4


def test_a_device_that_is_not_on_the_wire_is_our_own_mistake(gate):
    calls = (
        lambda: gate.bus.open("west", gate.order(), 1000),
        lambda: gate.bus.signal("west", gate.order(), "wait"),
        lambda: gate.bus.deadline_s("west"),
    )
    for call in calls:
        with pytest.raises(WrongState) as refused:
            call()
        assert refused.value.key == "door.unknown_device"


def test_a_running_bus_is_neither_started_again_nor_probed(gate):
    for call in (lambda: gate.bus.start(gate.tell), lambda: gate.bus.probe("north")):
        with pytest.raises(WrongState) as refused:
            call()
        assert refused.value.key == "door.started"


def test_health_tells_who_is_there_and_how_fresh_that_is(gate):
    words = {h.device: h.words for h in gate.bus.health()}
    mark = gate.mark()
    gate.readers["north"].keys("1")
    gate.wait(KeysPressed, mark)
    assert tuple(words) == gate.bus.devices == NAMES
    for health in gate.bus.health():
        assert (health.online, health.reason, health.detail, health.reconnects) == (True, None, "", 0)
        assert 0 <= health.last_word_age_s < gate.bus.deadline_s(health.device)
    assert gate.health("north").words > words["north"] > 10


def test_a_power_cycled_reader_is_secure_again_within_five_seconds(gate):
    mark, reader = gate.mark(), gate.readers["north"]
    reader.unplug()
    time.sleep(0.3)
    reader.plug()
    began_s = time.monotonic()
    while not reader.secure:
        assert time.monotonic() - began_s < 5
        time.sleep(0.005)
    reader.keys("3")
    gate.wait(KeysPressed, mark, device="north")
    assert gate.all(DeviceLost, mark) == []


def test_a_door_opened_during_a_break_too_short_to_tell_is_a_change(gate):
    mark, reader = gate.mark(), gate.readers["north"]
    reader.unplug()
    reader.inside.contact_open = True
    reader.inside.tampered = True
    reader.plug()
    opened = gate.wait(DoorChanged, mark, device="north")
    assert (opened.position, opened.first) == ("open", False)
    tampered = gate.wait(TamperChanged, mark, device="north")
    assert (tampered.tampered, tampered.first) == (True, False)
    reader.contact(is_open=False)
    reader.tamper(tampered=False)
    assert gate.all(DeviceLost, mark) == []


def test_nobody_was_lost_all_the_while(gate):
    assert gate.all(DeviceLost) == []


def test_keys_never_travel_in_what_is_told(gate):
    text = repr(gate.said) + repr(gate.bus.health())
    for key in (key_of(1), key_of(2), key_of(3), DEFAULT_KEY):
        assert key.hex() not in text
        assert repr(key)[2:-1] not in text


def test_a_card_is_told_long_before_its_holder_grows_impatient(gate):
    taken = []
    for number in range(20):
        mark, began_s = gate.mark(), time.monotonic()
        gate.readers[NAMES[number % 3]].card(26, encode(26, Card(1, number)))
        gate.wait(CardPresented, mark, number=number)
        taken.append(time.monotonic() - began_s)
    # About 50 ms on a quiet machine; this one may be busy.
    assert sorted(taken)[len(taken) // 2] < 0.5
