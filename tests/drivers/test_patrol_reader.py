"""The patrol reader's driver on a serial port, with a simulated reader at the other end."""

import random
import time

import pytest

from drivers.base import Misconfigured, Transient, WrongState
from drivers.listening.faults import patrol_fault
from drivers.listening.serial_wire import SerialWire
from drivers.patrol.debouncing import Debouncing
from drivers.patrol.reader import PatrolReader, PatrolReaderWiring
from drivers.said import DeviceFound, DeviceLost, PatrolBadge
from drivers.sim.patrol_reader import SimulatedPatrolReader
from drivers.sim.serial_end import SerialEnd
from tests.drivers.port_bench import EAGER, PortBench


class Bench(PortBench):
    """A driver, a simulated reader and what was told."""

    def __init__(self, folder, model="id12", **wiring):
        super().__init__()
        path = folder / "tty"
        self.reader = SimulatedPatrolReader(SerialEnd(path, 9600), model, random.Random(1))
        self.driver = PatrolReader(
            PatrolReaderWiring("point-1", **wiring),
            SerialWire(str(path), 9600, patrol_fault),
            self.mono,
            EAGER,
        )

    def tags(self):
        return [badge.tag for badge in self.of(PatrolBadge)]


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(*how, **wiring):
        made.append(Bench(tmp_path, *how, **wiring))
        return made[-1]

    yield make
    for one in made:
        one.driver.stop()
        one.reader.stop()


@pytest.mark.parametrize(("model", "kind"), [("id12", "id12"), ("rdm6300", "id12"), ("line", "line")])
def test_a_badge_is_told_once_however_often_the_reader_repeats_it(bench, model, kind):
    point = bench(model, format=kind).start()
    point.reader.badge("0C00123456", reads=5)
    point.reader.duplicate()
    point.reader.badge("0C00ABCDEF")
    point.until(lambda: len(point.tags()) == 2)
    time.sleep(0.3)
    assert point.tags() == ["0C00123456", "0C00ABCDEF"]
    assert point.driver.health()[0].words == 7


def test_a_quiet_reader_is_not_lost(bench):
    point = bench().start()
    point.ahead_s += 3600
    time.sleep(0.6)
    assert not point.of(DeviceLost)
    assert point.driver.health()[0].online


def test_an_unplugged_reader_is_lost_once_and_found_once(bench):
    point = bench().start()
    point.reader.unplug()
    point.until(lambda: not point.driver.health()[0].online)
    assert not point.of(DeviceLost)
    point.ahead_s += 5
    point.until(lambda: point.of(DeviceLost))
    assert point.of(DeviceLost)[0].reason in {"patrol_reader.no_such_port", "patrol_reader.unplugged"}
    point.ahead_s += 60
    time.sleep(0.5)
    assert len(point.of(DeviceLost)) == 1
    point.reader.plug()
    point.until(lambda: len(point.of(DeviceFound)) == 2)
    assert point.of(DeviceFound)[1].away_s > 60
    point.reader.badge("0C00123456")
    point.until(lambda: point.tags() == ["0C00123456"])


def test_noise_makes_no_badge_and_the_next_clean_read_counts(bench):
    point = bench(debouncing=Debouncing(reads=2)).start()
    point.reader.noise(0.3)
    point.reader.badge("0C00123456", reads=40)
    point.until(lambda: point.driver.health()[0].malformed > 5)
    point.reader.resume()
    point.reader.badge("0C00777777", reads=3)
    point.until(lambda: "0C00777777" in point.tags())
    assert set(point.tags()) <= {"0C00123456", "0C00777777"}


def test_a_reader_can_be_asked_for_before_the_start_and_not_after(bench):
    point = bench()
    assert point.driver.devices == ("point-1",)
    assert point.driver.deadline_s("point-1") == 5
    assert point.driver.probe("point-1").model == "id12"
    point.reader.unplug()
    with pytest.raises(Transient, match="not there"):
        point.driver.probe("point-1")
    point.reader.plug()
    point.start()
    with pytest.raises(WrongState):
        point.driver.probe("point-1")
    with pytest.raises(WrongState):
        point.driver.start(point.told.append)
    point.driver.stop()
    point.driver.stop()
    point.reader.badge("0C00123456")
    time.sleep(0.2)
    assert point.tags() == []


def test_a_port_held_by_another_program_is_said_to_be(bench):
    point = bench().start()
    second = SerialWire(str(point.reader.end.path), 9600, patrol_fault)
    with pytest.raises(Transient) as caught:
        second.open()
    assert caught.value.key == "patrol_reader.port_busy"


@pytest.mark.parametrize("wiring", [{"deadline_s": 0.5}, {"debouncing": Debouncing(reads=0)}])
def test_a_wiring_that_cannot_work_is_refused(wiring):
    with pytest.raises(Misconfigured, match="at least"):
        PatrolReaderWiring("point-1", **wiring)
