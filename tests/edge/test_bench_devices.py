"""The bench of the devices, measured small: every figure is there, and each can fall short."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from drivers.doors import osdp_frames
from drivers.doors.wiegand import Card, encode
from drivers.fences.host import FenceStation
from drivers.modbus import frames as modbus_frames
from drivers.modbus.station import Looked
from drivers.probes.decoding import LineStream
from drivers.sim import modbus_figures, noise_figures, osdp_figures, probe_figures
from drivers.sim.modbus_slaves import FenceHost
from drivers.sim.modbus_wire import SerialBus
from drivers.sim.osdp_reader import OsdpReader
from drivers.sim.osdp_session import SecureSession
from edge.bench import devices
from edge.commands import bench

SMALL = devices.Sizes(
    cards=6,
    away_s=(0.3,),
    modules=3,
    cycles_for_s=1.0,
    alarms=3,
    lines=3000,
    packets=1000,
    garbled=20_000,
    noisy_for_s=1.0,
)


def by_name(figures):
    found = {figure.name: figure for figure in figures}
    assert len(found) == len(figures)
    return found


def lacking(figures):
    """The names of the figures that fall short."""
    return {figure.name for figure in figures if not figure.reached}


def test_cards_are_timed_at_both_speeds():
    found = by_name(devices.card_figures(SMALL))
    fast, slow = (found[f"card to observation, {baud} baud, p99"] for baud in (38400, 9600))
    assert (fast.goal, fast.better, slow.goal) == (100.0, "at most", None)
    # The 30 bytes of a card's answer alone.
    assert slow.value > 31
    assert fast.value > 7.8


def test_a_power_cycled_reader_is_timed_and_the_others_lose_nothing():
    found = by_name(devices.power_figures(SMALL))
    back = found["secure again after power came back, max"]
    assert (back.goal, back.better) == (5.0, "at most")
    assert 0.1 < back.value < 20
    assert found["cards at the other readers meanwhile"].value > 1
    assert found["cards lost there"].value == 0
    assert found["other readers told lost"].value == 0


def test_a_reader_that_stays_dead_falls_short(monkeypatch):
    monkeypatch.setattr(osdp_figures, "_BACK_WITHIN_S", 3.0)
    monkeypatch.setattr(OsdpReader, "plug", lambda self: None)
    figures = devices.power_figures(SMALL)
    assert lacking(figures) == {"secure again after power came back, max"}
    assert math.isnan(by_name(figures)["secure again after power came back, max"].value)


def test_a_card_that_is_lost_at_another_reader_falls_short(monkeypatch):
    held, at_the_third = OsdpReader.card, []

    def card(self, bits, data):
        at_the_third.extend([data] if self.address == 3 else [])
        # The first one only warms the bus up.
        if self.address != 3 or len(at_the_third) != 2:
            held(self, bits, data)

    monkeypatch.setattr(osdp_figures, "_HEARD_WITHIN_S", 1.0)
    monkeypatch.setattr(OsdpReader, "card", card)
    assert "cards lost there" in lacking(devices.power_figures(SMALL))


def test_fence_modules_are_polled_in_time_with_one_dead():
    found = by_name(devices.fence_figures(SMALL))
    cycle = found["3 fence modules, one dead: cycle, p99"]
    assert (cycle.goal, cycle.better) == (650.0, "at most")
    # A station is not read again before 0.1 s are over.
    assert cycle.value >= 99
    alarm = found["alarm contact to observation, 8 zones, p99"]
    assert (alarm.goal, alarm.better) == (300.0, "at most")
    # Two readings of 15 bytes each.
    assert alarm.value > 34


def test_an_alarm_that_is_never_told_and_a_dead_module_that_is_not_noticed_fall_short(monkeypatch):
    monkeypatch.setattr(modbus_figures, "_HEARD_WITHIN_S", 0.3)
    monkeypatch.setattr(modbus_figures, "_DEAD_WITHIN_S", 0.3)
    monkeypatch.setattr(FenceHost, "climb", lambda self, zone: None)
    assert lacking(devices.fence_figures(SMALL)) == {
        "3 fence modules, one dead: cycle, p99",
        "3 fence modules, one dead: cycle, max",
        "alarm contact to observation, 8 zones, p99",
    }


def test_every_line_and_frame_of_a_probe_is_counted():
    found = by_name(devices.line_figures(SMALL))
    for name in ("probe lines from a serial port", "probe lines, one a datagram"):
        assert (found[name].goal, found[name].better) == (20_000.0, "at least")
        assert found[name].value > 1000
    assert found["frames of a capture"].value > 1000
    assert found["lines and frames not counted"].value == 0


def test_the_devices_that_a_figure_counts_are_those_that_were_made_up(tmp_path):
    assert probe_figures.lines_in_a_stream(2000, devices=50).devices == 50
    assert probe_figures.lines_in_datagrams(2000, devices=50).devices == 50
    assert probe_figures.packets_of_a_capture(tmp_path, 2000, devices=50).devices == 50


def test_a_line_that_is_not_counted_falls_short(monkeypatch):
    class Forgetful(LineStream):
        def decode(self, chunks):
            return [replace(said, heard=said.heard[1:]) for said in super().decode(chunks)]

    monkeypatch.setattr(probe_figures, "LineStream", Forgetful)
    assert "lines and frames not counted" in lacking(devices.line_figures(SMALL))


def test_garbled_answers_make_no_event_and_what_happens_is_told_all_the_same():
    figures = devices.garbled_figures(SMALL)
    found = by_name(figures)
    assert lacking(figures) == set()
    assert found["fence answers, bytes garbled: 20 %"].value == 20_000
    assert found["fence events that happened"].value == 40
    assert found["whole reader answers found"].value > 0.99


def test_a_fifth_of_the_bytes_is_garbled():
    looked = noise_figures.fence_answers(20_000)
    # Seven bytes are whole in 0.8 ** 7 of all answers.
    assert looked.believed / looked.answers == pytest.approx(0.21, abs=0.02)
    assert noise_figures.fence_answers(2000, share=0.0).believed == 2000


def test_false_events_are_seen_where_the_checksum_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(modbus_frames, "checksum_holds", lambda frame: True)
    assert "false fence events" in lacking(devices.garbled_figures(SMALL))


def test_events_that_are_not_told_fall_short(monkeypatch):
    monkeypatch.setattr(FenceStation, "look", lambda self, answers, now_s: Looked())
    assert lacking(devices.garbled_figures(SMALL)) == {"fence events missed"}


def test_a_wrong_answer_with_the_sessions_code_is_a_false_event(monkeypatch):
    assert noise_figures._session().unseal(noise_figures._sealed(3)) is not None
    monkeypatch.setattr(osdp_frames, "_intact", lambda raw, body, crc: True)
    scanned = noise_figures.reader_answers(3000)
    assert scanned.unnoticed > 100
    assert scanned.false_events == 0
    monkeypatch.setattr(SecureSession, "unseal", lambda self, frame: frame.data)
    assert "false reader events" in lacking(devices.garbled_figures(SMALL))


def test_buses_come_back_after_noise():
    found = by_name(devices.noise_on_the_wire_figures(SMALL))
    assert (found["fence modules back after noise"].goal, found["readers back after noise"].goal) == (
        8.0,
        5.0,
    )
    assert 0 < found["fence modules back after noise"].value < 30
    assert 0 < found["readers back after noise"].value < 30
    assert found["cards held in noise"].value >= 3
    assert found["false fence events in noise"].value == 0
    assert found["cards told in noise that nobody held"].value == 0


def test_what_never_happened_is_counted_in_noise(monkeypatch):
    held = osdp_figures._Bus.hold_card

    def hold_card(self, reader):
        self.readers[reader].card(26, encode(26, Card(200, 4711)))
        return held(self, reader)

    def noise(self, share):
        for slave in self._slaves.values():
            slave.climb("1")

    monkeypatch.setattr(osdp_figures._Bus, "hold_card", hold_card)
    monkeypatch.setattr(SerialBus, "noise", noise)
    assert lacking(devices.noise_on_the_wire_figures(SMALL)) >= {
        "false fence events in noise",
        "cards told in noise that nobody held",
    }


def test_the_99th_of_a_hundred_and_the_largest_are_taken_and_one_that_never_came_spoils_both():
    values = [float(number) for number in range(100, 0, -1)]
    assert (devices.p99(values), devices.most(values)) == (99.0, 100.0)
    assert devices.p99([1.0, 2.0]) == 2.0
    for spoilt in ([], [1.0, math.nan, 2.0]):
        assert math.isnan(devices.p99(spoilt))
        assert math.isnan(devices.most(spoilt))


def run(*arguments):
    return CliRunner().invoke(bench.command, ["devices", *arguments])


def test_the_command_prints_every_figure_and_exits_1_when_one_falls_short(monkeypatch):
    monkeypatch.setattr(devices, "FIGURES", (devices.line_figures, devices.garbled_figures))
    monkeypatch.setattr(devices, "SIZES", SMALL)
    monkeypatch.setattr(devices, "LINES_PER_S", 10.0)
    good = run("--json")
    said = json.loads(good.output)
    assert (good.exit_code, said["reached"]) == (0, True)
    assert len(said["figures"]) == 13
    monkeypatch.setattr(devices, "LINES_PER_S", 1e12)
    short = run("--json")
    assert (short.exit_code, json.loads(short.output)["reached"]) == (1, False)
    assert "FELL SHORT" in run().output


def test_what_the_command_runs_is_the_full_size_and_every_measurement():
    assert devices.Sizes() == devices.SIZES
    assert devices.SIZES.garbled == 1_000_000
    assert devices.SIZES.cards >= 200
    assert devices.SIZES.modules == 16
    measures = {
        name for name in vars(devices) if name.endswith("_figures") and callable(getattr(devices, name))
    }
    assert {measure.__name__ for measure in devices.FIGURES} == measures


def test_a_fast_wire_is_fast_and_its_key_is_private(tmp_path: Path):
    latencies_s = osdp_figures.card_latencies_s(tmp_path, readers=1, baud=38400, cards=20)
    # 30 bytes at 38400 baud, and less than they take at 9600.
    assert 0.0078 < min(latencies_s) < 0.031
    (key,) = tmp_path.iterdir()
    assert key.stat().st_mode & 0o077 == 0
