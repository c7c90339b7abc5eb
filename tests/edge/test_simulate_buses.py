"""Simulated fence hosts and relay boards before the real driver: what each verb makes the hub hear."""

import socket
import time

import pytest

from drivers.base import Order
from drivers.said import (
    ArmedChanged,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    OrderDone,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from tests.edge.simulated_compound import free_port, named, rehearsed, site, trouble

STATES = """\
maker: ours
model: states
zones:
  "1":
    states: {function: 4, address: 0, values: {0: normal, 1: alarm}}
  "2":
    states: {function: 4, address: 1, values: {0: normal, 1: alarm}}
"""


def fence(unit, profile, zones):
    return named(unit=unit, profile=profile, zones={zone: {"name": "段"} for zone in zones}, lost_after_s=2.0)


def board(unit):
    return named(
        unit=unit,
        lost_after_s=2.0,
        outputs={
            "strike": {"channel": 0}, "arm-up": {"channel": 1}, "arm-down": {"channel": 2},
            "siren": {"channel": 9},
        },
        contacts={
            "loop": {"address": 0}, "beam": {"address": 4, "normally_closed": True}, "door": {"address": 12},
        },
        locks={"side-gate": named(output="strike", door_contact="door")},
        barriers={
            "main-barrier": named(raise_output="arm-up", lower_output="arm-down", guards=["loop", "beam"])
        },
        sounders={"gate-siren": named(outputs=["siren"])},
    )  # fmt: skip


def bus(port, profile):
    return {
        "kind": "modbus",
        "port": str(port),
        "baud": 38400,
        "fences": {
            "east-fence": fence(1, "generic-16di", "1234"),
            "west-fence": fence(2, "pulse-fence-4", "34"),
            "yard-fence": fence(3, str(profile), "12"),
        },
        "relay_boards": {"lane-board": board(20)},
    }


@pytest.fixture(scope="module")
def fences(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bus")
    (folder / "states.yaml").write_text(STATES)
    with rehearsed({"fence-bus": bus(folder / "fence-bus", folder / "states.yaml")}) as rehearsal:
        for device in ("east-fence", "west-fence", "yard-fence", "lane-board"):
            rehearsal.wait(DeviceFound, device=device)
        rehearsal.wait(DoorChanged, device="side-gate", first=True)
        rehearsal.wait(ZoneChanged, device="yard-fence", zone="2", first=True)
        yield rehearsal


def test_all_is_well_at_first(fences):
    zones = [said for said in fences.all(ZoneChanged) if said.first]
    assert {said.state for said in zones} == {"normal"}
    assert {said.armed for said in fences.all(ArmedChanged, first=True)} == {True}
    assert fences.wait(DoorChanged, device="side-gate", first=True).position == "closed"
    assert {said.closed for said in fences.all(ContactChanged, device="main-barrier")} == {False}


@pytest.mark.parametrize(
    ("words", "device", "zone", "state"),
    [
        ("cut zone 3 of west-fence", "west-fence", "3", "open_wire"),
        ("short zone 4 of west-fence", "west-fence", "4", "short"),
        ("climb zone 3 of west-fence", "west-fence", "3", "alarm"),
        # A host of dry contacts has one word for all of it.
        ("cut zone 3 of east-fence", "east-fence", "3", "alarm"),
        ("short zone 4 of east-fence", "east-fence", "4", "alarm"),
        ("climb zone 1 of east-fence", "east-fence", "1", "alarm"),
        ("climb zone 2 of yard-fence", "yard-fence", "2", "alarm"),
    ],
)
def test_what_happens_to_a_zone_is_told_and_mended(fences, words, device, zone, state):
    with trouble(fences, words, f"mend zone {zone} of {device}") as mark:
        fences.wait(ZoneChanged, mark, device=device, zone=zone, state=state)
        told = {word.key for word in fences.compound.states()[device]}
        assert f"simulate.word_zone_{state}" in told
    fences.wait(ZoneChanged, mark, device=device, zone=zone, state="normal")
    assert len(fences.all(ZoneChanged, mark)) == 2


def test_a_voltage_falls_and_rises(fences):
    with trouble(fences, "volts 3000 zone 3 of west-fence", "volts 8000 zone 3 of west-fence") as mark:
        low = fences.wait(ZoneChanged, mark, device="west-fence", zone="3", state="low_voltage")
        assert low.voltage_v == 3000
    assert fences.wait(ZoneChanged, mark, device="west-fence", zone="3", state="normal").voltage_v == 8000


@pytest.mark.parametrize("device", ["east-fence", "west-fence"])
def test_a_host_is_disarmed_opened_and_loses_its_mains(fences, device):
    mark = fences.happen(f"disarm {device}", f"tamper {device}", f"power battery {device}")
    fences.wait(ArmedChanged, mark, device=device, armed=False)
    fences.wait(TamperChanged, mark, device=device, tampered=True)
    fences.wait(PowerChanged, mark, device=device, power="battery")
    told = {word.key for word in fences.compound.states()[device]}
    assert {"simulate.word_disarmed", "simulate.word_tampered", "simulate.word_battery"} <= told
    mark = fences.happen(f"arm {device}", f"mend {device}", f"power mains {device}")
    fences.wait(ArmedChanged, mark, device=device, armed=True)
    fences.wait(TamperChanged, mark, device=device, tampered=False)
    fences.wait(PowerChanged, mark, device=device, power="mains")


def test_an_order_of_the_box_is_what_state_tells(fences):
    mark = fences.mark()
    fences.hub.driver("east-fence").arm("east-fence", Order("o-1", time.monotonic() + 5.0), armed=False)
    fences.wait(ArmedChanged, mark, device="east-fence", armed=False)
    assert "simulate.word_disarmed" in {word.key for word in fences.compound.states()["east-fence"]}
    mark = fences.happen("arm east-fence")
    fences.wait(ArmedChanged, mark, device="east-fence", armed=True)


def test_a_host_restarts_with_other_states_than_before(fences):
    mark = fences.happen("unplug west-fence", "restart west-fence with zone 4 open_wire")
    fences.wait(DeviceLost, mark, device="west-fence")
    mark = fences.happen("plug west-fence")
    fences.wait(ZoneChanged, mark, device="west-fence", zone="4", state="open_wire", first=True)
    mark = fences.happen("restart west-fence")
    fences.wait(ZoneChanged, mark, device="west-fence", zone="4", state="normal")


def test_a_car_comes_and_goes(fences):
    mark = fences.happen("car at main-barrier")
    for contact in ("loop", "beam"):
        fences.wait(ContactChanged, mark, device="main-barrier", contact=contact, closed=True)
    assert [word.key for word in fences.compound.states()["main-barrier"]] == ["simulate.word_car"]
    mark = fences.happen("car gone from main-barrier")
    for contact in ("loop", "beam"):
        fences.wait(ContactChanged, mark, device="main-barrier", contact=contact, closed=False)
    assert fences.compound.states()["main-barrier"] == ()


def test_a_single_contact_and_a_door_on_the_board(fences):
    mark = fences.happen("contact beam closed of lane-board", "open side-gate")
    fences.wait(ContactChanged, mark, contact="beam", closed=True)
    fences.wait(DoorChanged, mark, device="side-gate", position="open")
    mark = fences.happen("contact beam open of lane-board", "close side-gate")
    fences.wait(ContactChanged, mark, contact="beam", closed=False)
    fences.wait(DoorChanged, mark, device="side-gate", position="closed")


def test_relays_that_the_box_closes_are_told_until_the_board_opens_them(fences):
    mark = fences.mark()
    siren = fences.hub.driver("gate-siren")
    siren.pulse("gate-siren", "siren", Order("o-2", time.monotonic() + 5.0), 60_000)
    assert fences.wait(OrderDone, mark, order="o-2").refused is None
    (relays, _) = fences.compound.states()["lane-board"]
    assert relays.values == {"names": "siren"}
    fences.happen("restart lane-board")
    (relays, _) = fences.compound.states()["lane-board"]
    assert relays.values == {"names": "-"}


def test_a_board_restarts_with_a_contact_in_another_state(fences):
    mark = fences.happen("restart lane-board with contact loop closed")
    fences.wait(ContactChanged, mark, contact="loop", closed=True)
    mark = fences.happen("contact loop open of lane-board")
    fences.wait(ContactChanged, mark, contact="loop", closed=False)


def test_another_board_in_its_place_has_its_own_version(fences):
    before = fences.wait(DeviceFound, device="lane-board").firmware
    mark = fences.happen("unplug lane-board", "swap lane-board")
    fences.wait(DeviceLost, mark, device="lane-board")
    fences.happen("plug lane-board")
    assert fences.wait(DeviceFound, mark, device="lane-board").firmware != before


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("unplug east-fence", "plug east-fence"),
        ("stall east-fence", "resume east-fence"),
        ("slow east-fence 1s", "slow east-fence off"),
    ],
)
def test_a_station_falls_silent_alone(fences, begin, end):
    with trouble(fences, begin, end) as mark:
        fences.wait(DeviceLost, mark, device="east-fence")
    fences.wait(DeviceFound, mark, device="east-fence")
    assert {said.device for said in fences.all(DeviceLost, mark)} == {"east-fence"}


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("unplug fence-bus", "plug fence-bus"),
        ("stall fence-bus", "resume fence-bus"),
        ("noise 100% on fence-bus", "noise 0% on fence-bus"),
    ],
)
def test_a_bus_that_carries_nothing_takes_every_station_away(fences, begin, end):
    port = fences.compound.rigs["fence-bus"].ports[0]
    with trouble(fences, begin, end) as mark:
        assert port.is_symlink() == ("unplug" not in begin)
        for device in ("east-fence", "west-fence", "yard-fence", "lane-board", "main-barrier"):
            fences.wait(DeviceLost, mark, device=device)
    for device in ("east-fence", "west-fence", "yard-fence", "lane-board", "main-barrier"):
        fences.wait(DeviceFound, mark, device=device)
    assert port.is_symlink()


def test_a_fault_of_a_station_outlasts_the_pulled_cable(fences):
    with trouble(fences, "unplug east-fence", "plug east-fence"):
        mark = fences.happen("unplug fence-bus")
        fences.wait(DeviceLost, mark, device="west-fence")
        fences.happen("plug fence-bus")
        fences.wait(DeviceFound, mark, device="west-fence")
        assert fences.all(DeviceFound, mark, device="east-fence") == []
    fences.wait(DeviceFound, mark, device="east-fence")


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
def test_doubled_and_overtaking_answers_are_no_event_and_the_bus_recovers(fences, fault):
    with trouble(fences, f"{fault} fence-bus on", f"{fault} fence-bus off") as mark:
        time.sleep(2.0)
    fences.online("east-fence", "west-fence", "lane-board")
    assert fences.all(ZoneChanged, mark, first=False) == []
    mark = fences.happen("climb zone 1 of yard-fence")
    fences.wait(ZoneChanged, mark, device="yard-fence", zone="1", state="alarm")
    mark = fences.happen("mend zone 1 of yard-fence")
    fences.wait(ZoneChanged, mark, device="yard-fence", zone="1", state="normal")


@pytest.mark.parametrize(
    ("words", "key", "why"),
    [
        ("cut zone 3", "simulate.which_fence", "east-fence, west-fence"),
        ("cut zone 9 of east-fence", "simulate.no_part", "it has 1, 2, 3, 4"),
        ("cut zone 1 of west-fence", "simulate.no_part", "it has 3, 4"),
        ("volts 3000 zone 3 of east-fence", "simulate.unable", "volts 3000 zone 3 of east-fence"),
        ("tamper yard-fence", "simulate.unable", "tamper yard-fence"),
        ("arm yard-fence", "simulate.unable", "arm yard-fence"),
        ("swap east-fence", "simulate.unable", "swap east-fence"),
        ("restart east-fence with zone 3 short", "simulate.unable", "zone 3 short"),
        ("contact lop open of lane-board", "simulate.no_part", "it has loop, beam, door"),
        ("car at lane-board", "simulate.cannot", "contact CONTACT"),
        ("noise 5% on east-fence", "simulate.say_of", "say it of fence-bus"),
        ("unplug gate-siren", "simulate.say_of", "say it of lane-board"),
        ("card 5 at east-fence", "simulate.cannot", "cut zone ZONE"),
    ],
)
def test_what_a_station_cannot_do_is_refused_and_nothing_happens(fences, words, key, why):
    with pytest.raises(Refused, match=why) as refused:
        fences.compound.tell(words)
    assert refused.value.key == key


def server(port):
    return {
        "kind": "modbus",
        "host": "127.0.0.1",
        "tcp_port": port,
        "fences": {"east-fence": fence(1, "generic-16di", "1234")},
    }


def test_a_fence_behind_a_serial_server_is_unplugged_and_found_again_on_the_same_port():
    port = free_port()
    with rehearsed({"fence-server": server(port)}) as fences:
        assert [place for _, _, place in fences.compound.places()] == [f"tcp://127.0.0.1:{port}"]
        fences.wait(DeviceFound, device="east-fence")
        mark = fences.happen("cut zone 3")
        fences.wait(ZoneChanged, mark, zone="3", state="alarm")
        mark = fences.happen("unplug fence-server")
        fences.wait(DeviceLost, mark, device="east-fence")
        mark = fences.happen("plug fence-server")
        fences.wait(ZoneChanged, mark, zone="3", state="alarm", first=True)


def test_a_port_that_another_program_has_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"127.0.0.1:{port} cannot be taken"):
            SimulatedCompound(site({"fence-server": server(port)}), {}).start()


def test_a_serial_server_elsewhere_is_never_touched():
    wires = {"fence-server": server(4196) | {"host": "fence.example"}}
    with pytest.raises(Refused, match=r"fence\.example is not this machine"):
        SimulatedCompound(site(wires), {})
