"""The QR scanner's driver on a serial port, with a simulated scanner at the other end."""

import random

import pytest

from drivers.base import Misconfigured, Transient, WrongState
from drivers.codes.scanner import CodeScanner, CodeScannerWiring
from drivers.listening.faults import scanner_fault
from drivers.listening.serial_wire import SerialWire
from drivers.said import CodeScanned, DeviceFound, DeviceLost
from drivers.sim.code_scanner import SimulatedCodeScanner
from drivers.sim.serial_end import SerialEnd
from tests.drivers.port_bench import EAGER, PortBench


class Bench(PortBench):
    """A driver, a simulated scanner and what was told."""

    def __init__(self, folder, line_end="cr"):
        super().__init__()
        path = folder / "tty"
        self.scanner = SimulatedCodeScanner(SerialEnd(path, 9600), random.Random(1), line_end)
        self.driver = CodeScanner(
            CodeScannerWiring("scan-1"),
            SerialWire(str(path), 9600, scanner_fault),
            self.mono,
            EAGER,
        )

    def texts(self):
        return [code.text for code in self.of(CodeScanned)]

    def words(self):
        return self.driver.health()[0].words


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(*how):
        made.append(Bench(tmp_path, *how))
        return made[-1]

    yield make
    for one in made:
        one.driver.stop()
        one.scanner.stop()


@pytest.mark.parametrize("line_end", ["cr", "lf", "crlf"])
def test_a_code_is_told_once_however_often_the_scanner_repeats_it(bench, line_end):
    door = bench(line_end).start()
    door.scanner.scan("MW1.one", reads=3)
    door.scanner.duplicate()
    door.scanner.scan("MW1.two")
    door.until(lambda: door.words() == 5)
    assert door.texts() == ["MW1.one", "MW1.two"]


def test_a_code_that_was_away_for_two_seconds_is_told_again_and_one_that_was_not_is_not(bench):
    door = bench().start()
    door.scanner.scan("MW1.one")
    door.until(lambda: door.words() == 1)
    door.ahead_s += 1.5
    door.scanner.scan("MW1.one")
    door.until(lambda: door.words() == 2)
    assert door.texts() == ["MW1.one"]
    door.ahead_s += 2.1
    door.scanner.scan("MW1.one")
    door.until(lambda: door.words() == 3)
    assert door.texts() == ["MW1.one", "MW1.one"]


def test_a_quiet_scanner_is_not_lost(bench):
    door = bench().start()
    door.ahead_s += 3600
    door.scanner.scan("MW1.late")
    door.until(lambda: door.texts() == ["MW1.late"])
    assert not door.of(DeviceLost)
    assert door.driver.health()[0].online


def test_an_unplugged_scanner_is_lost_once_and_found_once(bench):
    door = bench().start()
    door.scanner.unplug()
    door.until(lambda: not door.driver.health()[0].online)
    assert not door.of(DeviceLost)
    door.ahead_s += 5
    door.until(lambda: door.of(DeviceLost))
    assert door.of(DeviceLost)[0].reason in {"code_scanner.no_such_port", "code_scanner.unplugged"}
    door.ahead_s += 60
    door.scanner.plug()
    door.until(lambda: len(door.of(DeviceFound)) == 2)
    assert len(door.of(DeviceLost)) == 1
    assert door.of(DeviceFound)[1].away_s > 60
    door.scanner.scan("MW1.back")
    door.until(lambda: door.texts() == ["MW1.back"])


def test_half_a_code_before_the_cable_was_pulled_is_not_joined_to_the_next(bench):
    door = bench().start()
    door.scanner.end.send(b"MW1.ha")
    door.until(lambda: door.driver._rest == b"MW1.ha")
    door.scanner.unplug()
    door.until(lambda: not door.driver.health()[0].online)
    door.scanner.plug()
    door.until(lambda: door.driver.health()[0].online)
    door.scanner.scan("MW1.whole")
    door.until(lambda: door.texts() == ["MW1.whole"])


def test_rubbish_is_counted_and_the_next_code_counts(bench):
    door = bench().start()
    door.scanner.end.send(b"\xff\xfe\xfd\r" + b"x" * 600)
    door.scanner.end.send(b"tail\r")
    door.scanner.scan("MW1.clean")
    door.until(lambda: "MW1.clean" in door.texts())
    assert door.texts() == ["MW1.clean"]
    assert door.driver.health()[0].malformed == 2


def test_a_scanner_can_be_asked_for_before_the_start_and_not_after(bench):
    door = bench()
    assert door.driver.devices == ("scan-1",)
    assert door.driver.deadline_s("scan-1") == 5
    assert door.driver.probe("scan-1").model == "qr-serial"
    door.scanner.unplug()
    with pytest.raises(Transient) as caught:
        door.driver.probe("scan-1")
    assert caught.value.key == "code_scanner.no_such_port"
    door.scanner.plug()
    door.start()
    with pytest.raises(WrongState):
        door.driver.probe("scan-1")
    with pytest.raises(WrongState):
        door.driver.start(door.told.append)
    door.driver.stop()
    door.driver.stop()


def test_a_wiring_that_cannot_work_is_refused():
    with pytest.raises(Misconfigured, match="at least"):
        CodeScannerWiring("scan-1", deadline_s=0.5)
