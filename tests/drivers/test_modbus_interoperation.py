"""Both ends of our Modbus against code that is not ours.

Our simulated stations are polled by Debian's mbpoll, which stands on libmodbus. Our driver polls slaves of
PyPI's modbus-tk and of libmodbus (through ctypes, in a process of its own: modbus_peer.py), each on a
pseudo-terminal of its own, joined as on RS-485: libmodbus counts on hearing what the others answer.
"""

import ctypes.util
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
import tty
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import serial
from modbus_tk import defines, modbus_rtu

from drivers.base import Misconfigured, Order, Transient
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus.bus import ModbusBus
from drivers.modbus.relay_board import RelayStation
from drivers.modbus.relay_wiring import Contact, LockWiring, Output, RelayWiring
from drivers.modbus.wiring import Pace, SerialLine
from drivers.said import ArmedChanged, DeviceFound, DeviceLost, DoorChanged, OrderDone, ZoneChanged
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from drivers.sim.modbus_wire import SerialBus
from tests.drivers.ear import Ear

BAUD = 9600
DRY, PULSE = load("generic-16di"), load("pulse-fence-4")
LOST_S = 2.0

# modbus-tk waits for its own events in a way that Python gave up.
pytestmark = pytest.mark.filterwarnings("ignore:isSet:DeprecationWarning")


# --- mbpoll asks, our simulated stations answer -------------------------------------------------------------


class Mbpoll:
    """One question to a station behind a pty, and what mbpoll prints of the answer."""

    def __init__(self, wire):
        self._wire = wire

    def __call__(self, unit, table, first, *, count=None, write=()):
        asked = ["-a", str(unit), "-t", table, "-r", str(first)] + (["-c", str(count)] if count else [])
        line = ["-m", "rtu", "-b", str(BAUD), "-P", "none", "-o", "1", "-0", "-1"]
        return subprocess.run(
            ["mbpoll", *line, *asked, self._wire.port, *map(str, write)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def values(self, unit, table, first, count):
        done = self(unit, table, first, count=count)
        assert done.returncode == 0, done.stderr
        return [int(value, 0) for value in re.findall(r"^\[\d+\]:\s+(\w+)", done.stdout, re.MULTILINE)]


@pytest.fixture
def site():
    """A dry-contact module at 1, a pulse fence host at 2, a relay board at 7."""
    return FenceHost(1, DRY), FenceHost(2, PULSE), RelayBoard(7, time.monotonic)


@pytest.fixture
def mbpoll(site):
    if shutil.which("mbpoll") is None:
        pytest.skip("no mbpoll on this machine (scripts/peers installs it)")
    with SerialBus(site, BAUD) as wire:
        yield Mbpoll(wire)


INPUT, COIL, INPUT_REGISTER, REGISTER = "1", "0", "3:hex", "4"


def test_mbpoll_reads_our_fence_hosts_contacts(site, mbpoll):
    module = site[0]
    closed = [1] * 16
    assert mbpoll.values(1, INPUT, 0, 16) == closed
    module.climb("3")
    module.flag("tamper", on=True)
    closed[2] = closed[13] = 0
    assert mbpoll.values(1, INPUT, 0, 16) == closed


def test_mbpoll_reads_our_fence_hosts_registers(site, mbpoll):
    site[1].cut("2")
    assert mbpoll.values(2, INPUT_REGISTER, 0x10, 9) == [0, 0b10, 0, 0, 800, 0, 800, 800, 0b1000]


def test_mbpoll_arms_and_disarms_our_fence_hosts(mbpoll):
    assert mbpoll(2, REGISTER, 0, write=[0]).returncode == 0
    assert mbpoll.values(2, INPUT_REGISTER, 0x18, 1) == [0]
    assert mbpoll(2, REGISTER, 0, write=[1]).returncode == 0
    assert mbpoll.values(2, INPUT_REGISTER, 0x18, 1) == [0b1000]
    assert mbpoll(1, COIL, 0, write=[0]).returncode == 0
    assert mbpoll.values(1, INPUT, 15, 1) == [0]


def test_mbpoll_switches_our_relays_one_by_one_and_several_at_once(site, mbpoll):
    board = site[2]
    assert mbpoll(7, COIL, 3, write=[1]).returncode == 0
    assert board.closed(3)
    assert mbpoll(7, COIL, 3, write=[0, 1, 1]).returncode == 0
    assert mbpoll.values(7, COIL, 0, 8) == [0, 0, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize("asked", [{"count": 4}, {"write": [1]}, {"write": [1, 1]}], ids=str)
def test_mbpoll_hears_that_an_address_is_illegal_and_nothing_was_switched(site, mbpoll, asked):
    first = 8 if asked == {"write": [1]} else 7
    done = mbpoll(7, COIL, first, **asked)
    assert done.returncode != 0
    assert "Illegal data address" in done.stderr
    assert not site[2].closed(7)


def test_mbpoll_hears_nothing_from_a_station_that_is_not_there(mbpoll):
    done = mbpoll(9, INPUT, 0, count=8)
    assert done.returncode != 0
    assert "timed out" in done.stderr


# --- our driver asks, slaves that are not ours answer -------------------------------------------------------


class Pair:
    """Two wires with several devices on them: what one says, all others hear, as on RS-485."""

    def __init__(self):
        self._ends = {}
        self.port = self.tap()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)

    def tap(self):
        """Return the path of a new pseudo-terminal on the wires."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self._ends[ours] = theirs
        return os.ttyname(theirs)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stopping.set()
        self._thread.join(5.0)
        for end in [e for pair in self._ends.items() for e in pair]:
            os.close(end)

    def _pass_on(self):
        while not self._stopping.is_set():
            for end in select.select(list(self._ends), [], [], 0.05)[0]:
                data = os.read(end, 512)
                for other in list(self._ends):
                    if other != end:
                        os.write(other, data)


@contextmanager
def modbus_tk(port, slaves):
    """Slaves of modbus-tk on one line: {unit: {(name, table): [first address, values]}}."""
    line = serial.Serial(port, BAUD)
    # It hears what others answer too, and must not take that and the next question for one.
    server = modbus_rtu.RtuServer(line, interframe_multiplier=1.5)
    for unit, blocks in slaves.items():
        slave = server.add_slave(unit)
        for (name, table), (first, values) in blocks.items():
            slave.add_block(name, table, first, len(values))
            slave.set_values(name, first, values)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class LibmodbusSlave:
    """A process with one slave; it ends when its standard input is closed."""

    def __init__(self, process):
        self._process = process
        assert process.stdout.readline() == "ready\n"

    def put(self, table, address, value):
        print(table, address, value, file=self._process.stdin, flush=True)
        while self._process.stdout.readline() not in {"set\n", ""}:
            pass

    def requests(self):
        """Close its input, and return every request that it answered since the last `put`."""
        return [bytes.fromhex(line) for line in self._process.communicate(timeout=10)[0].split()]


@contextmanager
def libmodbus(port, unit, **tables):
    if ctypes.util.find_library("modbus") is None:
        pytest.skip("no libmodbus on this machine (scripts/peers installs it with mbpoll)")
    with subprocess.Popen(
        [
            sys.executable,
            Path(__file__).with_name("modbus_peer.py"),
            port,
            str(BAUD),
            str(unit),
            json.dumps(tables),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield LibmodbusSlave(process)
        finally:
            with suppress(ValueError):
                process.stdin.close()
            process.wait(10)


@contextmanager
def polling(port, *stations):
    ears = Ear(15.0)
    bus = ModbusBus(SerialLine(port, BAUD, answer_s=0.3), stations, Pace(every_s=0.05, dead_every_s=0.5))
    bus.start(ears.tell)
    try:
        yield bus, ears
    finally:
        bus.stop()


def order(name="o-1"):
    return Order(name, time.monotonic() + 8.0)


def dry_fence(unit):
    return FenceStation(FenceWiring(f"fence-{unit}", unit, DRY, lost_after_s=LOST_S))


def pulse_fence(unit):
    return FenceStation(FenceWiring(f"fence-{unit}", unit, PULSE, lost_after_s=LOST_S))


BOARD = RelayWiring(
    "board-7",
    7,
    outputs={"strike": Output(0), "lamp": Output(4, lasting=True)},
    contacts={"door": Contact(2)},
    locks=(LockWiring("north", "strike", "door"),),
    lost_after_s=LOST_S,
)
CONTACTS = {
    ("inputs", defines.DISCRETE_INPUTS): (0, [1] * 16),
    ("coils", defines.COILS): (0, [1]),
}
REGISTERS = {
    ("status", defines.ANALOG_INPUTS): (0x10, [0, 0, 0, 0, 800, 800, 800, 800, 0b1000, 217]),
    ("orders", defines.HOLDING_REGISTERS): (0, [1] * 0x14),
}
RELAYS = {
    ("inputs", defines.DISCRETE_INPUTS): (0, [0, 0, 1, 0, 0, 0, 0, 0]),
    ("coils", defines.COILS): (0, [0] * 8),
}


@pytest.fixture
def wires():
    with Pair() as wires:
        yield wires


def test_we_poll_and_order_several_stations_of_modbus_tk_on_one_line(wires):
    with modbus_tk(wires.tap(), {1: CONTACTS, 2: REGISTERS, 7: RELAYS}) as server:
        with polling(wires.port, dry_fence(1), pulse_fence(2), RelayStation(BOARD)) as (bus, ears):
            for zone in DRY.zones:
                ears.wait(ZoneChanged, device="fence-1", zone=zone, state="normal", first=True)
            assert ears.wait(ZoneChanged, device="fence-2", zone="4", first=True).voltage_v == 8000.0
            assert ears.wait(DeviceFound, device="fence-2").firmware == "2.17"
            assert ears.wait(DoorChanged, device="north").position == "closed"
            server.get_slave(1).set_values("inputs", 4, [0])
            assert not ears.wait(ZoneChanged, device="fence-1", zone="5", state="alarm").first
            server.get_slave(2).set_values("status", 0x12, [0b100])
            assert not ears.wait(ZoneChanged, device="fence-2", zone="3", state="short").first
            server.get_slave(7).set_values("inputs", 2, [0])
            assert not ears.wait(DoorChanged, device="north", position="open").first
            bus.arm("fence-1", order("disarm"), armed=False)
            bus.arm("fence-2", order("disarm-2"), armed=False)
            bus.bypass("fence-2", "2", order("bypass"), bypassed=True)
            bus.switch("board-7", "lamp", order("lamp"), on=True)
            for name in ("disarm", "disarm-2", "bypass", "lamp"):
                assert ears.wait(OrderDone, order=name).refused is None
        assert server.get_slave(1).get_values("coils", 0, 1) == (0,)
        assert server.get_slave(2).get_values("orders", 0, 1) == (0,)
        assert server.get_slave(2).get_values("orders", 0x11, 1) == (1,)
        assert server.get_slave(7).get_values("coils", 0, 8) == (0, 0, 0, 0, 1, 0, 0, 0)
        assert [s for s in ears.said if isinstance(s, DeviceLost)] == []


def test_we_poll_and_order_a_slave_of_libmodbus(wires):
    tables = {
        "input_registers": [0x10, [0, 0, 0, 0, 800, 800, 800, 800, 0b1000, 217]],
        "registers": [0, [1] * 20],
    }
    with libmodbus(wires.tap(), 2, **tables) as slave:
        with polling(wires.port, pulse_fence(2)) as (bus, ears):
            ears.wait(ZoneChanged, device="fence-2", zone="4", state="normal", first=True)
            assert ears.wait(DeviceFound).firmware == "2.17"
            slave.put("input_registers", 0x11, 0b10)
            assert not ears.wait(ZoneChanged, zone="2", state="open_wire").first
            slave.put("input_registers", 0x18, 0)
            assert not ears.wait(ArmedChanged, armed=False).first
            bus.bypass("fence-2", "4", order(), bypassed=True)
            assert ears.wait(OrderDone).refused is None
        assert [r[:-2] for r in slave.requests() if r[1] == 6] == [bytes.fromhex("02 06 00 13 00 01")]


def test_we_poll_slaves_of_both_on_one_line_and_miss_only_the_one_that_dies(wires):
    relays = {"inputs": [0, [0, 0, 1, 0, 0, 0, 0, 0]], "coils": [0, [0] * 8]}
    with modbus_tk(wires.tap(), {1: CONTACTS}) as server:
        with polling(wires.port, dry_fence(1), RelayStation(BOARD)) as (bus, ears):
            with libmodbus(wires.tap(), 7, **relays):
                assert ears.wait(DoorChanged, device="north", position="closed").first
                bus.switch("board-7", "lamp", order(), on=True)
                assert ears.wait(OrderDone).refused is None
            assert ears.wait(DeviceLost, device="north").reason == "modbus.silent"
            server.get_slave(1).set_values("inputs", 0, [0])
            ears.wait(ZoneChanged, device="fence-1", zone="1", state="alarm")
            with libmodbus(wires.tap(), 7, **relays):
                assert ears.wait(DeviceFound, device="north", away_s=None).device == "north"
        assert {s.device for s in ears.said if isinstance(s, DeviceLost)} == {"board-7", "north"}


@pytest.mark.parametrize("kind", ["modbus_tk", "libmodbus"])
def test_their_exceptions_reach_us_as_what_they_are(wires, kind):
    """Neither knows timed pulses, and the one has less registers than the profile asks for."""
    if kind == "libmodbus":
        relays = {"inputs": [0, [0] * 8], "coils": [0, [0] * 0x208]}
        short = {"input_registers": [0x10, [0] * 4], "registers": [0, [0] * 20]}
        with libmodbus(wires.tap(), 7, **relays), libmodbus(wires.tap(), 2, **short):
            refused(wires.port)
    else:
        relays = RELAYS | {("coils", defines.COILS): (0, [0] * 0x208)}
        short = {("status", defines.ANALOG_INPUTS): (0x10, [0] * 4)}
        with modbus_tk(wires.tap(), {7: relays, 2: short}):
            refused(wires.port)


def refused(port):
    stations = pulse_fence(2), RelayStation(BOARD)
    bus = ModbusBus(SerialLine(port, BAUD, answer_s=0.3), stations)
    with pytest.raises(Misconfigured) as raised:
        bus.probe("fence-2")
    assert (raised.value.key, raised.value.values["detail"]) == ("modbus.rejected", 2)
    with polling(port, *stations) as (running, ears):
        ears.wait(DoorChanged, device="north")
        running.open("north", order(), 500)
        assert ears.wait(OrderDone).refused == "relay.rejected"
        assert ears.wait(DeviceLost, device="fence-2").reason == "modbus.rejected"
    assert {s.device for s in ears.said if isinstance(s, DeviceFound)} == {"board-7", "north"}


def test_a_unit_that_neither_slave_has_is_silent(wires):
    with modbus_tk(wires.tap(), {1: CONTACTS}), pytest.raises(Transient) as raised:
        ModbusBus(SerialLine(wires.port, BAUD, answer_s=0.3), [dry_fence(9)]).probe("fence-9")
    assert raised.value.key == "modbus.silent"


def test_a_timed_pulse_leaves_us_with_the_bytes_of_the_boards_manual(wires):
    relays = {"inputs": [0, [0] * 8], "coils": [0, [0] * 8]}
    wiring = RelayWiring("board", 1, outputs={"strike": Output(0)}, locks=(LockWiring("north", "strike"),))
    with libmodbus(wires.tap(), 1, **relays) as slave:
        with polling(wires.port, RelayStation(wiring)) as (bus, ears):
            ears.wait(DeviceFound, device="north")
            bus.open("north", order(), 700)
            ears.wait(OrderDone)
        assert bytes.fromhex("01 05 02 00 00 07 8d b0") in slave.requests()
