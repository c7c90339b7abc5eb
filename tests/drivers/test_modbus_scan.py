"""A bus with strangers on it is asked who is there."""

import os
import random
import termios
import threading
import time
from contextlib import suppress

import pytest
from pymodbus.framer.rtu import FramerRTU

from drivers.base import Misconfigured, Transient
from drivers.fences.profile_files import load, shipped
from drivers.fences.reading import reads
from drivers.modbus.frames import Read, Rejected, encode
from drivers.modbus.recognising import EIGHT_COILS, WAVESHARE_VERSION, Guess, RegisterMap, guess
from drivers.modbus.scan import ALL_UNITS, QUESTIONS, FoundStation, Plan, Voice, scan, voices
from drivers.modbus.talking import Question
from drivers.modbus.wiring import SerialLine, TcpLine
from drivers.sim.modbus_frames import parse
from drivers.sim.modbus_memory import Memory
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from drivers.sim.modbus_wire import SerialBus, TcpBus
from tests.drivers.test_modbus_interoperation import CONTACTS, REGISTERS, Pair, libmodbus, modbus_tk

# modbus-tk waits for its own events in a way that Python gave up.
pytestmark = pytest.mark.filterwarnings("ignore:isSet:DeprecationWarning")

BAUD = 115200


def map_of(name):
    profile = load(name)
    at = profile.firmware
    return RegisterMap(reads(profile), None if at is None else Read(at.function, at.address, 1))


MAPS = {name: map_of(name) for name in shipped()}


class Mute(Memory):
    """A relay board that answers what it knows and keeps silent on the rest."""

    def __init__(self, unit):
        super().__init__(unit)
        for channel in range(8):
            self.put(1, channel, 0)

    def answer(self, asked):
        return super().answer(asked) if asked.function == 1 else b""


class Twins:
    """Two stations under one address, talking at once."""

    def __init__(self, unit):
        self.unit = unit

    def answer(self, asked):
        return bytes([asked.unit, asked.function, 0x21, 0x55, 0x0F, 0x99, 0x10])


class Behind(Memory):
    """A gateway's answer for a unit that does not answer the gateway."""

    def answer(self, asked):
        return summed(bytes([asked.unit, asked.function | 0x80, 0x0B]))


def summed(body):
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def plan(wire, first=1, last=8, **how):
    line = SerialLine(wire.port) if isinstance(wire.port, str) else TcpLine("127.0.0.1", wire.port)
    return Plan(line, (BAUD,), range(first, last + 1), **how)


def found(wire, first=1, last=8, **how):
    return {station.unit: station for station in scan(plan(wire, first, last, **how), MAPS)}


def everything():
    mixed = (
        FenceHost(1, load("generic-16di")),
        FenceHost(2, load("pulse-fence-4")),
        RelayBoard(4, time.monotonic),
    )
    return (*mixed, FenceHost(5, load("waveshare-io-8ch")), Memory(6), Mute(7))


class Tapped(SerialBus):
    """A bus that keeps every request it hears."""

    def __init__(self, *how):
        super().__init__(*how)
        self.heard = []

    def _answer_all(self, buffer):
        left, used = buffer, 1
        while used:
            parsed = parse(left)
            used, left = parsed.used, left[parsed.used :]
            if parsed.asked is not None:
                self.heard.append(parsed.asked)
        return super()._answer_all(buffer)


@pytest.fixture(scope="module")
def scanned():
    """A bus on which everything was found, its stations, and what was found."""
    stations = everything()
    with Tapped(stations, BAUD) as bus:
        return bus, stations, found(bus, last=7)


def test_whoever_is_there_is_found_with_a_guess_of_what_it_is(scanned):
    _, _, stations = scanned
    assert sorted(stations) == [1, 2, 4, 5, 6, 7]
    assert {unit: station.guess.profiles[:1] for unit, station in stations.items()} == {
        1: ("generic-16di",),
        2: ("pulse-fence-4",),
        4: ("waveshare-io-8ch",),
        5: ("waveshare-io-8ch",),
        6: (),
        7: (),
    }
    assert stations[4].guess == Guess(("waveshare-io-8ch",), "2.00", coils=True)
    assert stations[6] == FoundStation(6, BAUD, "exception")
    assert stations[7] == FoundStation(7, BAUD, "values", Guess(coils=True))


def test_a_scan_only_reads(scanned):
    bus, stations, _ = scanned
    assert {asked.unit for asked in bus.heard} == set(range(1, 8))
    assert {asked.function for asked in bus.heard} == {1, 2, 3, 4}
    assert [written for station in stations for written in station.writes] == []
    assert all(asked.value <= 16 for asked in bus.heard)


def test_stations_behind_a_serial_server_are_found():
    with TcpBus(everything()[:2], BAUD) as bus:
        stations = found(bus, last=3)
    profiles = {unit: station.guess.profiles[0] for unit, station in stations.items()}
    assert profiles == {1: "generic-16di", 2: "pulse-fence-4"}


def test_stations_that_are_not_ours_are_found(tmp_path):
    with Pair() as wires, modbus_tk(wires.tap(), {1: CONTACTS, 3: REGISTERS}):
        line = Plan(SerialLine(wires.port), (9600,), range(1, 5))
        stations = {station.unit: station.guess.profiles for station in scan(line, MAPS)}
    assert stations == {1: ("generic-16di", "waveshare-io-8ch"), 3: ("pulse-fence-4",)}


@pytest.mark.parametrize(("first", "answer_s"), [(2, 0.05), (1, 0.6)], ids=["first of all", "in silence"])
def test_a_station_of_libmodbus_is_found_first_of_all_or_with_time_enough_to_find_its_place(first, answer_s):
    with Pair() as wires, libmodbus(wires.tap(), 2, inputs=[0, [1] * 16], coils=[0, [0]]) as slave:
        line = Plan(SerialLine(wires.port), (9600,), range(first, 3), answer_s=answer_s)
        (station,) = scan(line, MAPS)
        asked = slave.requests()
    assert (station.unit, station.heard, station.guess.profiles[0]) == (2, "values", "generic-16di")
    assert {frame[1] for frame in asked} == {1, 2, 3, 4}


def test_a_station_that_answers_late_is_found_and_not_taken_for_its_neighbour():
    with SerialBus([FenceHost(3, load("generic-16di"))], BAUD) as bus:
        bus.slow(3, 0.14)
        stations = found(bus, first=2, last=4)
    assert {unit: station.heard for unit, station in stations.items()} == {3: "values"}
    assert stations[3].guess.profiles[0] == "generic-16di"


def test_a_late_answer_does_not_pass_for_one_that_was_asked_for_later():
    # Its answer to the call for one input has the shape of eight inputs, which it does not have.
    single = Memory(3)
    single.put(2, 0, 1)
    with SerialBus([single], BAUD) as bus:
        bus.slow(3, 0.08)
        (station,) = scan(plan(bus, last=4), {"eight": RegisterMap((Read(2, 0, 8),))})
    assert (station.unit, station.guess.profiles) == (3, ())


class Sparking(FenceHost):
    """A host whose second answer is hit by a spark."""

    answered = 0

    def answer(self, asked):
        self.answered += 1
        reply = super().answer(asked)
        return reply[:-1] + b"\x00\x00" if self.answered == 2 else reply


def test_a_spark_while_a_station_is_asked_what_it_is_hides_nothing():
    host = Sparking(1, load("generic-16di"))
    with SerialBus([host], BAUD) as bus:
        assert found(bus, last=1)[1].guess.profiles[0] == "generic-16di"
    assert host.answered > 2


def test_two_under_one_address_are_told_as_somebody_who_cannot_be_understood():
    with SerialBus([Twins(2), FenceHost(3, load("generic-16di"))], BAUD) as bus:
        stations = found(bus, last=3)
    assert stations[2] == FoundStation(2, BAUD, "noise")
    assert stations[3].heard == "values"


def test_a_gateways_word_that_nobody_answers_is_believed():
    with SerialBus([Behind(2)], BAUD) as bus:
        assert found(bus, last=3) == {}


def test_a_line_full_of_noise_yields_nobody_who_is_named():
    noise = random.Random(5)
    with SerialBus([], BAUD) as bus:
        babbling = threading.Event()

        def babble():
            while not babbling.wait(0.01):
                with suppress(OSError):
                    os.write(bus._master, noise.randbytes(40))

        thread = threading.Thread(target=babble)
        thread.start()
        try:
            stations = found(bus, last=4, seconds=20)
        finally:
            babbling.set()
            thread.join()
    assert [station.heard for station in stations.values()] == ["noise"] * 4


class AtItsRate(FenceHost):
    """A station that understands one baud rate, as all of them do."""

    def __init__(self, unit, rate):
        super().__init__(unit, load("generic-16di"))
        self.rate, self.end = rate, -1

    def answer(self, asked):
        return super().answer(asked) if termios.tcgetattr(self.end)[4] == self.rate else b""


def test_every_baud_rate_that_is_asked_for_is_tried():
    slow, fast = AtItsRate(1, termios.B19200), AtItsRate(2, termios.B38400)
    with SerialBus([slow, fast], BAUD) as bus:
        slow.end = fast.end = bus._slave_end
        wanted = Plan(SerialLine(bus.port), (9600, 19200, 38400), range(1, 3))
        seen = []
        stations = [(s.unit, s.baud) for s in scan(wanted, MAPS, seen.append)]
    assert stations == [(1, 19200), (2, 38400)]
    assert [(p.unit, p.baud, p.asked, p.of) for p in seen] == [
        (unit, baud, number * 2 + unit, 6)
        for number, baud in enumerate((9600, 19200, 38400))
        for unit in (1, 2)
    ]


def test_a_port_in_use_is_refused_before_anybody_is_disturbed():
    with SerialBus(everything(), BAUD) as bus:
        first = scan(plan(bus), MAPS)
        next(first)
        asked = bus.asked.total()
        with pytest.raises(Transient) as refused:
            next(scan(plan(bus), MAPS))
        assert refused.value.key == "scan.port_busy"
        assert bus.asked.total() == asked
        first.close()
        assert sorted(found(bus, last=2)) == [1, 2]


def test_what_was_found_before_the_line_broke_is_not_lost():
    with TcpBus(everything(), BAUD) as bus:
        stations = scan(plan(bus), MAPS)
        assert next(stations).unit == 1
        bus.hang_up()
        with pytest.raises(Transient) as broken:
            list(stations)
    assert broken.value.key == "modbus.line_broken"


def test_a_scan_ends_when_its_time_is_over_and_says_where_to_go_on():
    now = [0.0]

    def mono():
        return now[0] + time.monotonic()

    with SerialBus([FenceHost(1, load("generic-16di"))], BAUD) as bus:
        stations = scan(plan(bus, last=32, seconds=100), MAPS, mono=mono)
        assert next(stations).unit == 1
        now[0] = 200.0
        with pytest.raises(Transient, match=r"100 s are over and unit 2 at 115200 baud .* --first 2") as over:
            next(stations)
    assert over.value.key == "scan.time_over"


@pytest.mark.parametrize("units", [range(300, 301), range(248), range(3), range(5, 5)])
def test_units_that_no_bus_has_are_refused(units):
    with pytest.raises(Misconfigured, match="1 to 247"):
        Plan(SerialLine("/dev/none"), (9600,), units)


def test_a_serial_server_is_asked_at_its_one_baud_rate():
    with pytest.raises(Misconfigured, match="one baud rate"):
        Plan(TcpLine("192.0.2.1"), (9600, 19200))


def test_how_long_a_scan_takes_is_known_before():
    usual = Plan(SerialLine("/dev/none"))
    assert len(usual.units) == 32
    # Two characters of 3.5, a request of 8 bytes, an answer of 6 or 7, at 11 bits each; and 50 ms to think.
    a_unit_s = 4 * (3.5 * 11 / 9600 + 8 * 11 / 9600 + 0.05) + (7 + 6 + 7 + 6) * 11 / 9600
    assert usual.expected_s() == pytest.approx(32 * a_unit_s)
    assert 9.0 < usual.expected_s() < 10.0
    assert 65 < Plan(SerialLine("/dev/none"), units=ALL_UNITS).expected_s() < 75


def test_the_expected_time_is_kept_where_nobody_answers():
    with SerialBus([], 9600) as bus:
        wanted = Plan(SerialLine(bus.port), (9600,), range(1, 4))
        began = time.monotonic()
        assert list(scan(wanted, MAPS)) == []
        took = time.monotonic() - began
    assert wanted.expected_s() * 0.8 < took < wanted.expected_s() + 5


def asked(*pairs):
    return [Question(unit, request) for unit, request in pairs]


def test_answers_are_told_apart_whatever_order_they_come_in():
    questions = asked((4, QUESTIONS[0]), (3, QUESTIONS[1]))
    late, own = summed(bytes([3, 2, 1, 1])), summed(bytes([4, 0x83, 2]))
    assert voices(questions, late + own + b"\x07\x55") == (
        (Voice(questions[1]), Voice(questions[0], 2)),
        b"\x07\x55",
    )
    assert voices(questions, summed(bytes([5, 2, 1, 1])))[0] == ()
    assert voices(questions, own[:-1]) == ((), own[:-1])
    assert voices(questions, b"") == ((), b"")


def test_our_own_question_is_nobodys_answer():
    for request in QUESTIONS:
        assert voices(asked((1, request)), encode(1, request))[0] == ()


def test_rubbish_is_never_a_voice_and_always_ends():
    rubbish = random.Random(11)
    questions = asked(*((unit, request) for unit in (1, 2) for request in QUESTIONS))
    for _ in range(20_000):
        said = bytes([rubbish.choice((1, 2)), rubbish.choice((1, 2, 3, 4, 0x83))]) + rubbish.randbytes(
            rubbish.randrange(12)
        )
        heard, rest = voices(questions, said)
        assert (heard, rest) == ((), said) or summed(said[: -len(rest) - 2 if rest else -2]) in said


WIDE, NARROW, PLAIN = Read(2, 0, 16), Read(2, 0, 8), Read(4, 0x10, 9)
VERSION = Read(4, 0x19, 1)
KNOWN = {
    "narrow": RegisterMap((NARROW,), WAVESHARE_VERSION),
    "plain": RegisterMap((PLAIN, NARROW), VERSION),
    "wide": RegisterMap((WIDE,)),
}


def values(*which):
    return {read: (217,) * read.count for read in which}


@pytest.mark.parametrize(
    ("answers", "profiles"),
    [
        (values(), ()),
        (values(WIDE), ("wide",)),
        (values(WIDE, NARROW), ("wide", "narrow")),
        (values(WIDE, NARROW, WAVESHARE_VERSION), ("narrow", "wide")),
        (values(WIDE, NARROW, PLAIN), ("wide", "plain", "narrow")),
        (values(PLAIN), ()),
        (values(PLAIN) | {NARROW: Rejected(2)}, ()),
        (values(PLAIN, NARROW, VERSION), ("plain", "narrow")),
        (values(PLAIN, NARROW, VERSION, WAVESHARE_VERSION), ("plain", "narrow")),
        ({NARROW: None, WIDE: None}, ()),
    ],
)
def test_the_likeliest_profile_goes_first(answers, profiles):
    assert guess(KNOWN, answers).profiles == profiles


def test_waveshares_version_and_the_relays_are_told_where_they_are():
    assert guess({}, values(WAVESHARE_VERSION, EIGHT_COILS)) == Guess((), "2.17", coils=True)
    assert guess({}, {WAVESHARE_VERSION: Rejected(2), EIGHT_COILS: Rejected(1)}) == Guess()
