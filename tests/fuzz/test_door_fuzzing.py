"""Decoders of doors under rubbish: nothing but Malformed or the documented result, no hang, no growth.

MENWEI_FUZZ_FRAMES says how many mutated inputs each decoder gets; a soak gives a million.
"""

import random
import time
import tracemalloc
from pathlib import Path

import osdp_sys
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.doors import uhppote_packets
from drivers.doors.osdp_frames import MAX_FRAME, Command, Frame, Reply, crc16, decode, encode, scan, unsealed
from drivers.doors.osdp_port import OsdpPort
from drivers.doors.osdp_reports import ReaderState, told
from drivers.doors.osdp_screening import passes, secure_channel
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.uhppote_memory import changes, late_s, said_of
from drivers.doors.uhppote_wiring import UhppoteDoorWiring, UhppoteWiring
from drivers.doors.wiegand import decode as decode_card
from drivers.doors.wiegand import encode as encode_card
from drivers.said import CardPresented, DoorChanged, KeysPressed, Said
from tests.fuzz.mutating import FRAMES, LONGEST_S, fed, mutated, seeds

CORPUS = Path(__file__).with_name("door_corpus")
LONGEST_UNREAD = 4096
NORTH = OsdpReaderWiring("north", 5, Path("north.key"))
BOX = UhppoteWiring(
    "box", 405_419_896, "127.0.0.1", tuple(UhppoteDoorWiring(f"door-{n}", n) for n in (1, 2, 3, 4))
)
POLL = Frame(5, reply=False, sequence=1, code=Command.POLL, security=b"\x15", mac=b"1234")
# Frames that a reader may send without a session: none of them tells what happened at a door.
UNTOLD = {Reply.ACK, Reply.NAK, Reply.PDID, Reply.PDCAP, Reply.BUSY, Reply.CCRYPT, Reply.RMAC_I}
READ = ReaderState(position="closed", lock="locked", tampered=False, power="mains", unread=frozenset())


def resealed(data):
    """The same bytes as a frame whose length and checksum are right, so that more than these is tried."""
    control = data[4:5] or b"\x04"
    with_crc = control[0] & 0x04
    size = 5 + len(data[5:MAX_FRAME]) + (2 if with_crc else 1)
    body = b"S" + (data[1:2] or b"\x85") + size.to_bytes(2, "little") + control + data[5:MAX_FRAME]
    return body + (crc16(body).to_bytes(2, "little") if with_crc else bytes([-sum(body) & 0xFF]))


def frame(data):
    """As it is, and with its checksum mended."""
    sealed = resealed(data)
    try:
        found = decode(sealed)
        check_frame(found)
        # The upper half of the control byte is reserved and not kept.
        assert sealed[4] & 0xF0 or encode(found) == sealed
    except Malformed as error:
        assert error.key == "door.garbled"  # noqa: PT017 - that nothing is raised is fine too
    check_scanned(data)


def check_frame(found):
    """What was read is written alike, and without a session's code it tells nothing of a door."""
    raw = encode(found)
    assert decode(raw) == found
    assert not found.mac or raw.startswith(unsealed(found))
    secure_channel(found, POLL)
    if passes(found, POLL, speaks_crc=True):
        assert found.reply
        assert found.mac or found.code in UNTOLD


def check_scanned(data):
    scanned = scan(data)
    assert len(scanned.rest) <= MAX_FRAME
    assert scanned.malformed <= len(data)
    assert data.endswith(scanned.rest)
    for found in scanned.frames:
        check_frame(found)
    if not scanned.frames and data:
        decode(data)


def report(data):
    event = {
        0: {
            "event": osdp_sys.EVENT_CARDREAD,
            "length": int.from_bytes(data[1:3], "little"),
            "data": data[3:],
        },
        1: {"event": osdp_sys.EVENT_KEYPRESS, "data": data[1:]},
        2: {"event": osdp_sys.EVENT_STATUS, "type": int.from_bytes(data[1:2]), "report": data[2:]},
    }.get(int.from_bytes(data[:1]) % 4, {"event": int.from_bytes(data[1:2]), "data": data})
    check_told(event, ReaderState())
    check_told(event, READ)


def check_told(event, state):
    after, said = told(event, state, NORTH, 1.0)
    assert isinstance(after, ReaderState)
    for one in said:
        assert isinstance(one, Said)
        assert (one.device, one.late_s) == ("north", 0.0)
        if isinstance(one, CardPresented):
            assert len(one.data) == (one.bits + 7) // 8
        if isinstance(one, KeysPressed):
            assert set(one.keys) <= set("0123456789*#ABCD")
        if isinstance(one, DoorChanged):
            assert one.position in ("open", "closed", "unknown")


def packet(data):
    """Every decoder gets the packet as it is, and once more as a packet of its own kind."""
    failures = 0
    for function, decoder in PACKETS:
        for raw in (data, bytes([0x17, function]) + data[2:64].ljust(62, b"\0")):
            try:
                check_packet(decoder("box", raw))
            except Malformed as error:
                assert error.key == "door.garbled"  # noqa: PT017 - as above
                failures += raw is data
    if failures == len(PACKETS):
        uhppote_packets.serial("box", data)


def check_packet(result):
    match result:
        case uhppote_packets.Status():
            assert len(result.doors) == 4
            changes(None, result.doors, BOX, 1.0)
        case (uhppote_packets.Status(), uhppote_packets.Entry()):
            check_packet(result[0])
            check_entry(result[1], result[0].now)
        case uhppote_packets.Entry():
            check_entry(result, None)
        case uhppote_packets.StoredCard():
            assert result.valid_from is not None
            assert result.doors <= {1, 2, 3, 4}


def check_entry(entry, now):
    late = late_s(entry, now)
    assert late >= 1
    for said in said_of(entry, BOX, 1.0, late):
        assert said.device.startswith(("box", "door-"))


PACKETS = (
    (0x20, uhppote_packets.status),
    (0x20, uhppote_packets.live_event),
    (0xB0, uhppote_packets.entry),
    (0xB4, uhppote_packets.event_index),
    (0x40, uhppote_packets.opened),
    (0x50, uhppote_packets.stored),
    (0x52, uhppote_packets.deleted),
    (0x5A, uhppote_packets.stored_card),
    (0x82, uhppote_packets.door_delay_s),
    (0x94, uhppote_packets.controller),
)


def card(data):
    bits, raw = int.from_bytes(data[:2], "little"), data[2:]
    found = decode_card("north", bits, raw)
    if found is not None:
        spare = 8 * len(raw) - bits
        assert int.from_bytes(encode_card(bits, found)) >> spare == int.from_bytes(raw) >> spare


DECODERS = {"frame": frame, "report": report, "packet": packet, "card": card}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", DECODERS)
def test_mutated_input_raises_nothing_but_malformed_and_never_hangs(kind):
    luck, found, decoder = random.Random(kind), seeds(CORPUS, kind), DECODERS[kind]
    fared = fed(decoder, (mutated(luck, luck.choice(found), found) for _ in range(FRAMES)))
    print(f"{kind}: {fared}")
    assert fared.understood > 0
    assert fared.refused
    assert set(fared.refused) <= {"door.garbled", "door.parity"}
    assert fared.slowest_s < LONGEST_S


@pytest.mark.parametrize("kind", DECODERS)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"S" * 5000)
@example(b"\x53\x05\xa0\x05" * 2000)
@example(b"\xff" * 5000)
@example(bytes(64))
def test_any_bytes_raise_nothing_but_malformed(kind, data):
    try:
        DECODERS[kind](data)
    except Malformed as error:
        assert error.key in ("door.garbled", "door.parity")  # noqa: PT017 - as above


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 600),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=70),
    st.lists(st.integers(), max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {"event": st.one_of(st.integers(0, 10), values)},
        optional={"type": values, "report": values, "data": values, "length": values, "arg0": values},
    )
)
def test_any_event_of_the_library_is_told_or_malformed(event):
    for state in (ReaderState(), READ):
        try:
            check_told(event, state)
        except Malformed as error:
            assert error.values["device"] == "north"  # noqa: PT017 - as above


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(seeds(CORPUS, "frame")), max_size=4), st.data())
def test_frames_in_pieces_are_the_frames_in_one(parts, data):
    stretch = b"".join(parts)
    whole, rest, pieces = scan(stretch), b"", []
    while stretch:
        size = data.draw(st.integers(1, len(stretch)))
        scanned = scan(rest + stretch[:size])
        rest, stretch = scanned.rest, stretch[size:]
        pieces += scanned.frames
    assert (tuple(pieces), rest) == (whole.frames, whole.rest)


def test_a_bus_full_of_noise_neither_tells_anything_nor_grows():
    luck, found, port = random.Random(4), seeds(CORPUS, "frame"), OsdpPort(None, "bus", time.monotonic)
    refusal = (CORPUS / "frame_nak.bin").read_bytes()
    port._asked = POLL

    def soak(chunks):
        passed = 0
        for _ in range(chunks):
            port._answered = False
            noise = mutated(luck, luck.choice(found), found) + luck.randbytes(luck.randrange(200))
            port._take(luck.choice((noise, noise + refusal)))
            assert len(port._rest) <= MAX_FRAME
            assert len(port._unread) <= LONGEST_UNREAD
            # A library that is busy with other readers takes what came only now and then.
            frames = scan(port.read(LONGEST_UNREAD)).frames if luck.random() < 0.001 else ()
            assert all(f.mac or f.code in UNTOLD for f in frames)
            passed += len(frames)
        return passed

    assert soak(500) > 0
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    soak(2000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000
