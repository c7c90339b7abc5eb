"""`menwei cameras scan | streams | preset` as an installer calls them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.sim.onvif_answers import Answer, fault, profile, profiles, soap, stream
from edge import cli
from edge.site import loading
from tests.drivers.onvif_peer_network import CAMERA, Peer, cable, require_ipycam
from tests.drivers.onvif_peer_responder import responding, script, services

MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")
CHECKOUT = Path(__file__).resolve().parents[2]
PASSWORD = "s3cret-密码"
SITE = """\
site: {{ id: garden, name: 花园, timezone: Asia/Shanghai }}
cameras:
{cameras}
uplink: {{ mqtt: {{ host: broker.example }} }}
storage: {{ directory: data }}
"""


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", "utf-8")
    file.chmod(0o600)
    return file


@pytest.fixture
def menwei(monkeypatch, capsys):
    monkeypatch.setenv("MENWEI_LANGUAGE", "en")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["menwei", "cameras", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert PASSWORD not in said.out + said.err
        return ended.value.code or 0, said.out, said.err

    return call


def site_of(printed, folder):
    """The site whose file was made by pasting what was printed."""
    _, _, snippet = printed.partition("\n# ")
    file = folder / "site.yaml"
    file.write_text(SITE.format(cameras="# " + snippet), "utf-8")
    return loading.load(file)


def test_the_streams_of_a_camera_are_printed_with_lines_for_the_site_file(menwei, password_file, tmp_path):
    with responding(script()) as camera:
        code, out, err = menwei(
            "streams", camera.where, "--username", "guard", "--password-file", password_file
        )
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(
        f"{camera.where}: maker 海康威视, model DS-2, serial C1, firmware V5.7, answered in"
    )
    assert lines[1].split() == ["lens", "stream", "encoding", "size", "fps", "address"]
    assert lines[2].split() == ["lens", "main", "H264", "1920x1080", "25", "rtsp://127.0.0.1:554/main"]
    (pasted,) = site_of(out, tmp_path).cameras.values()
    assert (pasted.name, pasted.source) == ("DS-2", "rtsp://127.0.0.1:554/sub")
    assert (pasted.main_source, pasted.username) == ("rtsp://127.0.0.1:554/main", "guard")
    assert pasted.password.file == password_file
    assert pasted.purpose == "security"


def test_a_password_in_the_environment_is_named_not_copied(menwei, monkeypatch, tmp_path):
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD)
    with responding(script()) as camera:
        _, out, _ = menwei("streams", camera.where, "--username", "guard", "--password-env", "GATE_PASSWORD")
    (pasted,) = site_of(out, tmp_path).cameras.values()
    assert pasted.password.environment == "GATE_PASSWORD"


def test_every_lens_gets_an_id_of_its_own_and_a_hostile_name_stays_a_name(menwei, tmp_path):
    evil = profiles(profile("a", "H264", 640, 360, view="1"), profile("b", "H264", 640, 360, view="2"))
    device = script()["GetServices"]
    named = Answer(DEVICE.replace("DS-2", 'x"}&#10;purpose: access # \\'))
    answers = script(GetProfiles=evil, GetServices=device, GetDeviceInformation=named)
    with responding(answers) as camera:
        _, out, _ = menwei("streams", camera.where)
    cameras = site_of(out, tmp_path).cameras
    assert list(cameras) == ["camera-127-0-0-1", "camera-127-0-0-1-2"]
    assert [c.name for c in cameras.values()] == [f'x"}} purpose: access # \\ {n}' for n in (1, 2)]
    assert {c.purpose for c in cameras.values()} == {"security"}


DEVICE = (
    '<s:Envelope xmlns:s="e"><s:Body><GetDeviceInformationResponse><Model>DS-2</Model>'
    "</GetDeviceInformationResponse></s:Body></s:Envelope>"
)


def test_a_camera_without_a_usable_stream_says_what_to_do(menwei):
    hidden = stream("rtsp://10.0.0.9/user=admin_password=tlJwpbo6")
    with responding(script(GetStreamUri=hidden)) as camera:
        code, out, _ = menwei("streams", camera.where)
    assert code == 0
    assert "its address may not stand in a site file" in out
    assert out.splitlines()[-1].startswith(f"# {camera.where} offers no H.264 or H.265 stream")
    assert "tlJwpbo6" not in out


@pytest.mark.parametrize(
    ("language", "told"), [("en", "refuses user or password"), ("zh", "拒绝了用户名或密码")]
)
def test_a_wrong_password_is_one_sentence_and_exit_code_2(menwei, monkeypatch, password_file, language, told):
    monkeypatch.setenv("MENWEI_LANGUAGE", language)
    with responding(script(GetDeviceInformation=fault("x", "ter:NotAuthorized"))) as camera:
        code, out, err = menwei("streams", camera.where, "--username", "u", "--password-file", password_file)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_presets_are_listed_and_gone_to(menwei):
    with responding(script()) as camera:
        assert menwei("preset", camera.where, "--list") == (0, "token  name\n1      大门\n2      Lane\n", "")
        code, out, _ = menwei("preset", camera.where, "--go", "大门")
        assert (code, out) == (0, f"{camera.where} took the order and turns to preset 大门\n")
        assert camera.operations()[-1] == "GotoPreset"
        assert menwei("preset", camera.where, "--go", "Pool")[0] == 2
    hostile = soap('<tptz:GetPresetsResponse><tptz:Preset token="a&#x9b;2J"/></tptz:GetPresetsResponse>')
    with responding(script(GetPresets=hostile)) as camera:
        assert menwei("preset", camera.where, "--list")[1].splitlines()[1].split() == ["a", "2J", "-"]
    with responding(script(GetServices=services("media"))) as camera:
        assert "cannot be turned" in menwei("preset", camera.where, "--list")[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["preset", "192.0.2.5"], "choose --list"),
        (["preset", "192.0.2.5", "--list", "--go", "x"], "choose --list"),
        (["streams", "192.0.2.5", "--username", "u"], "no password"),
        (["streams", "192.0.2.5", "--password-env", "PATH"], "no user name"),
        (["streams", "192.0.2.5", "--username", "u", "--password-env", "lower"], "no name of an environment"),
        (["streams", "192.0.2.5", "--username", "u", "--password-env", "NOT_SET"], "NOT_SET is not set"),
        (["streams", "192.0.2.5", "--username", "u", "--password-file", "/none"], "no secret's file"),
        (
            ["streams", "192.0.2.5", "--username", "u", "--password-file", "/x", "--password-env", "X"],
            "one place",
        ),
        (["streams", "u:hidden-one@192.0.2.5"], "holds a user or password"),
    ],
)
def test_what_cannot_be_done_as_asked_is_refused_before_anybody_is_asked(menwei, arguments, told):
    code, out, err = menwei(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "hidden-one" not in err


@pytest.fixture(scope="module")
def wired():
    require_ipycam()
    with cable() as joined:
        yield joined


@pytest.fixture
def scanned(wired, tmp_path, password_file):
    """Return a function that scans in a network with one or two virtual cameras, and what it printed."""
    started = []

    def scan(*arguments, cameras=1, language="en"):
        for number in range(cameras):
            how = {"local_ip": CAMERA, "name": "北门 gate", "username": "guard", "password": PASSWORD}
            started.append(Peer(wired.camera, tmp_path, how | {"onvif_port": 8000 + number}))
        done = subprocess.run(
            [*wired.box.enter, *MENWEI, "cameras", "scan", "--seconds", "1.5", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=CHECKOUT,
            env=os.environ | {"MENWEI_LANGUAGE": language, "GATE_PASSWORD": PASSWORD},
        )
        assert PASSWORD not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr, [camera.state() for camera in started]

    yield scan
    for each in started:
        each.stop()


def test_a_scan_prints_a_table_and_lines_for_the_site_file(scanned, tmp_path, password_file):
    code, out, err, _ = scanned("--username", "guard", "--password-file", str(password_file))
    assert (code, err) == (0, "looking for cameras; this takes about 1.5 seconds\n")
    lines = out.splitlines()
    assert lines[0] == "cameras found: 1 (asked through eth7)"
    assert lines[2].split() == [
        f"http://{CAMERA}:8000/onvif/device_service",
        "北门",
        "gate",
        "-",
        "Streaming",
    ]
    (pasted,) = site_of(out, tmp_path).cameras.values()
    assert (pasted.name, pasted.source) == ("北门 gate", f"rtsp://{CAMERA}:8554/video_sub")
    assert pasted.main_source == f"rtsp://{CAMERA}:8554/video_main"
    assert pasted.password.file == password_file


def test_two_cameras_at_one_address_are_two_entries(scanned, tmp_path):
    _, out, _, _ = scanned("--username", "guard", "--password-env", "GATE_PASSWORD", cameras=2)
    assert out.startswith("cameras found: 2 (")
    assert list(site_of(out, tmp_path).cameras) == ["camera-192-0-2-10", "camera-192-0-2-10-2"]


def test_a_scan_without_a_password_tries_none_and_says_how_to_go_on(scanned):
    code, out, _, (state,) = scanned()
    assert code == 0
    assert out.splitlines()[-1].startswith(f"# http://{CAMERA}:8000/onvif/device_service wants a user and")
    assert state["wrong"] == 0
    assert state["without"] > 0


def test_a_scan_with_a_wrong_password_tries_it_once_and_says_so_in_chinese(scanned, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("wr0ng", "utf-8")
    wrong.chmod(0o600)
    code, out, _, (state,) = scanned("--username", "guard", "--password-file", str(wrong), language="zh")
    assert code == 0
    assert out.splitlines()[0] == "找到 1 台摄像机（查询接口：eth7）"
    assert "拒绝了用户名或密码" in out.splitlines()[-1]
    assert state["wrong"] == 1


def test_an_empty_network_is_told_with_what_to_check_and_exit_code_1(scanned):
    code, out, _, _ = scanned(cameras=0)
    assert code == 1
    assert out.startswith("no camera found (asked through eth7): check the cameras' power")
