"""Cameras asked by ONVIF, as they answer and as they should not: a scripted responder on 127.0.0.1."""

import base64
import hashlib
import logging
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from drivers.base import Denied, Malformed, Misconfigured, Order, Transient, WrongState
from drivers.cameras import onvif
from drivers.cameras.onvif_answers import Preset
from drivers.cameras.onvif_session import LARGEST_ANSWER
from drivers.cameras.onvif_wiring import OnvifWiring, wiring_at
from drivers.sim.onvif_answers import Answer, fault, profile, profiles, soap, stream
from tests.drivers.onvif_peer_responder import DEVICE, clock, responding, script, services

PASSWORD = "p@ss:w/rd 密码"


def at(responder, **how):
    return wiring_at(responder.where, how.pop("username", "menwei"), how.pop("password", PASSWORD), **how)


def signature(request):
    """What a UsernameToken signs with, and when, by the words of WS-Security."""
    found = {
        tag: re.search(rf"<\w+:{tag}\b[^>]*>([^<]*)<", request.body)[1]
        for tag in ("Username", "Password", "Nonce", "Created")
    }
    signed = base64.b64decode(found["Nonce"]) + (found["Created"] + PASSWORD).encode()
    good = base64.b64encode(hashlib.sha1(signed).digest()).decode() == found["Password"]
    return good, datetime.fromisoformat(found["Created"])


def test_a_camera_is_described_with_its_identity_and_streams():
    with responding(script()) as camera:
        told = onvif.describe(at(camera))
    assert (told.identity.maker, told.identity.model) == ("海康威视", "DS-2")
    assert (told.identity.serial, told.identity.firmware) == ("C1", "V5.7")
    assert 0 < told.identity.latency_s < 5
    assert [(p.token, p.encoding, p.width, p.height, p.fps) for p in told.profiles] == [
        ("main", "H264", 1920, 1080, 25),
        ("sub", "H264", 640, 360, 25),
    ]


def test_services_and_streams_are_looked_for_at_the_host_that_answered():
    with responding(script(GetServices=services("media", host="203.0.113.9:81"))) as camera:
        told = onvif.describe(at(camera))
        assert {r.path for r in camera.asked if r.operation == "GetProfiles"} == {"/onvif/media"}
    assert [p.address for p in told.profiles] == ["rtsp://127.0.0.1:554/main", "rtsp://127.0.0.1:554/sub"]


def test_only_the_newer_media_service_can_say_h265_and_is_asked_first():
    newer = soap(
        '<tr2:GetProfilesResponse><tr2:Profiles token="m"><tr2:Name>m</tr2:Name><tr2:Configurations>'
        "<tr2:VideoSource><tt:SourceToken>1</tt:SourceToken></tr2:VideoSource><tr2:VideoEncoder>"
        "<tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>2560</tt:Width><tt:Height>1440</tt:Height>"
        '</tt:Resolution><tt:RateControl FrameRateLimit="20"/></tr2:VideoEncoder></tr2:Configurations>'
        "</tr2:Profiles></tr2:GetProfilesResponse>"
    )
    uri = soap("<tr2:GetStreamUriResponse><tr2:Uri>rtsp://10.9.8.7/m</tr2:Uri></tr2:GetStreamUriResponse>")
    answers = script(GetServices=services("media", "media2"), GetProfiles=newer, GetStreamUri=uri)
    with responding(answers) as camera:
        (told,) = onvif.describe(at(camera)).profiles
        assert {r.path for r in camera.asked if r.operation.startswith(("GetProf", "GetStr"))} == {
            "/onvif/media2"
        }
    assert (told.encoding, told.width, told.fps, told.address) == ("H265", 2560, 20, "rtsp://127.0.0.1/m")


@pytest.mark.parametrize("refusal", [fault("Method not found"), soap("<tr2:Nonsense/>"), profiles()])
def test_firmware_that_names_the_newer_media_service_in_vain_is_asked_at_the_older(refusal):
    def answer(request):
        return refusal if request.path == "/onvif/media2" else script()["GetProfiles"]

    with responding(script(GetServices=services("media2", "media"), GetProfiles=answer)) as camera:
        assert len(onvif.describe(at(camera)).profiles) == 2


def test_a_camera_without_get_services_is_asked_for_its_capabilities():
    capabilities = soap(
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://10.9.8.7/m</tt:XAddr>"
        "</tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
    )
    answers = script(GetCapabilities=capabilities)
    del answers["GetServices"]
    with responding(answers) as camera:
        assert len(onvif.describe(at(camera)).profiles) == 2


def test_a_frame_rate_that_is_no_number_is_malformed_and_a_size_beyond_sense_is_unknown():
    endless = profiles(profile("main", "H264", 640, 360)).body.replace(">25<", ">1e999<")
    with responding(script(GetProfiles=Answer(endless))) as camera, pytest.raises(Malformed):
        onvif.describe(at(camera))
    with responding(script(GetProfiles=profiles(profile("main", "H264", -640, "9" * 4000)))) as camera:
        (told,) = onvif.describe(at(camera)).profiles
    assert (told.width, told.height) == (0, 0)


def test_a_profile_without_a_stream_does_not_hide_the_others():
    def answer(request):
        return fault("Incomplete Configuration") if ">main<" in request.body else stream("rtsp://h/sub")

    with responding(script(GetStreamUri=answer)) as camera:
        told = onvif.describe(at(camera))
    assert [p.address for p in told.profiles] == [None, "rtsp://127.0.0.1/sub"]


def test_every_request_but_the_clock_is_signed_at_the_cameras_time():
    with responding(script(GetSystemDateAndTime=clock(timedelta(hours=8)))) as camera:
        onvif.describe(at(camera))
    first, *others = camera.asked
    assert first.operation == "GetSystemDateAndTime"
    assert "UsernameToken" not in first.body
    assert len(others) >= 4
    for request in others:
        good, created = signature(request)
        assert good, request.operation
        assert abs(created - datetime.now(UTC) - timedelta(hours=8)) < timedelta(minutes=1)


def test_a_camera_that_wants_http_digest_gets_it():
    def answer(request):
        if not request.authorization:
            challenge = 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5'
            return Answer("", 401, {"WWW-Authenticate": challenge})
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', request.authorization))
        ha1 = hashlib.md5(f"menwei:r:{PASSWORD}".encode()).hexdigest()
        ha2 = hashlib.md5(f"POST:{request.path}".encode()).hexdigest()
        wanted = hashlib.md5(f"{ha1}:n1:{said['nc']}:{said['cnonce']}:auth:{ha2}".encode()).hexdigest()
        return script()["GetProfiles"] if said["response"] == wanted else fault("x", "ter:NotAuthorized")

    with responding(script(GetProfiles=answer)) as camera:
        assert len(onvif.describe(at(camera)).profiles) == 2


def test_the_password_itself_never_travels_and_is_never_told(caplog):
    caplog.set_level(logging.DEBUG)
    asks_basic = Answer("", 401, {"WWW-Authenticate": 'Basic realm="r"'})
    with responding(script(GetDeviceInformation=asks_basic)) as camera, pytest.raises(Denied) as denied:
        onvif.describe(at(camera))
    assert caplog.text
    sent = "".join(f"{r.body}{r.authorization}{r.path}" for r in camera.asked)
    told = f"{denied.value}{denied.value.values}{at(camera)!r}{caplog.text}"
    for secret in (PASSWORD, base64.b64encode(f"menwei:{PASSWORD}".encode()).decode()):
        assert secret not in sent
        assert secret not in told


@pytest.mark.parametrize(
    "refusal",
    [
        Answer("", 401),
        Answer("<html><body>Forbidden</body></html>", 403),
        fault("Sender not authorized", "ter:NotAuthorized"),
        fault("The requested action is refused", "ter:NotAuthorized", 500),
        fault("Error: Authority failure", status=200),
        fault("The action requested requires authorization and the sender is not authorized"),
    ],
)
def test_a_wrong_password_is_denied_in_whatever_words_and_tried_only_once(refusal):
    with responding(script(GetDeviceInformation=refusal)) as camera, pytest.raises(Denied) as denied:
        onvif.describe(at(camera))
    assert denied.value.key == "onvif.denied"
    assert camera.operations() == ["GetSystemDateAndTime", "GetDeviceInformation"]


@pytest.mark.parametrize(
    ("answer", "family", "key"),
    [
        (Answer("<html/>", 404), Misconfigured, "onvif.no_service"),
        (Answer("", 302, {"Location": "https://h/"}), Misconfigured, "onvif.no_service"),
        (Answer("", 503), Transient, "onvif.busy"),
        (Answer("", 400), Misconfigured, "onvif.rejected"),
        (fault("Out of order"), Misconfigured, "onvif.rejected"),
        (Answer("<html><body>Welcome</body></html>"), Malformed, "onvif.malformed"),
        (Answer("<s:Envelope>"), Malformed, "onvif.malformed"),
        (Answer(""), Malformed, "onvif.malformed"),
        (soap("<tds:GetServicesResponse/>"), Malformed, "onvif.malformed"),
        (Answer('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), Malformed, "onvif.malformed"),
        (soap("<a>" * 30 + "</a>" * 30), Malformed, "onvif.malformed"),
        (Answer(DEVICE.body + " " * LARGEST_ANSWER), Malformed, "onvif.malformed"),
    ],
)
def test_each_answer_that_is_none_has_its_family(answer, family, key):
    with responding(script(GetDeviceInformation=answer)) as camera, pytest.raises(family) as error:
        onvif.describe(at(camera))
    assert error.value.key == key
    assert camera.where in str(error.value)


def test_chinese_cameras_that_speak_gb18030_and_end_in_zeros_are_understood():
    body = '<?xml version="1.0" encoding="GB2312"?>' + script()["GetProfiles"].body.replace(
        "<tt:Name>main", "<tt:Name>主码流"
    )
    with responding(script(GetProfiles=Answer(body.encode("gb18030") + b"\0\0"))) as camera:
        assert onvif.describe(at(camera)).profiles[0].name == "主码流"


def test_a_name_cannot_steer_the_terminal():
    evil = soap(
        "<tds:GetDeviceInformationResponse><tds:Model>A&#x9b;2J&#x202e;&#10;B</tds:Model>"
        "</tds:GetDeviceInformationResponse>"
    )
    with responding(script(GetDeviceInformation=evil)) as camera:
        assert onvif.describe(at(camera)).identity.model == "A 2J B"


@pytest.mark.parametrize(
    "trickle", [None, b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_camera_that_says_nothing_or_little_by_little_is_left_in_time(trickle):
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dawdle():
            wire, _ = server.accept()
            with wire:
                if trickle:
                    wire.sendall(trickle)
                while not done.wait(0.1):
                    try:
                        wire.sendall(b"a" if trickle else b"")
                    except OSError:
                        return

        thread = threading.Thread(target=dawdle)
        thread.start()
        began = time.monotonic()
        with pytest.raises(Transient) as error:
            onvif.describe(OnvifWiring("127.0.0.1", server.getsockname()[1], "u", "p", timeout_s=1.0))
        took_s = time.monotonic() - began
        done.set()
        thread.join()
    assert error.value.key == "onvif.silent"
    assert 0.9 < took_s < 4.0


def test_no_proxy_of_the_environment_sees_a_camera(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with responding(script()) as camera:
        assert onvif.describe(at(camera)).profiles


def test_what_answers_there_may_be_no_http_at_all():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak_rtsp():
            wire, _ = server.accept()
            with wire:
                wire.recv(4096)
                wire.sendall(b"RTSP/1.0 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=lambda: [speak_rtsp() for _ in range(2)])
        thread.start()
        with pytest.raises(Malformed) as error:
            onvif.describe(OnvifWiring("127.0.0.1", server.getsockname()[1]))
        thread.join()
    assert "no HTTP" in str(error.value)


def test_presets_are_listed_and_gone_to_by_name_or_token():
    with responding(script()) as camera:
        assert onvif.presets(at(camera)) == (Preset("1", "大门"), Preset("2", "Lane"))
        for wanted, token in (("大门", "1"), ("2", "2")):
            onvif.go_to_preset(at(camera), wanted, Order("o", time.monotonic() + 30), time.monotonic)
            gone = camera.asked[-1]
            assert gone.operation == "GotoPreset"
            assert re.search(r"ProfileToken>(\w+)<.*PresetToken>(\w+)<", gone.body).groups() == (
                "main",
                token,
            )


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        (script(GetServices=services("media")), "onvif.no_ptz"),
        (script(GetProfiles=profiles(profile("main", "H264", 640, 360))), "onvif.no_ptz"),
        (script(GetServices=services()), "onvif.rejected"),
        (script(GetProfiles=profiles()), "onvif.no_media"),
    ],
)
def test_a_camera_that_cannot_turn_says_why(answers, key):
    with responding(answers) as camera, pytest.raises(Misconfigured) as error:
        onvif.presets(at(camera))
    assert error.value.key == key


def test_a_preset_that_is_not_there_or_there_twice_is_refused():
    offered = (Preset("1", "Gate"), Preset("2", "Gate"), Preset("Gate2", "x"))
    assert onvif.choose(offered, "Gate2", "c").name == "x"
    for wanted, key in (("Gate", "onvif.preset_twice"), ("Lane", "onvif.no_preset")):
        with pytest.raises(Misconfigured) as error:
            onvif.choose(offered, wanted, "c")
        assert error.value.key == key


def test_an_order_that_is_late_from_the_beginning_reaches_no_camera():
    with responding(script()) as camera, pytest.raises(WrongState) as error:
        onvif.go_to_preset(at(camera), "1", Order("o", 100.0), lambda: 100.0)
    assert error.value.key == "onvif.late"
    assert camera.asked == []


def test_an_order_that_becomes_late_on_the_way_is_not_sent():
    now = [100.0]

    def slow(_):
        now[0] = 200.0
        return script()["GetPresets"]

    with responding(script(GetPresets=slow)) as camera, pytest.raises(WrongState):
        onvif.go_to_preset(at(camera), "1", Order("o", 105.0), lambda: now[0])
    assert "GetPresets" in camera.operations()
    assert "GotoPreset" not in camera.operations()


def test_an_order_waits_for_no_answer_beyond_its_own_time():
    held = threading.Event()

    def hold(_):
        held.wait(10)
        return script()["GetPresets"]

    with responding(script(GetPresets=hold)) as camera:
        began = time.monotonic()
        with pytest.raises(Transient):
            onvif.go_to_preset(at(camera), "1", Order("o", began + 1.0), time.monotonic)
        took_s = time.monotonic() - began
        held.set()
    assert took_s < 5.0
    assert "GotoPreset" not in camera.operations()


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.5", "http://192.0.2.5/onvif/device_service"),
        ("192.0.2.5:8000", "http://192.0.2.5:8000/onvif/device_service"),
        ("cam-1.lan", "http://cam-1.lan/onvif/device_service"),
        ("[2001:db8::5]:81", "http://[2001:db8::5]:81/onvif/device_service"),
        ("https://192.0.2.5/onvif/x", "https://192.0.2.5/onvif/x"),
    ],
)
def test_an_address_is_a_host_with_or_without_port_or_what_a_scan_prints(written, address):
    assert wiring_at(written).address() == address


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("", "onvif.bad_address"),
        ("rtsp://192.0.2.5/", "onvif.bad_address"),
        ("192.0.2.5:0", "onvif.bad_address"),
        ("192.0.2.5:99999", "onvif.bad_address"),
        ("a b", "onvif.bad_address"),
        ("http://[::1", "onvif.bad_address"),
        ("http://h/\x1b[2J", "onvif.bad_address"),
        ("admin:s3cret@192.0.2.5", "onvif.password_in_address"),
        ("http://admin:s3cret@192.0.2.5/x", "onvif.password_in_address"),
        ("rtsp://admin:s3cret@192.0.2.5:x", "onvif.bad_address"),
    ],
)
def test_what_is_no_address_or_holds_a_password_is_refused_without_repeating_it(written, key):
    with pytest.raises(Misconfigured) as error:
        wiring_at(written)
    assert error.value.key == key
    assert "s3cret" not in str(error.value)
