"""Readers and adapters that go and come back: told once each, the others unharmed, no restart needed."""

import time

import pytest

from drivers.doors.osdp_supervising import Patience
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.said import (
    CardPresented,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    KeysPressed,
)
from drivers.sim.osdp_reader import Plate
from tests.drivers.osdp_gate import NAMES, Gate, key_of, running, write_key

# Shorter than a site's, so that nobody waits for long.
DEADLINE_S = 1.6
HURRIED = Patience(quiet_s=1.5, again_s=1.0)


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """Three readers; every test leaves them well."""
    with running(Gate(tmp_path_factory.mktemp("bus"), lost_after_s=DEADLINE_S, patience=HURRIED)) as whole:
        whole.settle()
        yield whole


def still_heard(gate, *names):
    """A card at each of these readers is told, each by its own."""
    for name in names:
        mark, number = gate.mark(), gate.mark() % 60_000
        gate.readers[name].card(26, encode(26, Card(1, number)))
        gate.wait(CardPresented, mark, device=name, number=number)


def test_silent_readers_are_lost_once_within_their_deadline_and_the_other_never_notices(gate):
    mark, south, garage = gate.mark(), gate.readers["south"], gate.readers["garage"]
    before = {h.device: h.reconnects for h in gate.bus.health()}
    south.unplug()
    garage.stall()
    began_s = time.monotonic()
    for name, address in (("south", 2), ("garage", 3)):
        lost = gate.wait(DeviceLost, mark, device=name)
        assert (lost.reason, lost.detail) == ("door.silent", f"OSDP {address}")
        # Its last word came a little before it went.
        assert DEADLINE_S - 1 < lost.mono_s - began_s < DEADLINE_S + 3
        assert DEADLINE_S <= lost.silent_s < DEADLINE_S + 3
        assert (gate.health(name).online, gate.health(name).reason) == (False, "door.silent")
    still_heard(gate, "north")
    # Another reader in the place of the one, the same in the place of the other, both doors open meanwhile.
    south.plate = Plate(serial=0xBEEF, firmware=(2, 0, 1))
    south.inside.contact_open = garage.inside.contact_open = True
    south.plug()
    garage.resume()
    for name, identity in (("south", "123456 7.2 0000BEEF"), ("garage", "123456 7.2 000003EB")):
        found = gate.wait(DeviceFound, mark, device=name)
        assert found.identity == identity
        assert found.away_s == pytest.approx(found.mono_s - gate.wait(DeviceLost, mark, device=name).mono_s)
        assert gate.wait(DoorChanged, mark, device=name, position="open").first
    gate.settle("south", "garage", after=mark)
    still_heard(gate, *NAMES)
    assert sorted(s.device for s in gate.all(DeviceLost, mark)) == ["garage", "south"]
    assert sorted(s.device for s in gate.all(DeviceFound, mark)) == ["garage", "south"]
    again = {h.device: h.reconnects - before[h.device] for h in gate.bus.health()}
    assert again == {"north": 0, "south": 1, "garage": 1}
    assert (gate.health("south").online, gate.health("south").reason) == (True, None)


def test_an_adapter_that_is_pulled_loses_all_once_and_finds_all_once(gate):
    mark = gate.mark()
    gate.line.unplug()
    for name in NAMES:
        assert gate.wait(DeviceLost, mark, device=name).reason == "door.port_gone"
        gate.readers[name].inside.contact_open = name == "garage"
    # Longer than one attempt to open the port again: it is told once all the same.
    time.sleep(0.8)
    gate.line.plug()
    gate.settle(after=mark)
    for name in NAMES:
        is_now = "open" if name == "garage" else "closed"
        assert gate.wait(DoorChanged, mark, device=name).first
        assert gate.all(DoorChanged, mark, device=name)[-1].position == is_now
    still_heard(gate, *NAMES)
    assert sorted(s.device for s in gate.all(DeviceLost, mark)) == sorted(NAMES)
    assert sorted(s.device for s in gate.all(DeviceFound, mark)) == sorted(NAMES)


def test_each_reader_is_lost_for_its_own_reason_and_one_that_is_not_ours_is_never_listened_to(gate):
    mark, north, south, garage = gate.mark(), *(gate.readers[name] for name in NAMES)
    north.rekey(bytes(16))
    south.unplug()
    garage.secure_channel = False
    garage.restart()
    for reader in (north, garage):
        reader.card(26, encode(26, Card(1, 666)))
    assert gate.wait(DeviceLost, mark, device="north").reason == "door.wrong_key"
    assert gate.wait(DeviceLost, mark, device="south").reason == "door.silent"
    assert gate.wait(DeviceLost, mark, device="garage").reason == "door.no_secure_channel"
    # What takes the place of the silent one is in install mode: health tells, nobody gives it our key.
    south.rekey(None)
    south.plug()
    until_s = time.monotonic() + 20
    while gate.health("south").reason != "door.wrong_key":
        assert time.monotonic() < until_s
        time.sleep(0.05)
    assert south.key is None
    assert gate.all(CardPresented, mark, number=666) == []
    garage.secure_channel = True
    for number, reader in enumerate((north, south, garage), 1):
        reader.rekey(key_of(number))
    gate.settle(after=mark)
    still_heard(gate, *NAMES)
    assert len(gate.all(DeviceLost, mark)) == len(gate.all(DeviceFound, mark)) == 3


def test_two_readers_under_one_address_are_told_as_a_disturbed_bus(tmp_path):
    gate = Gate(tmp_path, lost_after_s=DEADLINE_S, patience=HURRIED)
    gate.readers["south"].address = gate.readers["north"].address
    with running(gate):
        assert gate.wait(DeviceLost, device="north").reason == "door.disturbed"
        assert gate.wait(DeviceLost, device="south").reason == "door.silent"
        still_heard(gate, "garage")


def test_a_port_that_is_not_there_yet_is_told_and_used_as_soon_as_it_is(tmp_path):
    with running(Gate(tmp_path, 1), plugged=False) as gate:
        lost = gate.wait(DeviceLost)
        assert (lost.device, lost.reason, lost.silent_s) == ("north", "door.no_such_port", None)
        assert gate.health("north").reason == "door.no_such_port"
        gate.line.start()
        gate.settle()
        assert gate.wait(DeviceFound).away_s > 0
        assert len(gate.all(DeviceLost)) == 1


def test_readers_without_a_usable_key_stay_out_and_the_rest_runs(tmp_path):
    wirings = (
        OsdpReaderWiring("north", 1, write_key(tmp_path / "1", key_of(1), mode=0o644)),
        OsdpReaderWiring("south", 2, tmp_path / "none"),
        OsdpReaderWiring("garage", 3, write_key(tmp_path / "3", key_of(3))),
    )
    with running(Gate(tmp_path, wirings=wirings)) as gate:
        reasons = [(s.device, s.reason) for s in gate.all(DeviceLost)]
        assert reasons == [("north", "door.open_key"), ("south", "door.no_key")]
        gate.settle("garage")
        assert gate.open("south").refused == "door.not_connected"
        assert gate.open("garage").refused is None
        assert [h.reason for h in gate.bus.health()] == ["door.open_key", "door.no_key", None]
        assert len(gate.all(DeviceLost)) == 2


def test_a_bus_without_a_single_key_refuses_orders_and_can_be_stopped(tmp_path):
    with running(Gate(tmp_path, 1, wirings=(OsdpReaderWiring("north", 1, tmp_path / "none"),))) as gate:
        assert gate.open("north").refused == "door.not_connected"
        assert len(gate.all(DeviceLost)) == 1


def test_a_fault_of_our_own_is_told_and_survived(tmp_path):
    gate = Gate(tmp_path, 1)
    faulty = [True]

    def tell(said):
        if isinstance(said, KeysPressed) and faulty.pop():
            raise RuntimeError
        Gate.tell(gate, said)

    gate.tell = tell
    with running(gate):
        gate.settle()
        mark = gate.mark()
        gate.readers["north"].keys("1")
        lost = gate.wait(DeviceLost, mark)
        assert (lost.reason, lost.detail) == ("door.unexpected", "RuntimeError")
        faulty.append(False)
        gate.wait(DeviceFound, mark)
        gate.readers["north"].keys("2")
        assert gate.wait(KeysPressed, mark).keys == "2"
