"""What cameras answer to a multicast question, decoded; the datagrams are shaped as makers send them."""

import time

import pytest

from drivers.base import Malformed, Transient
from drivers.cameras.onvif_discovery import decode_probe_matches, discover
from drivers.cameras.onvif_xml import DEEPEST

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><env:Header>'
    "<wsa:MessageID>urn:uuid:1</wsa:MessageID></env:Header><env:Body>"
)
TAIL = "</env:Body></env:Envelope>"


def match(xaddrs, scopes="", endpoint="urn:uuid:cafe"):
    return (
        f"<d:ProbeMatch><wsa:EndpointReference><wsa:Address>{endpoint}</wsa:Address></wsa:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
        f"<d:XAddrs>{xaddrs}</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion></d:ProbeMatch>"
    )


def datagram(*matches, encoding="utf-8"):
    return f"{HEAD}<d:ProbeMatches>{''.join(matches)}</d:ProbeMatches>{TAIL}".encode(encoding)


def only(data, sender="192.0.2.64"):
    (camera,) = decode_probe_matches(data, sender)
    return camera


def test_a_camera_names_its_address_name_hardware_and_profiles():
    camera = only(
        datagram(
            match(
                "http://192.0.2.64/onvif/device_service http://[2001:db8::8]/onvif/device_service",
                "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Profile/Streaming "
                "onvif://www.onvif.org/Profile/T onvif://www.onvif.org/hardware/DS-2CD3T47 "
                "onvif://www.onvif.org/name/HIKVISION%20DS-2CD3T47",
            )
        )
    )
    assert camera.address == "http://192.0.2.64/onvif/device_service"
    assert (camera.host, camera.name, camera.hardware) == ("192.0.2.64", "HIKVISION DS-2CD3T47", "DS-2CD3T47")
    assert camera.profiles == ("Streaming", "T")


@pytest.mark.parametrize(
    ("xaddrs", "address"),
    [
        ("http://192.0.2.9/a http://192.0.2.64:8000/b", "http://192.0.2.64:8000/b"),
        ("http://192.0.2.9/a http://192.0.2.8/b", "http://192.0.2.64/a"),
        ("http://0.0.0.0:8080/a", "http://192.0.2.64:8080/a"),
        ("http://127.0.0.1/a", "http://192.0.2.64/a"),
        ("http://admin:12345@192.0.2.64/a http://192.0.2.64/b", "http://192.0.2.64/b"),
        ("http://[fe80::1%25eth0]/a http://192.0.2.7/b", "http://192.0.2.64/b"),
        ("http://192.0.2.64/", "http://192.0.2.64/onvif/device_service"),
    ],
)
def test_the_address_is_always_at_the_host_that_answered(xaddrs, address):
    assert only(datagram(match(xaddrs))).address == address


@pytest.mark.parametrize(
    ("name", "encoding"), [("North gate", "utf-8"), ("大门 A: 北", "utf-8"), ("大门人行", "gb18030")]
)
def test_a_name_may_hold_spaces_and_chinese_in_either_encoding(name, encoding):
    scopes = (
        f"onvif://www.onvif.org/type/ptz  onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/X"
    )
    camera = only(datagram(match("http://192.0.2.64/a", scopes), encoding=encoding))
    assert (camera.name, camera.hardware) == (name, "X")


def test_a_name_cannot_steer_the_terminal_nor_fill_it():
    scopes = f"onvif://www.onvif.org/name/a%1b%5b2J%0ab onvif://www.onvif.org/hardware/{'x' * 5000}"
    camera = only(datagram(match("http://192.0.2.64/a", scopes)))
    assert camera.name == "a [2J b"
    assert len(camera.hardware) < 100


def test_a_match_without_its_plural_is_understood_and_other_soap_names_nobody():
    assert only(f"{HEAD}{match('http://192.0.2.64/a')}{TAIL}".encode()).host == "192.0.2.64"
    assert decode_probe_matches(datagram(), "192.0.2.64") == ()
    assert decode_probe_matches(f"{HEAD}<d:Hello/>{TAIL}".encode(), "192.0.2.64") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"<html/>",
        datagram(match("")),
        datagram(match("urn:x ftp://192.0.2.64/a")),
        datagram(match("http://admin:12345@192.0.2.64/a")),
        datagram(match("http://192.0.2.64/a"))[:-20],
        HEAD.encode() + b"<a>" * DEEPEST + b"</a>" * DEEPEST + TAIL.encode(),
        b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 99 + b'">]><Envelope>&a;</Envelope>',
    ],
)
def test_what_is_no_answer_is_malformed(data):
    with pytest.raises(Malformed) as error:
        decode_probe_matches(data, "192.0.2.64")
    assert error.value.key == "onvif.malformed"
    assert "12345" not in str(error.value)


def test_one_datagram_cannot_hold_the_scan_up():
    nested = HEAD.encode() + b"<d:ProbeMatch>" * 4000
    wide = datagram(match("http://h/ " * 5000, "a " * 5000 + " " * 20_000))
    for data in (nested, nested + b"</d:ProbeMatch>" * 4000 + TAIL.encode(), wide):
        began = time.monotonic()
        try:
            decode_probe_matches(data, "192.0.2.64")
        except Malformed:
            assert data is not wide
        assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("names", [["no-such-card"], []])
def test_a_box_without_a_network_says_so_at_once(names):
    began = time.monotonic()
    with pytest.raises(Transient) as error:
        discover(30.0, time.monotonic, names)
    assert error.value.key == "onvif.no_network"
    assert all(name in str(error.value) for name in names)
    assert time.monotonic() - began < 5.0
