"""A fence host's readings become news, once each."""

import pytest

from drivers.base import Misconfigured, Order
from drivers.fences.host import FenceStation, FenceWiring, request_of
from drivers.fences.profile import Write
from drivers.fences.profile_files import load
from drivers.modbus.commands import Arm, Bypass, Switch
from drivers.modbus.frames import PulseCoil, WriteCoil, WriteRegister
from drivers.said import ArmedChanged, PowerChanged, TamperChanged, ZoneChanged

PULSE = load("pulse-fence-4")
ORDER = Order("o-1", 10.0)


class Host:
    """Builder: registers set by hand, looked at every 0.1 s."""

    def __init__(self, **wiring):
        self.station = FenceStation(FenceWiring("fence-1", 3, PULSE, **wiring))
        self.registers = [0] * 4 + [800] * 4 + [0b1000]
        self.now_s = 0.0

    def looks(self, times=2):
        said = []
        for _ in range(times):
            self.now_s += 0.1
            said += self.station.look([(self.station.reads[0], tuple(self.registers))], self.now_s).said
        return said


@pytest.fixture
def host():
    host = Host()
    host.looks()
    return host


def test_at_first_every_state_is_told_as_such():
    said = Host().looks()
    assert {s.zone for s in said if isinstance(s, ZoneChanged)} == {"1", "2", "3", "4"}
    assert all(s.first for s in said)
    assert {type(s) for s in said} == {ZoneChanged, TamperChanged, PowerChanged, ArmedChanged}


def test_nothing_is_told_while_nothing_changes(host):
    assert host.looks(20) == []


def test_a_cut_wire_is_told_once_with_its_voltage(host):
    host.registers[1] = 0b10
    host.registers[5] = 0
    (said,) = host.looks(5)
    assert (said.zone, said.state, said.voltage_v, said.first) == ("2", "open_wire", 0.0, False)


def test_one_garbled_reading_is_no_event_and_asks_for_a_second_look(host):
    host.registers[1] = 0b10
    looked = host.station.look([(host.station.reads[0], tuple(host.registers))], 5.0)
    assert looked.said == ()
    assert looked.unsettled
    host.registers[1] = 0
    assert host.looks(3) == []


def test_a_voltage_is_told_again_only_when_it_moved_far_and_stayed(host):
    host.registers[4] = 790
    assert host.looks(3) == []
    host.registers[4] = 700
    (said,) = host.looks(3)
    assert (said.zone, said.state, said.voltage_v) == ("1", "normal", 7000.0)
    host.registers[4] = 20
    assert host.looks(1) == []
    host.registers[4] = 700
    assert host.looks(3) == []


def test_a_voltage_that_is_still_falling_is_told_when_it_stays(host):
    host.registers[1] = 0b10
    said = []
    for tens in (500, 250, 30, 30, 30):
        host.registers[5] = tens
        said += host.looks(1)
    assert [(s.state, s.voltage_v) for s in said] == [("open_wire", None), ("open_wire", 300.0)]


def test_a_voltage_garbled_beside_a_true_state_is_not_told():
    host = Host()
    host.looks(1)
    host.station.doubt()
    host.looks(1)
    host.registers[4] = 700
    assert [s.voltage_v for s in host.looks(1) if isinstance(s, ZoneChanged) and s.zone == "1"] == [None]
    host.registers[4] = 800
    assert [s.voltage_v for s in host.looks(2) if isinstance(s, ZoneChanged)] == [8000.0]


def test_a_change_read_before_a_poll_that_failed_needs_a_third_look(host):
    host.registers[1] = 0b1
    host.registers[4] = 700
    host.registers[8] = 0b1001
    host.looks(1)
    host.station.doubt()
    assert host.looks(1) == []
    zone_1, zone_2, tamper = host.looks(1)
    assert (zone_1.zone, zone_1.voltage_v) == ("1", 7000.0)
    assert (zone_2.zone, zone_2.state) == ("2", "alarm")
    assert tamper.tampered


def test_tamper_mains_and_arming_are_told_as_the_register_says(host):
    host.registers[8] = 0b0011
    said = {type(s): s for s in host.looks()}
    assert said[TamperChanged].tampered
    assert said[PowerChanged].power == "battery"
    assert not said[ArmedChanged].armed


def test_after_a_loss_everything_is_told_anew(host):
    host.station.forget()
    said = host.looks()
    assert len([s for s in said if isinstance(s, ZoneChanged)]) == 4
    assert all(s.first for s in said)


def test_only_the_zones_in_use_are_told():
    host = Host(zones=("2",))
    assert {s.zone for s in host.looks() if isinstance(s, ZoneChanged)} == {"2"}


def test_a_zone_that_the_profile_lacks_is_refused():
    with pytest.raises(Misconfigured) as raised:
        FenceWiring("fence-1", 3, PULSE, zones=("9",))
    assert raised.value.key == "fence.no_such_zone"
    with pytest.raises(Misconfigured):
        FenceWiring("fence-1", 0, PULSE)


def test_orders_are_the_profiles_writes(host):
    plan = host.station.plan
    assert plan(Arm(device="fence-1", order=ORDER, armed=True), 0).requests == (WriteRegister(0, 1),)
    assert plan(Arm(device="fence-1", order=ORDER, armed=False), 0).requests == (WriteRegister(0, 0),)
    bypass = Bypass(device="fence-1", order=ORDER, zone="2", bypassed=True)
    assert plan(bypass, 0).requests == (WriteRegister(0x11, 1),)


@pytest.mark.parametrize(
    "command",
    [
        Bypass(device="fence-1", order=ORDER, zone="9", bypassed=True),
        Switch(device="fence-1", order=ORDER, output="x", on=True),
    ],
)
def test_an_order_that_the_profile_lacks_is_refused_at_once(host, command):
    with pytest.raises(Misconfigured):
        host.station.check(command)


def test_every_kind_of_write_becomes_its_request():
    assert request_of(Write(function=5, address=3, value=0)) == WriteCoil(3, on=False)
    assert request_of(Write(function=5, address=3, pulse_ms=500)) == PulseCoil(3, 5)
    assert request_of(Write(function=6, address=3, value=9)) == WriteRegister(3, 9)
