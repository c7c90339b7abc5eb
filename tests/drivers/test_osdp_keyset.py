"""Giving a reader its key over a pty, and what is left where that is refused or cut short."""

import stat
import time
from contextlib import contextmanager

import pytest

from drivers.base import Denied, Misconfigured, Transient, WrongState
from drivers.doors.osdp_bus import OsdpBus
from drivers.doors.osdp_frames import Command
from drivers.doors.osdp_keyset import install_key
from drivers.doors.osdp_wiring import OsdpBusWiring, OsdpReaderWiring
from drivers.said import DeviceFound
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate
from tests.drivers.ear import Ear
from tests.drivers.osdp_gate import write_key

OLD = bytes(range(16))


@contextmanager
def reader_on(folder, key, **how):
    """One reader at address 5 behind a pty, and where its key belongs."""
    reader = OsdpReader(5, key, time.monotonic, **how)
    line = OsdpLine(folder / "line", [reader], mono=time.monotonic, baud=115200)
    line.start()
    try:
        yield reader, line, OsdpReaderWiring("north", 5, folder / "north.key")
    finally:
        line.stop()


def hurried():
    """A clock that runs four times as fast, for those who wait for nothing."""
    return 4 * time.monotonic()


def install(line, wiring, **how):
    return install_key(str(line.path), 115200, wiring, time.monotonic, **how)


def files(folder):
    return {path.name for path in folder.iterdir()} - {"line"}


def on_disk(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return bytes.fromhex(path.read_text())


def test_a_reader_in_install_mode_gets_a_key_of_its_own_and_proves_it(tmp_path):
    with reader_on(tmp_path, None, plate=Plate(serial=0x2A)) as (reader, line, wiring):
        known = install(line, wiring)
        assert (known.maker, known.model, known.serial, known.firmware) == (
            "123456",
            "7.2",
            "0000002A",
            "1.4.2",
        )
        assert reader.key == on_disk(wiring.key_file)
        assert files(tmp_path) == {"north.key"}
        bus, ear = OsdpBus(OsdpBusWiring(str(line.path), (wiring,)), time.monotonic), Ear()
        bus.start(ear.tell)
        try:
            ear.wait(DeviceFound, device="north")
        finally:
            bus.stop()


def test_no_two_readers_get_the_same_key(tmp_path):
    with reader_on(tmp_path, None) as (reader, line, wiring):
        install(line, wiring)
        first = reader.key
        install(line, wiring, replace=True)
        assert reader.key == on_disk(wiring.key_file)
        assert reader.key != first
        assert files(tmp_path) == {"north.key"}


def test_the_key_lies_on_disk_before_the_reader_hears_of_it(tmp_path):
    with reader_on(tmp_path, None) as (reader, line, wiring):
        seen, genuine = [], reader.answer

        def answer(frame):
            reply = genuine(frame)
            if frame.code == Command.KEYSET:
                seen.append((reader.key, on_disk(tmp_path / "north.key.new"), wiring.key_file.exists()))
            return reply

        reader.answer = answer
        install(line, wiring)
        assert seen == [(reader.key, reader.key, False)]


@pytest.mark.parametrize("present", [None, OLD], ids=["installing", "replacing"])
def test_a_power_cut_after_the_reader_took_its_key_costs_nothing(tmp_path, present):
    class PowerCut(BaseException):
        pass

    if present is not None:
        write_key(tmp_path / "north.key", present)
    with reader_on(tmp_path, present) as (reader, line, wiring):

        def mono():
            # The moment at which the reader holds the new key and the box does not know it yet.
            if reader.key != present:
                raise PowerCut
            return time.monotonic()

        with pytest.raises(PowerCut):
            install_key(str(line.path), 115200, wiring, mono, replace=present is not None)
        taken = reader.key
        assert on_disk(tmp_path / "north.key.new") == taken
        install(line, wiring, replace=present is not None)
        assert reader.key == taken == on_disk(wiring.key_file)
        assert files(tmp_path) == {"north.key"}


def test_a_key_that_never_reached_its_reader_is_thrown_away_at_the_next_attempt(tmp_path):
    write_key(tmp_path / "north.key.new", OLD)
    with reader_on(tmp_path, None) as (reader, line, wiring):
        install(line, wiring)
        assert reader.key == on_disk(wiring.key_file) != OLD
        assert files(tmp_path) == {"north.key"}


def test_a_draft_is_kept_while_nobody_can_tell_whether_its_reader_took_it(tmp_path):
    write_key(tmp_path / "north.key.new", OLD)
    with reader_on(tmp_path, OLD) as (reader, line, wiring):
        reader.stall()
        with pytest.raises(Transient) as refused:
            install_key(str(line.path), 115200, wiring, hurried)
        assert refused.value.key == "door.silent"
        assert on_disk(tmp_path / "north.key.new") == OLD
        reader.resume()
        install(line, wiring)
        assert reader.key == on_disk(wiring.key_file) == OLD


@pytest.mark.parametrize(
    ("mode", "text", "why"), [(0o640, OLD.hex(), "door.open_key"), (0o600, "half", "door.bad_key")]
)
def test_a_draft_that_cannot_be_read_is_never_overwritten(tmp_path, mode, text, why):
    draft = write_key(tmp_path / "north.key.new", b"", mode)
    draft.write_text(text)
    with reader_on(tmp_path, None) as (reader, line, wiring):
        with pytest.raises(Misconfigured) as refused:
            install(line, wiring)
        assert refused.value.key == why
        assert str(draft) in str(refused.value)
        assert (reader.key, draft.read_text()) == (None, text)


def test_a_reader_that_is_not_in_install_mode_keeps_its_key_and_nothing_is_left(tmp_path):
    with reader_on(tmp_path, OLD) as (reader, line, wiring):
        with pytest.raises(Denied) as refused:
            install(line, wiring)
        assert refused.value.key == "door.keyset_refused"
        assert reader.key == OLD
        assert files(tmp_path) == set()


def test_a_wrong_present_key_changes_nothing(tmp_path):
    write_key(tmp_path / "north.key", OLD)
    with reader_on(tmp_path, bytes(16)) as (reader, line, wiring):
        with pytest.raises(Denied) as refused:
            install(line, wiring, replace=True)
        assert refused.value.key == "door.wrong_key"
        assert (reader.key, on_disk(wiring.key_file)) == (bytes(16), OLD)
        assert files(tmp_path) == {"north.key"}


def test_a_reader_that_refuses_a_new_key_keeps_the_old_one_and_so_do_we(tmp_path):
    write_key(tmp_path / "north.key", OLD)
    with reader_on(tmp_path, OLD) as (reader, line, wiring):
        genuine = reader._carry_out
        reader._carry_out = lambda code, data: genuine(0 if code == Command.KEYSET else code, data)
        with pytest.raises(Denied) as refused:
            install(line, wiring, replace=True)
        assert refused.value.key == "door.keyset_refused"
        assert reader.key == OLD == on_disk(wiring.key_file)
        assert files(tmp_path) == {"north.key"}


def test_a_reader_without_secure_channel_gets_no_key(tmp_path):
    with reader_on(tmp_path, None, secure_channel=False) as (_, line, wiring):
        with pytest.raises(Misconfigured) as refused:
            install(line, wiring)
        assert refused.value.key == "door.no_secure_channel"
        assert files(tmp_path) == set()


def test_a_key_that_exists_is_never_overwritten_unasked(tmp_path):
    write_key(tmp_path / "north.key", OLD)
    with reader_on(tmp_path, None) as (reader, line, wiring):
        with pytest.raises(Misconfigured) as refused:
            install(line, wiring)
        assert refused.value.key == "door.key_exists"
        assert (reader.key, on_disk(wiring.key_file)) == (None, OLD)


@pytest.mark.parametrize(
    ("folder", "port", "why"),
    [("nowhere", "line", "door.unwritable_key"), (".", "none", "door.no_such_port")],
)
def test_nothing_is_sent_where_the_key_cannot_be_kept_or_the_port_is_missing(tmp_path, folder, port, why):
    with reader_on(tmp_path, None) as (reader, line, _):
        wiring = OsdpReaderWiring("north", 5, tmp_path / folder / "north.key")
        with pytest.raises(Misconfigured) as refused:
            install_key(str(line.path.with_name(port)), 115200, wiring, time.monotonic)
        assert refused.value.key == why
        assert (reader.key, files(tmp_path)) == (None, set())


def test_a_probe_tells_who_a_reader_is_and_how_fast_it_answers(tmp_path):
    write_key(tmp_path / "north.key", OLD)
    with reader_on(tmp_path, OLD) as (_, line, wiring):
        bus = OsdpBus(OsdpBusWiring(str(line.path), (wiring,)), time.monotonic)
        known = bus.probe("north")
        assert (known.maker, known.serial, known.firmware) == ("123456", "000003E9", "1.4.2")
        assert 0 < known.latency_s < 1
        with pytest.raises(WrongState):
            bus.probe("south")
        # It left the port: the bus may be started on it.
        assert bus.probe("north").serial == known.serial


@pytest.mark.parametrize(
    ("key", "how", "family", "why"),
    [
        (bytes(16), {}, Denied, "door.wrong_key"),
        (OLD, {"secure_channel": False}, Misconfigured, "door.no_secure_channel"),
    ],
)
def test_a_probe_tells_at_once_why_a_reader_cannot_be_used(tmp_path, key, how, family, why):
    write_key(tmp_path / "north.key", OLD)
    with reader_on(tmp_path, key, **how) as (_, line, wiring):
        began_s = time.monotonic()
        with pytest.raises(family) as refused:
            OsdpBus(OsdpBusWiring(str(line.path), (wiring,)), time.monotonic).probe("north")
        assert refused.value.key == why
        assert time.monotonic() - began_s < 5


def test_a_probe_of_a_silent_reader_a_missing_port_or_a_missing_key_says_so(tmp_path):
    with reader_on(tmp_path, OLD) as (reader, line, wiring):
        bus = OsdpBus(OsdpBusWiring(str(line.path), (wiring,)), hurried)
        with pytest.raises(Misconfigured) as refused:
            bus.probe("north")
        assert refused.value.key == "door.no_key"
        write_key(wiring.key_file, OLD)
        reader.unplug()
        with pytest.raises(Transient) as silent:
            bus.probe("north")
        assert silent.value.key == "door.silent"
        line.unplug()
        with pytest.raises(Misconfigured) as missing:
            bus.probe("north")
        assert missing.value.key == "door.no_such_port"
