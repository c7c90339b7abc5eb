"""The bus against simulated stations on a real line: faults, orders, losses and returns."""

import threading
import time

import pytest

from drivers.base import Misconfigured, Transient, WrongState
from drivers.fences.host import FenceStation, FenceWiring
from drivers.modbus.bus import ModbusBus
from drivers.modbus.wiring import SerialLine
from drivers.said import (
    ArmedChanged,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    OrderDone,
    ZoneChanged,
)
from drivers.sim.modbus_slaves import RelayBoard
from drivers.sim.modbus_wire import SerialBus, TcpBus
from tests.drivers.ear import Ear
from tests.drivers.modbus_compound import BAUD, LOST_S, PATIENCE_S, PULSE, Compound, fresh

BOTH = pytest.mark.parametrize("idle", [SerialBus, TcpBus], ids=["serial", "tcp"], indirect=True)


@pytest.fixture
def idle(request):
    compound = Compound(getattr(request, "param", SerialBus))
    with compound.wire:
        yield compound


@pytest.fixture
def running(idle):
    bus = idle.bus()
    bus.start(idle.ears.tell)
    try:
        for fence in ("fence-1", "fence-2"):
            for zone in PULSE.zones:
                idle.ears.wait(ZoneChanged, device=fence, zone=zone, state="normal", first=True)
        idle.ears.wait(ContactChanged, device="gate", contact="beam", first=True)
        idle.ears.forget()
        yield idle, bus
    finally:
        bus.stop()


@BOTH
def test_a_device_can_be_probed_before_the_start(idle):
    bus = idle.bus()
    identity = bus.probe("fence-1")
    assert (identity.model, identity.serial, identity.firmware) == ("pulse fence host, 4 zones", "1", "2.00")
    assert 0 < identity.latency_s < 1
    assert bus.probe("gate").maker == "Waveshare"


def test_probing_what_is_not_there_is_a_clear_error(idle):
    idle.wire.unplug(1)
    with pytest.raises(Transient) as raised:
        idle.bus().probe("fence-1")
    assert raised.value.key == "modbus.silent"
    assert raised.value.values == {"device": "fence-1", "detail": idle.wire.port}
    with pytest.raises(Misconfigured):
        idle.bus().probe("nobody")


def test_a_station_with_another_register_map_is_told_as_such():
    with SerialBus([RelayBoard(1, time.monotonic)], BAUD) as wire:
        bus = ModbusBus(SerialLine(wire.port, BAUD), [FenceStation(FenceWiring("f", 1, PULSE))])
        with pytest.raises(Misconfigured) as raised:
            bus.probe("f")
        assert raised.value.key == "modbus.rejected"


def test_a_line_that_is_not_there_is_told_and_tried_again(tmp_path):
    ears = Ear(PATIENCE_S)
    line = SerialLine(str(tmp_path / "ttyUSB9"))
    bus = ModbusBus(line, [FenceStation(FenceWiring("f", 1, PULSE, lost_after_s=0.3))])
    with pytest.raises(Transient) as raised:
        bus.probe("f")
    assert raised.value.key == "modbus.line_missing"
    bus.start(ears.tell)
    try:
        lost = ears.wait(DeviceLost, device="f")
        assert (lost.reason, lost.silent_s) == ("modbus.line_missing", None)
        bus.arm("f", fresh(seconds=0.1), armed=True)
        assert ears.wait(OrderDone).refused == "relay.expired"
    finally:
        bus.stop()
    assert len(ears.all(DeviceLost)) == 1


@BOTH
def test_an_alarm_is_told_once_by_its_own_host(running):
    compound, _ = running
    compound.hosts[1].cut("3")
    said = compound.ears.wait(ZoneChanged, device="fence-1", zone="3", state="open_wire")
    assert not said.first
    compound.hosts[1].mend("3")
    compound.ears.wait(ZoneChanged, device="fence-1", zone="3", state="normal")
    assert len(compound.ears.all(ZoneChanged)) == 2


def test_an_unplugged_host_is_lost_once_found_once_and_the_others_live_on(running):
    compound, bus = running
    compound.wire.unplug(1)
    lost = compound.ears.wait(DeviceLost)
    assert (lost.device, lost.reason) == ("fence-1", "modbus.silent")
    assert LOST_S <= lost.silent_s < LOST_S + 0.5
    compound.hosts[2].climb("1")
    began_s = time.monotonic()
    compound.ears.wait(ZoneChanged, device="fence-2", zone="1", state="alarm")
    assert time.monotonic() - began_s < 0.5
    health = {h.device: h for h in bus.health()}
    assert (health["fence-1"].online, health["fence-1"].reason) == (False, "modbus.silent")
    assert health["fence-2"].online
    compound.wire.plug(1)
    found = compound.ears.wait(DeviceFound)
    assert found.device == "fence-1"
    assert found.away_s > LOST_S
    compound.ears.wait(ZoneChanged, device="fence-1", zone="4", first=True)
    assert len(compound.ears.all(DeviceLost)) == 1
    assert {h.device: h.reconnects for h in bus.health()}["fence-1"] == 1


def test_a_host_that_restarts_in_another_state_is_read_again(running):
    compound, _ = running
    compound.wire.unplug(2)
    compound.ears.wait(DeviceLost, device="fence-2")
    compound.hosts[2].restart({"2": "open_wire"}, armed=False)
    compound.wire.plug(2)
    assert compound.ears.wait(ZoneChanged, device="fence-2", zone="2", state="open_wire").first
    assert not compound.ears.wait(ArmedChanged, device="fence-2").armed


def test_a_stalled_bus_loses_everybody_once_and_recovers_by_itself(running):
    compound, _ = running
    compound.wire.stall()
    for device in ("fence-1", "fence-2", "board-1", "north", "gate", "horn"):
        compound.ears.wait(DeviceLost, device=device)
    compound.wire.stall(stalled=False)
    for device in ("fence-1", "fence-2", "board-1", "north", "gate", "horn"):
        compound.ears.wait(DeviceFound, device=device)
    assert len(compound.ears.all(DeviceLost)) == 6


def test_a_station_slower_than_its_time_does_not_answer_for_others(running):
    compound, _ = running
    compound.hosts[1].cut("1")
    compound.ears.wait(ZoneChanged, device="fence-1", state="open_wire")
    compound.wire.slow(1, 0.08)
    compound.ears.wait(DeviceLost, device="fence-1")
    time.sleep(0.5)
    assert [s for s in compound.ears.all(ZoneChanged) if s.device == "fence-2"] == []


@BOTH
def test_doubled_answers_change_nothing(running):
    compound, _ = running
    compound.wire.duplicate()
    compound.hosts[1].climb("1")
    compound.ears.wait(ZoneChanged, device="fence-1", zone="1", state="alarm")
    time.sleep(0.3)
    assert len(compound.ears.all(ZoneChanged)) == 1
    assert compound.ears.all(DeviceLost) == []


def test_a_serial_server_that_hangs_up_is_dialled_again():
    compound = Compound(TcpBus)
    with compound.wire:
        bus = compound.bus()
        bus.start(compound.ears.tell)
        try:
            compound.ears.wait(ZoneChanged, device="fence-1")
            compound.wire.hang_up()
            time.sleep(0.5)
            compound.hosts[1].cut("1")
            compound.ears.wait(ZoneChanged, device="fence-1", zone="1", state="open_wire")
        finally:
            bus.stop()


@BOTH
def test_a_lock_opens_for_its_pulse_and_the_board_closes_it_alone(running):
    compound, bus = running
    bus.open("north", fresh(), 400)
    done = compound.ears.wait(OrderDone, device="north")
    assert (done.order, done.refused) == ("o-1", None)
    assert 0 < done.took_s < 0.3
    assert compound.board.closed(0)
    # Nobody is there any more to switch it off.
    bus.stop()
    time.sleep(0.5)
    assert not compound.board.closed(0)


def test_an_order_that_came_too_late_is_refused_and_never_sent(running):
    compound, bus = running
    bus.open("north", fresh(seconds=-0.001), 400)
    assert compound.ears.wait(OrderDone).refused == "relay.expired"
    time.sleep(0.1)
    assert compound.board.writes == []


def test_an_order_that_came_too_late_leaves_no_trace(running):
    compound, bus = running
    bus.switch("horn", "siren", fresh("late", seconds=-0.001), on=True)
    bus.pulse("gate", "lower", fresh("late-2", seconds=-0.001), 300)
    compound.ears.wait(OrderDone, order="late-2", refused="relay.expired")
    time.sleep(0.35)
    # The siren may sound for its whole second, and no arm is falling that would have to rise again.
    compound.contact("loop", closed=True)
    bus.switch("horn", "siren", fresh("o-1"), on=True)
    compound.ears.wait(OrderDone, order="o-1", refused=None)
    compound.ears.wait(ContactChanged, contact="loop", closed=True)
    assert [(w.address, w.value) for w in compound.board.writes] == [(0x0203, 10)]


def test_an_order_to_a_dead_board_is_refused_in_time(running):
    compound, bus = running
    compound.wire.unplug(7)
    bus.open("north", fresh(seconds=1.0), 400)
    done = compound.ears.wait(OrderDone)
    assert done.refused == "relay.unanswered"
    assert done.took_s < 1.0


def test_an_order_goes_before_the_polls_of_a_bus_full_of_dead_stations(running):
    compound, bus = running
    compound.wire.unplug(1)
    compound.wire.unplug(2)
    compound.ears.wait(DeviceLost, device="fence-1")
    bus.open("north", fresh(), 400)
    assert compound.ears.wait(OrderDone).took_s < 0.3


def test_orders_are_refused_at_once_where_they_can_never_be_carried_out(running):
    _, bus = running
    for call in (
        lambda: bus.open("nobody", fresh(), 400),
        lambda: bus.open("gate", fresh(), 400),
        lambda: bus.open("north", fresh(), 5001),
        lambda: bus.open("north", fresh(), 0),
        lambda: bus.pulse("board-1", "strike", fresh(), 400),
        lambda: bus.pulse("board-1", "up", fresh(), 400),
        lambda: bus.switch("north", "strike", fresh(), on=True),
        lambda: bus.switch("gate", "lower", fresh(), on=True),
        lambda: bus.arm("north", fresh(), armed=True),
        lambda: bus.bypass("fence-1", "9", fresh(), bypassed=True),
    ):
        with pytest.raises(Misconfigured):
            call()


def test_a_door_contact_and_the_barriers_guards_are_told(running):
    compound, _ = running
    compound.contact("door", closed=True)
    assert compound.ears.wait(DoorChanged, device="north").position == "closed"
    compound.contact("loop", closed=True)
    assert compound.ears.wait(ContactChanged, device="gate", contact="loop").closed


@BOTH
def test_a_barrier_is_lowered_over_a_free_lane_and_never_on_a_car(running):
    compound, bus = running
    bus.pulse("gate", "lower", fresh("o-1"), 300)
    assert compound.ears.wait(OrderDone, order="o-1").refused is None
    assert compound.board.closed(2)
    time.sleep(0.4)
    compound.contact("loop", closed=True)
    bus.pulse("gate", "lower", fresh("o-2"), 300)
    assert compound.ears.wait(OrderDone, order="o-2").refused == "relay.car_below"
    assert not compound.board.closed(2)


def test_a_car_under_the_falling_arm_makes_it_rise(running):
    compound, bus = running
    bus.pulse("gate", "lower", fresh(), 300)
    compound.ears.wait(OrderDone)
    compound.contact("beam", closed=True)
    deadline_s = time.monotonic() + 0.3
    while not compound.board.closed(1) and time.monotonic() < deadline_s:
        time.sleep(0.005)
    assert compound.board.closed(1)
    assert not compound.board.closed(2)


def test_a_siren_ends_by_itself_and_rests(running):
    compound, bus = running
    bus.switch("horn", "siren", fresh("o-1", 9), on=True)
    compound.ears.wait(OrderDone, order="o-1", refused=None)
    assert compound.board.closed(3)
    time.sleep(1.1)
    assert not compound.board.closed(3)
    bus.pulse("horn", "siren", fresh("o-2", 9), 500)
    assert compound.ears.wait(OrderDone, order="o-2").refused == "relay.sounded_enough"


def test_a_lamp_stays_on_until_it_is_switched_off(running):
    compound, bus = running
    bus.switch("board-1", "lamp", fresh("o-1"), on=True)
    compound.ears.wait(OrderDone, order="o-1", refused=None)
    assert compound.board.closed(4)
    bus.switch("board-1", "lamp", fresh("o-2"), on=False)
    compound.ears.wait(OrderDone, order="o-2", refused=None)
    assert not compound.board.closed(4)


def test_disarming_is_confirmed_by_the_hosts_own_register(running):
    compound, bus = running
    bus.arm("fence-1", fresh(), armed=False)
    compound.ears.wait(OrderDone, device="fence-1", refused=None)
    assert not compound.ears.wait(ArmedChanged, device="fence-1").armed


def test_a_bypassed_zone_says_so(running):
    compound, bus = running
    compound.hosts[1].put(3, 0x12, 0)
    bus.bypass("fence-1", "3", fresh(), bypassed=True)
    compound.ears.wait(OrderDone, refused=None)
    compound.ears.wait(ZoneChanged, device="fence-1", zone="3", state="bypassed")


def test_calls_in_the_wrong_state_are_refused(idle):
    bus = idle.bus()
    with pytest.raises(WrongState):
        bus.open("north", fresh(), 400)
    bus.start(idle.ears.tell)
    try:
        with pytest.raises(WrongState):
            bus.start(idle.ears.tell)
        with pytest.raises(WrongState):
            bus.probe("north")
    finally:
        bus.stop()
    bus.stop()
    with pytest.raises(WrongState):
        bus.open("north", fresh(), 400)


@BOTH
def test_stopping_ends_the_thread_and_frees_the_line(idle):
    bus = idle.bus()
    before = threading.active_count()
    bus.start(idle.ears.tell)
    idle.ears.wait(DeviceFound, device="fence-1")
    began_s = time.monotonic()
    bus.stop()
    assert time.monotonic() - began_s < 1.0
    assert threading.active_count() == before
    # The same line can be opened again.
    again = idle.bus()
    assert again.probe("fence-2").maker == "generic"


@pytest.mark.parametrize(("second", "key"), [(("f", 2), "modbus.id_twice"), (("g", 1), "modbus.unit_twice")])
def test_two_devices_of_one_name_or_one_address_are_refused(second, key):
    stations = [FenceStation(FenceWiring(*wired, PULSE)) for wired in (("f", 1), second)]
    with pytest.raises(Misconfigured) as raised:
        ModbusBus(SerialLine("x"), stations)
    assert raised.value.key == key


def test_a_bus_of_noise_yields_no_event_and_recovers_by_itself(running):
    compound, bus = running
    compound.wire.noise(0.2)
    time.sleep(2.0)
    # Who was lost in the noise is found with what it truly is.
    assert {s.state for s in compound.ears.all(ZoneChanged)} <= {"normal"}
    assert not any(s.closed for s in compound.ears.all(ContactChanged))
    assert sum(h.malformed for h in bus.health()) > 0
    compound.wire.noise(0.0)
    compound.hosts[1].cut("2")
    compound.ears.wait(ZoneChanged, device="fence-1", zone="2", state="open_wire")


def test_a_defect_in_a_station_does_not_end_the_bus(idle, caplog):
    bus = idle.bus()
    station = bus._roll.of("fence-1").station
    original, failures = station.look, [RuntimeError("a defect")]

    def look(answers, now_s):
        if failures:
            raise failures.pop()
        return original(answers, now_s)

    station.look = look
    bus.start(idle.ears.tell)
    try:
        idle.ears.wait(ZoneChanged, device="fence-1")
    finally:
        bus.stop()
    assert "unexpected failure" in caplog.text
