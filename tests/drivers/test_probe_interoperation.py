"""The capture parser against tshark, and the density against the people who were counted in the hall."""

import csv
import random
import shutil
import statistics
import struct
import subprocess
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from drivers.probes.capture import frames
from drivers.probes.density import Density, Measuring, Now, step
from drivers.probes.heard import STRONGEST_DBM
from drivers.probes.key import key_of, pseudonymous
from drivers.probes.lines import decode_lines
from drivers.sim.probe_figures import packets_of_a_capture

TSHARK = shutil.which("tshark")
FIELDS = ("frame.time_epoch", "wlan.fc.type_subtype", "wlan.sa", "radiotap.dbm_antsignal")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed: apt-get install tshark")
PROBE_REQUEST = 4
AN_HOUR_S = 3600


def by_tshark(path: Path) -> list[list[str]]:
    columns = [argument for name in FIELDS for argument in ("-e", name)]
    command = [TSHARK, "-n", "-r", str(path), "-T", "fields", *columns]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def assert_same(path: Path) -> tuple[int, int]:
    ours, theirs = list(frames(path)), by_tshark(path)
    requests = 0
    for number, (mine, (epoch, kind, source, signal)) in enumerate(zip(ours, theirs, strict=True)):
        assert mine.wall_s == pytest.approx(float(epoch), abs=2e-6), number
        if mine.malformed:
            # A signal that no antenna hears is the one thing that we refuse and tshark shows.
            assert int(signal.split(",")[0]) > STRONGEST_DBM, number
            continue
        if int(kind, 0) != PROBE_REQUEST:
            assert mine.heard is None, number
            continue
        requests += 1
        assert mine.heard is not None, number
        assert mine.heard.address.hex(":") == source, number
        assert mine.heard.rssi_dbm == (int(signal.split(",")[0]) if signal else None), number
    return len(ours), requests


@needs_tshark
def test_every_frame_of_the_real_captures_is_read_as_tshark_reads_it(shared_data):
    captures = sorted((shared_data / "wifi").glob("*.pcap"))
    assert captures
    for path in captures:
        read, requests = assert_same(path)
        assert read > 10_000
        assert requests > 0.9 * read
        assert not any(frame.malformed for frame in frames(path))


@needs_tshark
def test_headers_of_every_make_are_read_as_tshark_reads_them(tmp_path):
    """Random presence bits, lengths and subtypes: where both make sense of a frame they agree."""
    luck, path = random.Random(11), tmp_path / "made.pcap"
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127))
        for number in range(600):
            packet = made_packet(luck)
            file.write(struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet)
    read, requests = assert_same(path)
    assert read == 600
    assert requests > 150


@needs_tshark
def test_the_capture_that_the_bench_reads_is_one_of_probe_requests(tmp_path):
    made = packets_of_a_capture(tmp_path, packets=300, devices=20)
    (path,) = tmp_path.iterdir()
    assert assert_same(path) == (300, 300)
    assert made.counted == 300
    assert made.devices == len({source for _, _, source, _ in by_tshark(path)})


def made_packet(luck: random.Random) -> bytes:
    present, body, at = 0, b"", 8
    words = luck.choice([1, 1, 2])
    at += 4 * (words - 1)
    for bit, (alignment, size) in enumerate([(8, 8), (1, 1), (1, 1), (2, 4), (2, 2), (1, 1), (1, 1)]):
        if luck.random() < 0.5:
            present |= 1 << bit
            padding = -(at + len(body)) % alignment
            # Flags stay 0: no checksum behind the frame, no short preamble.
            body += bytes(padding) + (bytes(size) if bit == 1 else luck.randbytes(size))
    more = b"" if words == 1 else struct.pack("<I", 0)
    present |= 0 if words == 1 else 1 << 31
    header = struct.pack("<BBHI", 0, 0, at + len(body), present) + more + body
    source = bytes([luck.randrange(256) & 0xFE]) + luck.randbytes(5)
    control = luck.choice([b"\x40\x00", b"\x40\x00", b"\x80\x00", b"\x50\x00", b"\xb0\x00"])
    return header + control + b"\x00\x00" + b"\xff" * 6 + source + b"\xff" * 6 + b"\x10\x00" + bytes(14)


def minutes_of(path: Path):
    key = key_of(None, date(2024, 2, 8), bytes)
    state, told = Density(), []
    for frame in frames(path):
        sightings = pseudonymous([frame.heard], key) if frame.heard else ()
        state, minutes = step(state, sightings, Now(frame.wall_s, frame.wall_s), Measuring())
        told += minutes
    return told


def people_by_minute(path: Path, ahead_s: int):
    """Return the people present in each minute; the table's clock runs `ahead_s` before UTC."""
    counted = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["occupancy"]:
                at = datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC).timestamp() - ahead_s
                counted[int(at // 60) * 60].append(float(row["occupancy"]))
    return {minute: statistics.fmean(people) for minute, people in counted.items()}


def test_the_number_of_near_devices_follows_the_number_of_people(shared_data, record_property):
    (path,) = sorted((shared_data / "wifi").glob("lecture_hall*.pcap"))
    people = people_by_minute(path.with_suffix(".csv"), AN_HOUR_S)
    pairs = [(len(m.near), people[m.start_s]) for m in minutes_of(path) if m.start_s in people]
    assert len(pairs) > 100
    smooth = [
        tuple(statistics.fmean(column) for column in zip(*pairs[i : i + 5], strict=True))
        for i in range(len(pairs) - 4)
    ]
    single = statistics.correlation(*zip(*pairs, strict=True))
    five = statistics.correlation(*zip(*smooth, strict=True))
    record_property("correlation", f"{single:.3f} a minute, {five:.3f} over five")
    assert single > 0.85
    assert five > 0.90


def test_lines_are_parsed_far_faster_than_any_probe_sends_them():
    luck = random.Random(3)
    buffer = b"".join(
        f"{(luck.randbytes(5).hex(':'))}:{n % 256:02x}|FF:FF:FF:FF:FF:FF|00|04|6|-{40 + n % 50}\r\n".encode()
        for n in range(20_000)
    )
    began = time.process_time()
    lines = decode_lines(buffer)
    took_s = time.process_time() - began
    assert len(lines.heard) + lines.malformed == 20_000
    assert 20_000 / took_s > 20_000
