"""Orders to a door when its reader does not answer as it should: nothing opens that was given up."""

import time

import pytest

from drivers.base import WrongState
from drivers.doors import faults
from drivers.doors.osdp_supervising import Patience
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.said import CardPresented, DeviceLost, DoorChanged, ExitRequested, OrderDone
from drivers.sim.osdp_reader import Terminals
from tests.drivers.osdp_gate import Gate, key_of, running, write_key


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    with running(Gate(tmp_path_factory.mktemp("bus"), 2, lost_after_s=30.0)) as whole:
        whole.settle()
        yield whole


def openings(gate, device):
    return len(gate.readers[device].inside.openings)


def open_at_last(gate, device):
    """Order until the reader confirms: by then whatever was still on its way has arrived."""
    until_s = time.monotonic() + 20
    while gate.open(device).refused is not None:
        assert time.monotonic() < until_s
        time.sleep(0.1)


def test_an_order_that_nobody_confirmed_is_cut_off_and_opens_nothing_later(gate):
    reader = gate.readers["north"]
    before = openings(gate, "north")
    reader.stall()
    done = gate.open("north", good_for_s=60)
    reader.resume()
    assert done.refused == faults.NO_ANSWER
    # However long an order is good for, it is not waited for longer than this.
    assert 2 <= done.took_s < 15
    open_at_last(gate, "north")
    assert openings(gate, "north") == before + 1


def test_what_waited_behind_an_order_is_given_up_too_while_the_other_reader_is_served(gate):
    mark, reader = gate.mark(), gate.readers["south"]
    before = openings(gate, "south")
    reader.stall()
    orders = [gate.order(good_for_s=0.6) for _ in range(3)]
    for order in orders:
        gate.bus.open("south", order, 1000)
    gate.readers["north"].card(26, encode(26, Card(1, 77)))
    gate.wait(CardPresented, mark, device="north", number=77)
    assert gate.open("north").refused is None
    for order in orders:
        assert gate.wait(OrderDone, mark, order=order.id).refused == faults.NO_ANSWER
    reader.resume()
    open_at_last(gate, "south")
    assert openings(gate, "south") == before + 1


def test_an_order_whose_confirmation_was_lost_on_the_wire_opens_once(gate):
    inside = gate.readers["north"].inside
    before = len(inside.openings)
    order = gate.order()
    # The reader acts, its answer is lost: the panel repeats itself, and the reader only its answer.
    gate.line.lose_reply_to(0x68)
    gate.bus.open("north", order, 1000)
    done = gate.wait(OrderDone, order=order.id)
    assert done.refused is None
    assert done.took_s > 0.2
    assert len(inside.openings) == before + 1


def test_a_reader_that_refuses_an_order_is_told_as_that_and_comes_back(tmp_path):
    wiring = OsdpReaderWiring("north", 1, write_key(tmp_path / "k", key_of(1)), lock_output=0)
    other = OsdpReaderWiring("south", 2, write_key(tmp_path / "k2", key_of(2)), lock_output=3)
    with running(Gate(tmp_path, 2, wirings=(wiring, other))) as gate:
        # Output 3 does not exist: its state cannot be told either.
        gate.settle()
        mark = gate.mark()
        assert gate.open("south").refused == faults.REFUSED_BY_DEVICE
        assert gate.open("north").refused is None
        gate.readers["south"].contact(is_open=True)
        gate.wait(DoorChanged, mark, device="south", position="open")
        assert gate.all(DeviceLost) == []


def test_contact_button_and_lock_are_those_of_the_wiring(tmp_path):
    at = {"contact_input": 3, "exit_input": 2, "contact_open_when_active": False, "lock_output": 1}
    wiring = OsdpReaderWiring("north", 1, write_key(tmp_path / "k", key_of(1)), **at)
    gate = Gate(tmp_path, 1, wirings=(wiring,))
    gate.readers["north"]._terminals = Terminals(3, 2, contact_open_when_active=False, lock=1)
    with running(gate):
        gate.settle()
        assert gate.all(DoorChanged)[-1].position == "closed"
        gate.readers["north"].contact(is_open=True)
        gate.wait(DoorChanged, device="north", position="open")
        gate.readers["north"].exit_button(pressed=True)
        gate.wait(ExitRequested, device="north")
        assert gate.open("north").refused is None
        gate.wait(DoorChanged, device="north", lock="unlocked")


def test_orders_are_refused_at_once_while_a_reader_is_away(tmp_path):
    with running(Gate(tmp_path, 2, lost_after_s=1.6, patience=Patience(quiet_s=1.5))) as gate:
        gate.settle()
        gate.readers["north"].unplug()
        gate.wait(DeviceLost, device="north")
        done = gate.open("north")
        assert done.refused == faults.NOT_CONNECTED
        assert done.took_s < 1
        assert gate.readers["north"].inside.openings == []


def test_an_order_in_the_air_is_given_up_when_the_adapter_is_pulled(tmp_path):
    with running(Gate(tmp_path, 1)) as gate:
        gate.settle()
        gate.readers["north"].stall()
        order = gate.order()
        gate.bus.open("north", order, 1000)
        gate.line.unplug()
        assert gate.wait(OrderDone, order=order.id).refused in (faults.NO_ANSWER, faults.NOT_CONNECTED)
        gate.readers["north"].resume()
        gate.line.plug()
        gate.settle(after=gate.mark())
        assert gate.readers["north"].inside.openings == []
        assert len(gate.all(OrderDone, order=order.id)) == 1


def test_a_bus_that_does_not_run_takes_no_order(tmp_path):
    gate = Gate(tmp_path, 1)
    with pytest.raises(WrongState) as refused:
        gate.bus.open("north", gate.order(), 1000)
    assert refused.value.key == "door.not_started"
    with running(gate):
        gate.settle()
    with pytest.raises(WrongState):
        gate.bus.signal("north", gate.order(), "granted")
    assert gate.readers["north"].inside.leds == []


def test_a_bus_may_be_stopped_twice_and_before_it_was_started(tmp_path):
    gate = Gate(tmp_path, 1)
    gate.bus.stop()
    gate.bus.stop()
    with running(gate):
        pass
    gate.bus.stop()
