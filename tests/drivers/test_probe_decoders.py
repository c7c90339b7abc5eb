"""Lines, posts and packets of Wi-Fi probes: what they tell, and that bad ones are Malformed only."""

import json
import struct
import zlib
from urllib.parse import quote_plus

import pytest

from drivers.base import Malformed, Misconfigured
from drivers.listening.wire import Chunk
from drivers.probes.capture import frames
from drivers.probes.decoding import Decoded, LineDatagrams
from drivers.probes.dot11 import decode_packet
from drivers.probes.heard import Heard, address_of
from drivers.probes.lines import LONGEST_LINE_BYTES, decode_line, decode_lines
from drivers.probes.posts import LARGEST_POST_BYTES, MOST_ENTRIES, decode_post
from drivers.probes.radiotap import decode_radiotap

LINE = b"80:56:F2:7B:47:1D|FF:FF:FF:FF:FF:FF|00|04|12|-88"
ADDRESS = bytes.fromhex("8056f27b471d")


def radiotap(*, present=0x20, fields=b"\xb8", version=0, length=None):
    length = 8 + len(fields) if length is None else length
    return struct.pack("<BBHI", version, 0, length, present) + fields


def probe_request(address=ADDRESS, control=b"\x40\x00"):
    return control + b"\x00\x00" + b"\xff" * 6 + address + b"\xff" * 6 + b"\x10\x00" + b"\x00\x00\x01\x04"


def with_fcs(frame):
    return frame + zlib.crc32(frame).to_bytes(4, "little")


def capture(path, packets, *, magic=0xA1B2C3D4, order="<", link_type=127):
    with path.open("wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type))
        for number, packet in enumerate(packets):
            file.write(struct.pack(order + "IIII", 100 + number, 500_000, len(packet), len(packet)) + packet)
    return path


# --- lines ---


def test_a_probe_request_line_tells_address_and_strength():
    assert decode_line(LINE) == Heard(ADDRESS, -88)


def test_other_frames_are_no_probe_requests_but_show_that_the_probe_lives():
    assert decode_line(LINE.replace(b"|04|", b"|08|")) is None
    assert decode_line(LINE.replace(b"|00|04|", b"|02|04|")) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        LINE[:-4],
        LINE + b"|1",
        LINE.replace(b"-88", b"-888"),
        LINE.replace(b"-88", b"99"),
        LINE.replace(b"80:", b"81:"),
        LINE.replace(b"80:", b"8G:"),
        LINE.replace(b"|", b","),
        LINE.replace(b"12", b"\xd9\xa1"),
    ],
)
def test_a_broken_line_is_malformed(line):
    with pytest.raises(Malformed):
        decode_line(line)


def test_a_buffer_is_used_up_to_its_last_line_end():
    lines = decode_lines(
        LINE + b"\r\n" + LINE[:20] + b"\n" + LINE.replace(b"|04|", b"|05|") + b"\n" + LINE[:9]
    )
    assert (len(lines.heard), lines.malformed, lines.others) == (1, 1, 1)
    assert lines.used == 2 * len(LINE) + 2 + 20 + 1 + 1


def test_the_halves_of_a_line_make_one_line():
    first = decode_lines(LINE[:30])
    assert first.used == 0
    assert decode_lines(LINE + b"\n").heard == (Heard(ADDRESS, -88),)


def test_a_datagram_needs_no_line_end():
    assert decode_lines(LINE, ended=True).heard == (Heard(ADDRESS, -88),)


def test_a_line_without_end_is_thrown_away_once_it_is_longer_than_any_line():
    endless = decode_lines(b"x" * (LONGEST_LINE_BYTES + 1))
    assert (endless.used, endless.malformed) == (LONGEST_LINE_BYTES + 1, 1)


def test_an_address_is_locally_administered_or_not():
    assert not Heard(ADDRESS, -1).randomised
    assert Heard(address_of(b"DA-A1-19-00-00-01"), -1).randomised


def test_a_burst_of_datagrams_is_one_word_a_sender_with_every_line_in_it():
    """Counted one by one, five thousand devices cost more time than they leave."""
    beacon, noise = LINE.replace(b"|04|", b"|08|"), b"noise"
    sent = [
        ("a", LINE),
        ("b", LINE),
        ("a", LINE.replace(b"1D", b"1E")),
        ("a", beacon),
        ("b", noise),
        ("a", b""),
    ]
    said = LineDatagrams().decode([Chunk(sender, data) for sender, data in sent])
    assert said == [
        Decoded("a", (Heard(ADDRESS, -88), Heard(ADDRESS[:5] + b"\x1e", -88)), others=1),
        Decoded("b", (Heard(ADDRESS, -88),), malformed=1),
    ]
    assert LineDatagrams().decode([]) == []


# --- posts ---


def post(*entries, **more):
    return json.dumps({"id": "00f40f9a", "data": list(entries)} | more).encode()


def test_a_post_with_strings_for_numbers_is_read_and_names_of_networks_are_not():
    body = post(
        {"mac": "80:56:f2:7b:47:1d", "rssi": "-58", "router": "Home Sweet Home", "range": "5.5"},
        {"mac": "8056F27B471D", "rssi": -58.4, "essid0": "Work"},
        mmac="00:00:00:00:00:02",
        time="Mon Oct 17 14:29:32 2016",
    )
    read = decode_post(body)
    assert read.sender == "00f40f9a"
    assert read.heard == (Heard(ADDRESS, -58),) * 2
    assert (read.malformed, read.used, read.heard_s) == (0, len(body), None)
    assert "Home" not in repr(read)
    assert "Work" not in repr(read)


def test_a_form_field_a_list_and_a_single_entry_are_posts_too():
    entry = {"mac": "80:56:f2:7b:47:1d", "rssi": "-58"}
    form = b"data=" + quote_plus(post(entry).decode()).encode()
    for body in (form, json.dumps([entry]).encode(), json.dumps(entry).encode()):
        assert decode_post(body).heard == (Heard(ADDRESS, -58),)


def test_a_post_that_heard_nobody_is_a_sign_of_life():
    assert decode_post(b'{"id": "00f40f9a"}').heard == ()
    assert decode_post(b'{"id": "00f40f9a", "data": []}').malformed == 0


def test_the_time_of_a_post_is_read_in_seconds_and_in_milliseconds():
    assert decode_post(post(ts=1_700_000_000)).heard_s == 1_700_000_000
    assert decode_post(post(ts="1700000000500")).heard_s == 1_700_000_000.5
    assert decode_post(post(ts="yesterday")).heard_s is None


def test_one_broken_entry_spoils_only_itself():
    good = {"mac": "80:56:f2:7b:47:1d", "rssi": "-58"}
    bad = [
        {"mac": "x"},
        {"mac": 5},
        7,
        None,
        good | {"rssi": "loud"},
        good | {"rssi": True},
        good | {"mac": "é" * 12},
    ]
    read = decode_post(post(good, *bad, {"mac": "80:56:f2:7b:47:1d"}))
    assert read.heard == (Heard(ADDRESS, -58), Heard(ADDRESS, None))
    assert read.malformed == len(bad)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"5",
        b'"x"',
        b"{}",
        b'{"data": 5}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[" + b"9" * 5000 + b"]" + b"]",
        b" " * (LARGEST_POST_BYTES + 1),
        json.dumps([{}] * (MOST_ENTRIES + 1)).encode(),
    ],
)
def test_a_body_that_is_no_post_is_malformed(body):
    with pytest.raises(Malformed):
        decode_post(body)


# --- radiotap and 802.11 ---


def test_a_packet_tells_who_asked_and_how_loud():
    assert decode_packet(radiotap() + probe_request()) == Heard(ADDRESS, -72)


def test_fields_before_the_signal_are_aligned_to_their_size():
    # TSFT, flags, rate, channel, signal: flags and rate end at 18, which the channel's two bytes fit.
    fields = bytes(8) + b"\x00\x02" + struct.pack("<HH", 2437, 0) + b"\xc4"
    read = decode_radiotap(radiotap(present=0b101111, fields=fields) + bytes(4))
    assert (read.rssi_dbm, read.channel_mhz, read.used) == (-60, 2437, 8 + len(fields))
    # Rate alone before the channel: one byte of padding.
    read = decode_radiotap(
        radiotap(present=0b101100, fields=b"\x02\x00" + struct.pack("<HH", 2412, 0) + b"\xc4")
    )
    assert (read.rssi_dbm, read.channel_mhz) == (-60, 2412)


def test_further_words_of_presence_move_the_fields():
    more = struct.pack("<II", 1 << 31, 1 << 5) + bytes(8) + b"\xc4\xaa"
    read = decode_radiotap(radiotap(present=1 << 31 | 0b100001, fields=more))
    assert read.rssi_dbm == -60


def test_a_packet_without_a_signal_has_none():
    assert decode_packet(radiotap(present=0, fields=b"") + probe_request()) == Heard(ADDRESS, None)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x00" * 7,
        radiotap(version=1) + probe_request(),
        radiotap(length=7) + probe_request(),
        radiotap(length=500) + probe_request(),
        radiotap(length=8) + probe_request(),
        radiotap(present=1 << 31 | 0x20, fields=b"\xff" * 4),
        radiotap(present=0x2F, fields=b"\x00" * 9),
        radiotap(),
        radiotap() + b"\x41\x00" + bytes(22),
        radiotap() + probe_request()[:23],
        radiotap() + probe_request(b"\x01" + bytes(5)),
    ],
)
def test_a_broken_packet_is_malformed(packet):
    with pytest.raises(Malformed):
        decode_packet(packet)


@pytest.mark.parametrize("control", [b"\x80\x00", b"\x50\x00", b"\x08\x01", b"\xd4\x00"])
def test_frames_that_are_no_probe_requests_are_not_looked_into(control):
    assert decode_packet(radiotap() + probe_request(control=control)[:10]) is None


def test_a_frame_with_a_wrong_checksum_is_nobody():
    flagged = radiotap(present=0x22, fields=b"\x10\xb8")
    good = flagged + with_fcs(probe_request())
    assert decode_packet(good) == Heard(ADDRESS, -72)
    with pytest.raises(Malformed):
        decode_packet(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(Malformed):
        decode_packet(radiotap(present=0x22, fields=b"\x40\xb8") + probe_request())
    assert decode_packet(good[:-6], whole=False) == Heard(ADDRESS, -72)


# --- captures ---


@pytest.mark.parametrize(
    ("order", "magic", "fraction"),
    [("<", 0xA1B2C3D4, 0.5), (">", 0xA1B2C3D4, 0.5), ("<", 0xA1B23C4D, 0.0005), (">", 0xA1B23C4D, 0.0005)],
)
def test_captures_of_both_byte_orders_and_resolutions_are_read(tmp_path, order, magic, fraction):
    path = capture(tmp_path / "c.pcap", [radiotap() + probe_request()], order=order, magic=magic)
    (one,) = frames(path)
    assert one.heard == Heard(ADDRESS, -72)
    assert one.wall_s == pytest.approx(100 + fraction)


def test_a_capture_goes_on_after_a_broken_packet_and_ends_where_it_was_cut_off(tmp_path):
    whole = radiotap() + probe_request()
    path = capture(tmp_path / "c.pcap", [whole, b"\x05", whole, whole])
    path.write_bytes(path.read_bytes()[:-3])
    assert [(f.heard is not None, f.malformed) for f in frames(path)] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_a_packet_of_absurd_size_ends_the_capture_without_being_read_in(tmp_path):
    path = capture(tmp_path / "c.pcap", [])
    path.write_bytes(path.read_bytes() + struct.pack("<IIII", 1, 1, 0xFFFFFFF0, 0xFFFFFFF0) + b"x")
    assert list(frames(path)) == []


def test_what_is_no_capture_with_radiotap_is_refused_with_the_reason(tmp_path):
    ethernet = capture(tmp_path / "e.pcap", [], link_type=1)
    newer = tmp_path / "n.pcapng"
    newer.write_bytes(b"\x0a\x0d\x0d\x0a" + bytes(40))
    for path, reason in ((ethernet, "link type 1"), (newer, "editcap"), (tmp_path / "none", "No such file")):
        with pytest.raises(Misconfigured, match=reason):
            list(frames(path))
