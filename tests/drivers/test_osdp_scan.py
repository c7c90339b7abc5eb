"""A bus of OSDP readers is asked who is there: simulated ones, and libosdp's own peripheral device."""

import os
import pty
import random
import select
import threading
import time
import tty
from contextlib import contextmanager

import osdp
import pytest

from drivers.base import Malformed, Misconfigured, Transient
from drivers.doors.osdp_frames import Command, Frame, Reply
from drivers.doors.osdp_scan import ALL_ADDRESSES, FoundReader, Plan, find_readers, pdid
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate
from tests.drivers.osdp_gate import Gate, running

KEY = bytes(range(16))


def reader(address, **how):
    return OsdpReader(address, KEY, time.monotonic, plate=Plate(serial=1000 + address), **how)


def insisting(address):
    """A reader that tells nothing in clear, not even who it is."""
    strict = reader(address)
    genuine = strict.answer

    def answer(frame):
        told = genuine(frame)
        if told is None or told.security:
            return told
        return Frame(address, reply=True, sequence=frame.sequence, code=Reply.NAK, data=b"\x06")

    strict.answer = answer
    return strict


@contextmanager
def line_of(folder, *readers, baud=115200, **how):
    line = OsdpLine(folder / "line", readers, mono=time.monotonic, baud=baud, **how)
    line.start()
    try:
        yield line
    finally:
        line.stop()


def plan(line, last=4, **how):
    return Plan(str(line.path), how.pop("bauds", (115200,)), range(last + 1), **how)


def found(line, last=4, **how):
    return {r.address: r for r in find_readers(plan(line, last, **how), time.monotonic)}


@pytest.fixture
def watched():
    """Readers, and every frame that reaches them."""
    frames = []
    readers = [reader(1), insisting(2), reader(4, secure_channel=False)]
    genuine = readers[0].answer

    def answer(frame):
        frames.append(frame)
        return genuine(frame)

    readers[0].answer = answer
    return readers, frames


def test_readers_are_found_with_their_identity_where_they_tell_it_in_clear(tmp_path, watched):
    with line_of(tmp_path, *watched[0]) as line:
        readers = found(line)
    assert sorted(readers) == [1, 2, 4]
    known = readers[1].identity
    assert (known.maker, known.model, known.serial, known.firmware) == ("123456", "7.2", "000003E9", "1.4.2")
    assert 0 < known.latency_s < 5
    assert (readers[1].heard, readers[1].secure_channel) == ("identity", True)
    assert readers[2] == FoundReader(2, 115200, "refused")
    assert (readers[4].identity.serial, readers[4].secure_channel) == ("000003EC", False)


def test_nothing_is_written_to_a_reader_and_nothing_is_fetched_from_it(tmp_path, watched):
    readers, frames = watched
    readers[0].card(26, bytes(4))
    with line_of(tmp_path, *readers) as line:
        found(line)
    assert {frame.address for frame in frames} == {0, 1, 2, 3, 4}
    assert {frame.code for frame in frames} == {Command.ID, Command.CAP}
    assert {(frame.data, frame.security, frame.mac) for frame in frames} == {(b"\0", b"", b"")}
    assert len(readers[0]._waiting) == 1


def test_two_readers_under_one_address_are_told_as_somebody_who_cannot_be_understood(tmp_path):
    with line_of(tmp_path, reader(1), OsdpReader(1, KEY, time.monotonic, plate=Plate(model=200))) as line:
        assert found(line, last=2) == {1: FoundReader(1, 115200, "noise")}


def test_an_answer_that_is_broken_once_is_asked_for_again(tmp_path):
    wary, lost = reader(1), []
    genuine = wary.answer

    def answer(frame):
        told = genuine(frame)
        if frame.address == 1 and not lost:
            lost.append(frame)
            return Frame(2, reply=True, sequence=0, code=Reply.ACK)
        return told

    wary.answer = answer
    with line_of(tmp_path, wary) as line:
        assert found(line, last=1)[1].heard == "identity"
    assert lost


def test_a_reader_that_is_always_busy_is_there(tmp_path):
    busy = reader(1)
    busy.answer = lambda f: None if f.address != 1 else Frame(1, reply=True, sequence=0, code=Reply.BUSY)
    with line_of(tmp_path, busy) as line:
        assert found(line, last=1) == {1: FoundReader(1, 115200, "refused")}


def test_a_reader_that_is_busy_once_is_asked_again(tmp_path):
    busy, turned_away = reader(1), []
    genuine = busy.answer

    def answer(frame):
        if frame.address != 1 or turned_away:
            return genuine(frame)
        turned_away.append(frame)
        return Frame(1, reply=True, sequence=0, code=Reply.BUSY)

    busy.answer = answer
    with line_of(tmp_path, busy) as line:
        assert found(line, last=1)[1].heard == "identity"


def test_an_adapter_that_hears_itself_finds_nobody_who_is_not_there(tmp_path):
    with line_of(tmp_path, reader(2)) as line:
        line.echo()
        assert sorted(found(line, last=3)) == [2]


def test_every_baud_rate_is_tried_and_progress_is_told(tmp_path):
    seen = []
    with line_of(tmp_path, reader(1)) as line:
        wanted = plan(line, last=1, bauds=(9600, 115200))
        readers = [(r.address, r.baud) for r in find_readers(wanted, time.monotonic, seen.append)]
    # A pseudo-terminal has no rate: the reader is found at each.
    assert readers == [(1, 9600), (1, 115200)]
    assert [(p.address, p.baud, p.asked, p.of) for p in seen] == [
        (0, 9600, 1, 4),
        (1, 9600, 2, 4),
        (0, 115200, 3, 4),
        (1, 115200, 4, 4),
    ]


def test_a_bus_in_use_is_not_disturbed(tmp_path):
    gate = Gate(tmp_path, 1)
    with running(gate):
        gate.settle("north")
        with pytest.raises(Transient) as refused:
            list(find_readers(plan(gate.line), time.monotonic))
        assert refused.value.key == "scan.port_busy"
        assert gate.readers["north"].secure


def test_the_port_is_free_again_after_a_scan_that_was_broken_off(tmp_path):
    with line_of(tmp_path, reader(0)) as line:
        readers = find_readers(plan(line), time.monotonic)
        assert next(readers).address == 0
        readers.close()
        assert sorted(found(line, last=0)) == [0]


def test_what_was_found_before_the_adapter_was_pulled_out_is_not_lost(tmp_path):
    with line_of(tmp_path, reader(0)) as line:
        readers = find_readers(plan(line), time.monotonic)
        assert next(readers).address == 0
        line.unplug()
        with pytest.raises(Transient) as gone:
            list(readers)
    assert gone.value.key == "door.port_gone"


def test_a_scan_ends_when_its_time_is_over_and_says_where_to_go_on(tmp_path):
    now = [0.0]
    with line_of(tmp_path, reader(0)) as line:
        readers = find_readers(plan(line, seconds=100), lambda: now[0] + time.monotonic())
        next(readers)
        now[0] = 200.0
        with pytest.raises(Transient, match=r"100 s are over and unit 1 at 115200 baud .* --first 1") as over:
            next(readers)
    assert over.value.key == "scan.time_over"


@pytest.mark.parametrize("addresses", [range(127, 128), range(128), range(-1, 2), range(3, 3)])
def test_addresses_that_no_reader_has_are_refused(addresses):
    with pytest.raises(Misconfigured, match="0 to 126"):
        Plan("/dev/none", (9600,), addresses)


def test_a_baud_rate_that_osdp_does_not_have_is_refused():
    with pytest.raises(Misconfigured, match="1200"):
        Plan("/dev/none", (9600, 1200))


def test_how_long_a_scan_takes_is_known_before_and_kept(tmp_path):
    assert Plan("/dev/none").expected_s() == pytest.approx(16 * (0.2 + 30 * 10 / 9600))
    assert 25 < Plan("/dev/none", addresses=ALL_ADDRESSES).expected_s() < 35
    with line_of(tmp_path) as line:
        began = time.monotonic()
        assert found(line) == {}
        took = time.monotonic() - began
    assert plan(line).expected_s() * 0.8 < took < plan(line).expected_s() + 5


@pytest.mark.parametrize("size", [0, 11, 13])
def test_an_identity_of_another_length_is_malformed(size):
    with pytest.raises(Malformed):
        pdid(bytes(size))


class Channel(osdp.Channel):
    """libosdp's way to the far end of a pseudo-terminal."""

    def __init__(self, end):
        super().__init__()
        self._end = end

    def read(self, max_bytes):
        return os.read(self._end, max_bytes) if select.select([self._end], [], [], 0)[0] else b""

    def write(self, buf):
        return os.write(self._end, buf)

    def flush(self):
        pass


@contextmanager
def libosdp(address, *flags):
    """A reader of libosdp's own on a pty: yields the port's path."""
    far, near = pty.openpty()
    tty.setraw(near)
    known = osdp.PdId(5, 9, 0x00A1B2C3, 0x12345678, 0x00030201)
    info = osdp.PDInfo(address, Channel(far), scbk=KEY, flags=list(flags), id=known)
    device = osdp.PeripheralDevice(
        info, osdp.PDCapabilities([(osdp.Capability.CommunicationSecurity, 1, 1)]), osdp.LogLevel.Emergency
    )
    device.start()
    try:
        yield os.ttyname(near)
    finally:
        device.teardown()
        os.close(far)
        os.close(near)


@pytest.mark.parametrize("flags", [(), (osdp.LibFlag.EnforceSecure,)], ids=["open", "strict"])
def test_a_reader_that_is_not_ours_is_found_and_understood(flags):
    with libosdp(3, *flags) as port:
        wanted = Plan(port, (9600,), range(2, 5))
        (one,) = find_readers(wanted, time.monotonic)
    assert (one.address, one.heard, one.secure_channel) == (3, "identity", True)
    assert (one.identity.maker, one.identity.model) == ("A1B2C3", "9.5")
    assert (one.identity.serial, one.identity.firmware) == ("12345678", "3.2.1")


def test_no_rubbish_is_a_reader(tmp_path):
    """What a disturbed line says is at most somebody who cannot be understood."""
    noise, stop = random.Random(3), threading.Event()
    far, near = pty.openpty()
    tty.setraw(near)

    def babble():
        while not stop.wait(0.02):
            os.write(far, b"\x53" + noise.randbytes(30))

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        wanted = Plan(os.ttyname(near), (115200,), range(3), answer_s=0.1)
        heard = {r.heard for r in find_readers(wanted, time.monotonic)}
    finally:
        stop.set()
        thread.join()
        os.close(far)
        os.close(near)
    assert heard == {"noise"}
