"""An address that a probe heard is found nowhere again: not told, not logged, not shown, not on disk."""

import contextlib
import http.client
import json
import logging
import random
import secrets
import socket
import time
import traceback
from zoneinfo import ZoneInfo

import pytest

from drivers.base import Malformed
from drivers.listening.faults import probe_fault
from drivers.listening.http_wire import HttpWire, HttpWiring
from drivers.listening.serial_wire import SerialWire
from drivers.listening.udp_wire import UdpWire
from drivers.probes.decoding import LineDatagrams, LineStream, Posts
from drivers.probes.dot11 import decode_packet
from drivers.probes.driver import ProbeDriver
from drivers.probes.heard import address_of
from drivers.probes.lines import decode_line, decode_lines
from drivers.probes.posts import decode_post
from drivers.probes.wiring import ProbeWiring, Surroundings
from drivers.said import DensityMeasured
from drivers.sim.serial_end import SerialEnd

PLANTED = "9C:A2:F4:6D:E1:37"
RAW = bytes.fromhex(PLANTED.replace(":", ""))
SSID = "Zhang-Family-5G"
LINE = f"{PLANTED}|FF:FF:FF:FF:FF:FF|00|04|6|-50".encode()
POST = json.dumps({"id": "p", "data": [{"mac": PLANTED, "rssi": "-50", "essid0": SSID}]}).encode()


def forms(address=PLANTED):
    """Return every way in which the planted address could be written."""
    plain = address.replace(":", "")
    texts = [
        address,
        plain,
        address.replace(":", "-"),
        repr(RAW)[2:-1],
        str(list(RAW))[1:-1],
        str(tuple(RAW)),
    ]
    return {t for text in texts for t in (text, text.lower(), text.upper())} | {
        address.rpartition(":")[0].lower(),
        address.partition(":")[2].upper(),
    }


def assert_clean(text):
    assert [form for form in (*forms(), SSID) if form in text] == []


def everything_about(error):
    """Return an error's text, its causes and contexts, and all that a debugger would show of them."""
    shown, pending = [], [error]
    while pending:
        one = pending.pop()
        shown += [repr(one), str(one), repr(vars(one)), repr(one.args), repr(getattr(one, "doc", ""))]
        shown += traceback.format_exception(one)
        pending += [e for e in (one.__cause__, one.__context__) if e is not None]
    return "\n".join(shown)


BROKEN = [
    (decode_line, LINE + b"|x"),
    (decode_line, LINE.replace(b"-50", b"loud")),
    (address_of, PLANTED.encode() + b":00"),
    (decode_post, POST[:-1]),
    (decode_post, POST + b"]"),
    (decode_post, json.dumps({"mac_": PLANTED}).encode()),
    (decode_post, json.dumps([[PLANTED]] * 5000).encode()),
    (decode_packet, b"\x00\x00\x09\x00\x20\x00\x00\x00\xb8\x40\x00\x00\x00" + b"\xff" * 6 + RAW),
    (decode_packet, b"\x00\x00\xff\x00" + RAW * 3),
]


@pytest.mark.parametrize(("decode", "said"), BROKEN)
def test_an_error_holds_nothing_of_what_was_said(decode, said):
    with pytest.raises(Malformed) as caught:
        decode(said)
    assert_clean(everything_about(caught.value))


def test_what_was_decoded_does_not_show_the_address():
    for decoded in (decode_line(LINE), decode_lines(LINE + b"\n"), decode_post(POST)):
        assert_clean(repr(decoded))
        assert_clean(str(decoded))


def test_the_search_would_find_an_address():
    for leak in (repr(RAW), PLANTED.lower(), repr(list(RAW)), f"mac={PLANTED}", RAW.hex()):
        with pytest.raises(AssertionError):
            assert_clean(leak)


@contextlib.contextmanager
def driven(wire, decoding):
    told, ahead = [], [0.0]
    around = Surroundings(
        lambda: time.time() + ahead[0],
        lambda: time.monotonic() + ahead[0],
        ZoneInfo("Asia/Shanghai"),
        secrets.token_bytes,
    )
    driver = ProbeDriver((ProbeWiring("p", deadline_s=200),), wire, decoding, around)
    driver.start(told.append)
    deadline = time.monotonic() + 8
    while not driver._thread.standing.is_open and time.monotonic() < deadline:
        time.sleep(0.02)
    yield driver, told
    while not told and time.monotonic() < deadline:
        time.sleep(0.02)
    ahead[0] = 66.0
    while not any(isinstance(t, DensityMeasured) for t in told) and time.monotonic() < deadline:
        time.sleep(0.02)
    driver.stop()


def shown_by(driver, told):
    parts = [
        *told,
        driver.health(),
        driver._probes,
        driver._key,
        driver._wire,
        driver._decoding,
        driver._thread,
    ]
    return "\n".join(repr(part) for part in parts)


def rubbish(good):
    """Return the planted message whole, cut and mangled."""
    luck = random.Random(1)
    mangled = [bytes(b ^ 1 if luck.random() < 0.05 else b for b in good) for _ in range(40)]
    return [good, good[: len(good) // 2], good + good, *mangled, good]


def serial_case(folder):
    end = SerialEnd(folder / "tty")
    end.plug()
    wire = SerialWire(str(folder / "tty"), 115_200, probe_fault)
    return wire, LineStream(), lambda: [end.send(m + b"\r\n") for m in rubbish(LINE)], end.close


def udp_case(_):
    wire = UdpWire("127.0.0.1", 0, probe_fault)

    def say():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for message in rubbish(LINE):
                out.sendto(message, wire.address)

    return wire, LineDatagrams(), say, lambda: None


def http_case(_):
    wire = HttpWire(HttpWiring("127.0.0.1", 0, "token"), probe_fault)

    def say():
        for message in rubbish(POST):
            for path in (f"/{PLANTED}/token", f"/{PLANTED}"):
                connection = http.client.HTTPConnection(*wire.address, timeout=5)
                connection.request("POST", path, message, {"X-Mac": PLANTED})
                connection.getresponse().read()
                connection.close()
        with socket.create_connection(wire.address, timeout=5) as raw:
            raw.sendall(f"{PLANTED} {PLANTED} rubbish {SSID}\r\n\r\n".encode())
            raw.recv(1000)

    return wire, Posts(), say, lambda: None


@pytest.mark.parametrize("case", [serial_case, udp_case, http_case])
def test_a_planted_address_is_told_logged_and_kept_nowhere(case, tmp_path, monkeypatch, caplog, capfd):
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.chdir(disk)
    caplog.set_level(logging.DEBUG)
    wire, decoding, say, end = case(tmp_path)
    with driven(wire, decoding) as (driver, told):
        say()
    end()
    assert any(isinstance(t, DensityMeasured) and t.devices for t in told)
    assert_clean(shown_by(driver, told))
    assert_clean(caplog.text + "".join(repr(record.__dict__) for record in caplog.records))
    assert_clean("".join(capfd.readouterr()))
    assert list(disk.rglob("*")) == []
