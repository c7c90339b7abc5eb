"""What goes wrong on a running bus with several stations: one is lost and found once, the others never."""

import contextlib
import threading
import time
from itertools import pairwise

import pytest

from drivers.base import Transient
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import parse
from drivers.modbus.bus import ModbusBus
from drivers.modbus.relay_board import RelayStation
from drivers.modbus.wiring import SerialLine, TcpLine
from drivers.said import ContactChanged, DeviceFound, DeviceLost, DoorChanged, OrderDone, ZoneChanged
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from drivers.sim.modbus_wire import SerialBus, TcpBus
from tests.drivers.ear import Ear
from tests.drivers.modbus_compound import BAUD, BOARD, LOST_S, PACE, PATIENCE_S, PULSE, Compound, fresh

FENCE = ("fence-1",)
RELAYS = ("board-1", "north", "gate", "horn")
EVERYBODY = ("fence-1", "fence-2", *RELAYS)
# A loaded machine may look late; a bus that waits for a time-out of its line before it looks is later.
SLACK_S = 0.8


@pytest.fixture
def running(request):
    compound = Compound(getattr(request, "param", SerialBus))
    with compound.wire:
        bus = compound.bus()
        bus.start(compound.ears.tell)
        try:
            settled(compound.ears)
            yield compound, bus
        finally:
            bus.stop()


def settled(ears):
    """Wait until everything was told for the first time."""
    for fence in ("fence-1", "fence-2"):
        for zone in PULSE.zones:
            ears.wait(ZoneChanged, device=fence, zone=zone, first=True)
    ears.wait(ContactChanged, device="gate", contact="beam", first=True)
    ears.forget()


def unplug(compound, unit):
    compound.wire.unplug(unit)
    return lambda: compound.wire.plug(unit)


def slow(compound, unit):
    compound.wire.slow(unit, 0.15)
    return lambda: compound.wire.slow(unit, 0.0)


def cut_short(compound, unit):
    compound.wire.cut_short(unit)
    return lambda: compound.wire.cut_short(unit, on=False)


def swap(compound, unit):
    own = compound.hosts.get(unit, compound.board)
    compound.wire.swap(FenceHost(unit, parse(ONE_COIL, "f")))
    return lambda: compound.wire.swap(own)


ONE_COIL = "{maker: A, model: B, zones: {1: {marks: [{meaning: alarm, function: 1, address: 40}]}}}"
REASONS = {
    unplug: {"modbus.silent"},
    # Its late answer is found in the line before, or at, the next question.
    slow: {"modbus.silent", "modbus.not_asked", "modbus.noise"},
    cut_short: {"modbus.cut_short", "modbus.noise"},
    swap: {"modbus.rejected"},
}


@pytest.mark.parametrize(
    ("running", "fault"),
    [(SerialBus, unplug), (SerialBus, slow), (SerialBus, cut_short), (SerialBus, swap), (TcpBus, slow)],
    indirect=["running"],
    ids=lambda value: value.__name__,
)
@pytest.mark.parametrize(("unit", "lost"), [(1, FENCE), (7, RELAYS)], ids=["fence", "board"])
def test_a_faulty_station_is_lost_once_and_found_once_in_its_new_state_and_nobody_else(
    running, fault, unit, lost
):
    compound, bus = running
    mend = fault(compound, unit)
    for device in lost:
        said = compound.ears.wait(DeviceLost, device=device)
        assert said.reason in REASONS[fault]
        assert LOST_S <= said.silent_s <= LOST_S + SLACK_S
    # Meanwhile the others go on, and it is not what it was.
    compound.hosts[2].climb("1")
    began_s = time.monotonic()
    compound.ears.wait(ZoneChanged, device="fence-2", zone="1", state="alarm", first=False)
    assert time.monotonic() - began_s < 1.5
    assert {h.device for h in bus.health() if not h.online} == set(lost)
    compound.hosts[1].restart({"2": "short"}, armed=False)
    compound.contact("door", closed=True)
    mend()
    for device in lost:
        assert compound.ears.wait(DeviceFound, device=device).away_s > LOST_S
    if unit == 1:
        compound.ears.wait(ZoneChanged, device="fence-1", zone="2", state="short", first=True)
        compound.ears.wait(ZoneChanged, device="fence-1", zone="3", state="normal", first=True)
    else:
        compound.ears.wait(DoorChanged, device="north", position="closed", first=True)
        compound.ears.wait(ContactChanged, device="gate", contact="loop", closed=False, first=True)
    assert sorted(s.device for s in compound.ears.all(DeviceLost)) == sorted(lost)
    assert sorted(s.device for s in compound.ears.all(DeviceFound)) == sorted(lost)


def test_a_dead_station_is_asked_rarely_and_the_living_hardly_notice(running):
    compound, _ = running

    def asked(seconds=1.2):
        compound.wire.asked.clear()
        time.sleep(seconds)
        return dict(compound.wire.asked)

    before = asked()
    compound.wire.unplug(1)
    compound.ears.wait(DeviceLost, device="fence-1")
    after = asked()
    assert 1 <= after[1] <= 1.2 / (0.75 * PACE.dead_every_s) + 1
    assert after[2] > 0.5 * before[2]
    assert after[7] > 0.5 * before[7]


class Cable:
    """The compound's line at a path or port that stays, while the adapter or serial server comes and goes."""

    def __init__(self, compound, kind, folder):
        self._compound, self._kind = compound, kind
        self._link = folder / "ttyFence"
        self._stack = contextlib.ExitStack()
        self._port = 0

    @property
    def line(self):
        if self._kind is SerialBus:
            return SerialLine(str(self._link), BAUD, answer_s=0.06)
        return TcpLine("127.0.0.1", self._port, BAUD, answer_s=0.06)

    def plug(self):
        wire = self._kind([*self._compound.hosts.values(), self._compound.board], BAUD)
        if self._kind is TcpBus:
            wire.port = self._port
        self._stack.enter_context(wire)
        self._port = wire.port
        if self._kind is SerialBus:
            self._link.symlink_to(wire.port)

    def pull(self):
        self._link.unlink(missing_ok=True)
        self._stack.close()


@pytest.mark.parametrize("kind", [SerialBus, TcpBus], ids=["serial", "tcp"])
def test_a_line_that_vanishes_loses_everybody_in_time_and_brings_them_back_by_itself(kind, tmp_path):
    compound = Compound(kind)
    cable, ears = Cable(compound, kind, tmp_path), compound.ears
    cable.plug()
    fences = [FenceStation(FenceWiring(f"fence-{n}", n, PULSE, lost_after_s=LOST_S)) for n in compound.hosts]
    bus = ModbusBus(cable.line, [*fences, RelayStation(BOARD)], PACE)
    bus.start(ears.tell)
    try:
        settled(ears)
        cable.pull()
        for device in EVERYBODY:
            lost = ears.wait(DeviceLost, device=device)
            assert lost.reason in {"modbus.line_broken", "modbus.line_missing"}
            assert lost.silent_s <= LOST_S + SLACK_S
        given_s = time.monotonic()
        bus.open("north", fresh(seconds=0.3), 400)
        assert ears.wait(OrderDone).refused == "relay.expired"
        assert time.monotonic() - given_s < 0.3 + SLACK_S
        compound.hosts[2].cut("4")
        compound.contact("door", closed=True)
        cable.plug()
        for device in EVERYBODY:
            ears.wait(DeviceFound, device=device)
        ears.wait(ZoneChanged, device="fence-2", zone="4", state="open_wire", first=True)
        ears.wait(DoorChanged, device="north", position="closed", first=True)
    finally:
        bus.stop()
        cable.pull()
    for kind_of_news in (DeviceLost, DeviceFound):
        assert sorted(s.device for s in ears.all(kind_of_news)) == sorted(EVERYBODY)
    assert compound.board.writes == []


def test_a_line_that_nobody_opens_costs_no_deadline(tmp_path):
    """However long the pauses between two attempts to open it have grown."""
    ears = Ear(PATIENCE_S)
    deadlines_s = [0.4, 0.8, 1.2, 1.6, 2.0]
    stations = [
        FenceStation(FenceWiring(f"f-{n}", n, PULSE, lost_after_s=after_s))
        for n, after_s in enumerate(deadlines_s, 1)
    ]
    bus = ModbusBus(SerialLine(str(tmp_path / "ttyUSB9")), stations, PACE)
    began_s = time.monotonic()
    bus.start(ears.tell)
    try:
        for station in stations:
            ears.wait(DeviceLost, device=station.id, reason="modbus.line_missing", silent_s=None)
    finally:
        bus.stop()
    told_s = [said.mono_s - began_s for said in ears.all(DeviceLost)]
    late_s = [told - deadline for told, deadline in zip(told_s, deadlines_s, strict=True)]
    assert all(-0.05 < late < SLACK_S for late in late_s), late_s


SCATTERED = parse(
    "{maker: A, model: B, zones: {"
    "1: {states: {function: 4, address: 0, values: {0: normal, 5: alarm}}},"
    "2: {states: {function: 4, address: 9, values: {5: normal, 0: alarm}}}}}",
    "f",
)


class Hesitant(FenceHost):
    """Takes now and then longer than it may, and then answers all that it was asked, in turn."""

    def __init__(self):
        super().__init__(1, SCATTERED)
        self._asked = 0

    def answer(self, asked):
        self._asked += 1
        if self._asked % 3 == 0:
            time.sleep(0.15)
        return super().answer(asked)


def test_a_late_answer_is_not_taken_for_the_answer_to_the_stations_next_question():
    ears, looks = Ear(PATIENCE_S), []
    with SerialBus([Hesitant()], BAUD) as wire:
        station = FenceStation(FenceWiring("fence-1", 1, SCATTERED, lost_after_s=5.0))
        look = station.look
        station.look = lambda answers, now_s: (looks.append([v for _, v in answers]), look(answers, now_s))[1]
        bus = ModbusBus(SerialLine(wire.port, BAUD, answer_s=0.06), [station], PACE)
        bus.start(ears.tell)
        try:
            time.sleep(3.6)
        finally:
            bus.stop()
    assert len(looks) > 1
    assert [values for values in looks if values != [(0,), (5,)]] == []
    assert {s.state for s in ears.all(ZoneChanged)} == {"normal"}


def test_answers_that_overtake_each_other_are_no_event_and_pass(running):
    compound, bus = running
    compound.hosts[1].cut("1")
    compound.ears.wait(ZoneChanged, device="fence-1", zone="1", state="open_wire")
    compound.wire.reorder()
    time.sleep(1.5)
    told = {(s.device, s.zone, s.state) for s in compound.ears.all(ZoneChanged) if s.state != "normal"}
    assert told == {("fence-1", "1", "open_wire")}
    assert sum(h.malformed for h in bus.health()) > 0
    compound.wire.reorder(on=False)
    compound.hosts[2].climb("4")
    compound.ears.wait(ZoneChanged, device="fence-2", zone="4", state="alarm")


def test_a_station_is_told_of_every_question_that_was_asked_in_vain(running):
    compound, bus = running
    doubts = []
    for device in ("fence-1", "fence-2"):
        bus._roll.of(device).station.doubt = lambda device=device: doubts.append(device)
    compound.wire.cut_short(1)
    compound.ears.wait(DeviceLost, device="fence-1")
    assert doubts.count("fence-1") >= PACE.misses
    assert doubts.count("fence-1") > 5 * doubts.count("fence-2")


def test_a_station_that_was_never_there_is_lost_without_an_age_and_costs_no_other():
    compound = Compound(SerialBus)
    compound.wire.unplug(2)
    with compound.wire:
        bus = compound.bus()
        with pytest.raises(Transient):
            bus.probe("fence-2")
        bus.start(compound.ears.tell)
        try:
            assert compound.ears.wait(DeviceLost).silent_s is None
            compound.ears.wait(ZoneChanged, device="fence-1", zone="4", first=True)
            compound.wire.plug(2)
            assert compound.ears.wait(DeviceFound, device="fence-2").away_s is None
        finally:
            bus.stop()
    assert [s.device for s in compound.ears.all(DeviceLost)] == ["fence-2"]


def test_a_bus_at_work_keeps_one_thread_and_no_pile_of_orders():
    compound = Compound(SerialBus)
    with compound.wire:
        bus = compound.bus()
        threads = threading.active_count()
        bus.start(compound.ears.tell)
        try:
            settled(compound.ears)
            compound.wire.unplug(7)
            for number in range(20):
                bus.open("north", fresh(f"o-{number}", seconds=0.5), 400)
            for number in range(20):
                assert compound.ears.wait(OrderDone, order=f"o-{number}").refused in {
                    "relay.unanswered",
                    "relay.expired",
                }
            assert threading.active_count() == threads + 1
        finally:
            bus.stop()
    done = [int(s.order[2:]) for s in compound.ears.all(OrderDone)]
    assert all(a < b for a, b in pairwise(done))
    assert compound.board.writes == []


def test_a_board_that_another_replaced_is_still_known_by_its_relays(running):
    compound, bus = running
    spare = RelayBoard(7, time.monotonic)
    spare.put(2, 1, 1)
    compound.wire.swap(spare)
    bus.open("north", fresh(), 400)
    assert compound.ears.wait(OrderDone).refused is None
    assert spare.closed(0)
    assert compound.ears.all(DeviceLost) == []
