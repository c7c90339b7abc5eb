"""`menwei devices scan` as an installer calls it: at ptys, at serial servers, over a cable."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.doors.osdp_scan import FoundReader
from drivers.doors.uhppote_scan import FoundController
from drivers.fences.profile_files import load, shipped
from drivers.listening.serial_ports import SerialPort, require_free
from drivers.modbus.recognising import Guess
from drivers.modbus.scan import FoundStation
from drivers.modbus.wiring import SerialLine, TcpLine
from drivers.sim.modbus_memory import Memory
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from drivers.sim.modbus_wire import SerialBus, TcpBus
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader
from drivers.sim.uhppote_controller import UhppoteController
from edge import catalogue, cli
from edge.commands import devices_scan
from edge.devices import snippets
from edge.devices.snippets import Ids
from edge.site import loading
from tests.drivers.onvif_peer_network import BOX, CAMERA, cable

MENWEI = (sys.executable, "-c", "from edge.cli import main; main()", "devices", "scan")
CHECKOUT = Path(__file__).resolve().parents[2]
BAUD = 115200
SITE = """\
site: {{ id: garden, name: 花园, timezone: Asia/Shanghai }}
cameras:
  gate:
    {{ name: 大门, place: 大门, source: "rtsp://192.0.2.9/1", roles: [overview], purpose: security }}
uplink: {{ mqtt: {{ host: broker.example }} }}
storage: {{ directory: data }}
wires:
{wires}
"""
ZONES = {name: tuple(load(name).zones) for name in shipped()}


def site_file(folder, wires):
    file = folder / "site.yaml"
    file.write_text(SITE.format(wires=wires or "  {}"), "utf-8")
    return file


def site_of(printed, folder):
    """The site whose file was made by pasting what was printed."""
    _, found, snippet = printed.partition("\n# ")
    assert found
    return loading.load(site_file(folder, "# " + snippet))


@pytest.fixture
def scan(monkeypatch, capsys, tmp_path):
    """Return a function that calls the command and returns exit code, output and errors."""
    monkeypatch.setenv("MENWEI_LANGUAGE", "en")
    monkeypatch.delenv("MENWEI_SITE", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["menwei", "devices", "scan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


def stations():
    mixed = FenceHost(1, load("generic-16di")), RelayBoard(2, time.monotonic), Memory(3)
    return (*mixed, FenceHost(4, load("pulse-fence-4")))


def rows(printed):
    return [line.split() for line in printed.partition("\n\n")[0].splitlines()]


def test_a_modbus_bus_becomes_a_table_and_a_wire_that_loads(scan, tmp_path):
    with SerialBus(stations(), BAUD) as bus:
        code, out, err = scan("--modbus", bus.port, "--baud", BAUD, "--last", 5)
    assert (code, err) == (
        0,
        f"asking addresses 1 to 5 through {bus.port} at {BAUD} baud: about 2 s where nobody answers\n",
    )
    table = rows(out)
    assert table[0] == ["address", "baud", "answers", "may", "be", "firmware"]
    assert [row[:3] for row in table[1:]] == [[unit, str(BAUD), "yes"] for unit in "12"] + [
        ["3", str(BAUD), "rejects"],
        ["4", str(BAUD), "yes"],
    ]
    ((name, wire),) = site_of(out, tmp_path).wires.items()
    assert name.startswith("modbus-")
    assert (wire.kind, wire.port, wire.baud, wire.parity) == ("modbus", bus.port, BAUD, "none")
    assert {f: (at.unit, at.profile) for f, at in wire.fences.items()} == {
        "fence-1": (1, "generic-16di"),
        "fence-4": (4, "pulse-fence-4"),
    }
    assert set(wire.fences["fence-4"].zones) == {"1", "2", "3", "4"}
    assert wire.relay_boards["board-2"].unit == 2
    assert len(wire.relay_boards["board-2"].outputs) == 8
    assert "# address 3 answers, but no register map that came along fits" in out


def test_stations_behind_a_serial_server_are_told_in_chinese(scan, tmp_path, monkeypatch):
    monkeypatch.setenv("MENWEI_LANGUAGE", "zh-CN")
    with TcpBus(stations()[:1], BAUD) as bus:
        code, out, _ = scan("--modbus", f"127.0.0.1:{bus.port}", "--baud", BAUD, "--last", 1)
    assert code == 0
    assert rows(out)[0] == ["地址", "波特率", "应答", "可能是", "固件"]
    (wire,) = site_of(out, tmp_path).wires.values()
    assert (wire.host, wire.tcp_port, wire.port) == ("127.0.0.1", bus.port, None)
    assert wire.fences["fence-1"].name == "围栏主机 1"


def test_an_osdp_bus_becomes_a_table_and_a_wire_that_loads(scan, tmp_path):
    line = OsdpLine(
        tmp_path / "line",
        [OsdpReader(address, bytes(16), time.monotonic) for address in (0, 2)],
        mono=time.monotonic,
        baud=BAUD,
    )
    line.start()
    try:
        code, out, err = scan("--osdp", line.path, "--baud", BAUD, "--last", 2)
    finally:
        line.stop()
    assert code == 0
    assert err.startswith(f"asking addresses 0 to 2 through {line.path} at {BAUD} baud")
    assert rows(out)[1] == ["0", str(BAUD), "yes", "123456", "7.2", "000003E9", "1.4.2", "yes"]
    (wire,) = site_of(out, tmp_path).wires.values()
    assert (wire.kind, wire.port, wire.baud) == ("osdp", str(line.path), BAUD)
    assert {name: reader.address for name, reader in wire.readers.items()} == {"reader-0": 0, "reader-2": 2}
    assert f"# menwei osdp keyset {line.path} 2 --baud {BAUD} --key secrets/osdp-reader-2" in out


@pytest.fixture(scope="module")
def wired():
    with cable() as joined:
        yield joined


@pytest.mark.parametrize("there", [True, False])
def test_controllers_on_the_gates_network_become_a_table_and_a_wire_that_loads(wired, tmp_path, there):
    far = UhppoteController(405_419_896, mono=time.monotonic, wall=time.time, host="0.0.0.0", port=60000)
    if there:
        wired.camera.run(far.start)
    try:
        done = subprocess.run(
            [*wired.box.enter, *MENWEI, "--uhppote", BOX, "--seconds", "1"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"MENWEI_LANGUAGE": "en", "PYTHONPATH": str(CHECKOUT)},
        )
    finally:
        far.stop()
    assert done.stderr == f"asking for controllers through {BOX}; this takes 1 s\n"
    if not there:
        assert done.returncode == 1
        assert done.stdout.startswith("no controller answers: check power")
        return
    assert done.returncode == 0
    assert rows(done.stdout)[1] == ["405419896", CAMERA, "60000", "v8.92"]
    (wire,) = site_of(done.stdout, tmp_path).wires.values()
    assert wire.listen_host == BOX
    ((name, controller),) = wire.controllers.items()
    assert (name, controller.serial, controller.host) == ("controller-405419896", 405_419_896, CAMERA)
    assert [door.number for door in controller.doors.values()] == [1, 2, 3, 4]


@pytest.mark.parametrize("target", ["--modbus", "--osdp"])
def test_where_nobody_answers_it_says_what_to_check_and_ends_with_1(scan, target):
    with SerialBus([], BAUD) as bus:
        code, out, _ = scan(target, bus.port, "--first", 5, "--last", 5)
    assert code == 1
    assert "answers: check power" in out
    assert "kind:" not in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--modbus", "/dev/menwei-none"], "there is no serial port /dev/menwei-none"),
        (["--osdp", "/dev/null"], "/dev/null is no serial port"),
        (["--modbus", "/dev/none", "--osdp", "/dev/none"], "choose one of"),
        (["--modbus", "/dev/none", "--last", "248"], "1 to 247"),
        (["--modbus", "/dev/none", "--first", "9", "--last", "8"], "1 to 247"),
        (["--osdp", "/dev/none", "--first", "127"], "0 to 126"),
        (["--osdp", "/dev/none", "--baud", "1200"], "no baud rate of OSDP"),
        (["--modbus", "127.0.0.1:99999"], "99999 is no TCP port"),
        (["--modbus", "127.0.0.1:1"], "cannot be opened"),
        (["--modbus", "127.0.0.1:1", "--baud", "9600", "--baud", "19200"], "one baud rate"),
        (["--uhppote", "192.0.2.77"], "no IPv4 address of this box"),
        (["--baud", "9601"], "'9600'"),
        (["--site", "none.yaml"], "none.yaml"),
    ],
)
def test_what_cannot_be_done_as_asked_is_one_sentence_and_exit_code_2(scan, arguments, told):
    code, out, err = scan(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_scan_whose_time_is_over_shows_what_it_found_and_where_to_go_on(scan, tmp_path):
    with SerialBus(stations(), BAUD) as bus:
        code, out, err = scan("--modbus", bus.port, "--baud", BAUD, "--seconds", 0.5, "--last", 200)
    assert code == 2
    assert re.search(r"s are over and unit \d+ at 115200 baud was not asked: go on with --first \d+", err)
    (wire,) = site_of(out, tmp_path).wires.values()
    assert "fence-1" in wire.fences


def test_broken_off_by_hand_it_shows_what_it_found_and_leaves_the_port_free(tmp_path):
    with SerialBus(stations()[:1], BAUD) as bus:
        with subprocess.Popen(
            [*MENWEI, "--modbus", bus.port, "--baud", str(BAUD), "--last", "247"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"MENWEI_LANGUAGE": "en", "PYTHONPATH": str(CHECKOUT)},
        ) as process:
            until = time.monotonic() + 60
            while not bus.asked[3] and time.monotonic() < until:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        require_free(bus.port)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "broken off: what was not asked any more is not known"
    assert "Traceback" not in err
    (wire,) = site_of(out, tmp_path).wires.values()
    assert list(wire.fences) == ["fence-1"]


def test_at_a_terminal_it_shows_how_far_it_is_and_cleans_up(tmp_path):
    ours, theirs = os.openpty()
    with SerialBus([], BAUD) as bus:
        done = subprocess.run(
            [*MENWEI, "--modbus", bus.port, "--baud", str(BAUD), "--last", "2"],
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"MENWEI_LANGUAGE": "en", "PYTHONPATH": str(CHECKOUT)},
        )
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert done.returncode == 1
    assert f"\r\x1b[Kaddress 2 at {BAUD} baud (2 of 2)\r\x1b[K" in shown
    assert shown.endswith("\x1b[K")


PORTS = (
    SerialPort("/dev/serial/by-id/usb-A", "/dev/ttyUSB0", "FTDI", "USB RS485", "A1"),
    SerialPort("/dev/ttyS0", "/dev/ttyS0"),
)


def test_without_options_the_ports_are_listed_with_the_wire_that_uses_them(scan, tmp_path, monkeypatch):
    monkeypatch.setattr(devices_scan, "serial_ports", lambda: PORTS)
    site_file(
        tmp_path, "  east: { kind: patrol-serial, port: /dev/ttyS0, readers: { p: { name: n, place: o } } }"
    )
    code, out, err = scan()
    assert (code, err) == (0, "")
    assert rows(out)[1:] == [
        ["/dev/serial/by-id/usb-A", "/dev/ttyUSB0", "FTDI", "USB", "RS485", "A1", "-"],
        ["/dev/ttyS0", "/dev/ttyS0", "-", "-", "-", "east"],
    ]


def test_a_box_without_ports_says_so(scan, monkeypatch):
    monkeypatch.setattr(devices_scan, "serial_ports", tuple)
    code, out, _ = scan()
    assert code == 1
    assert out.startswith("this box has no serial port")


def test_a_site_file_with_errors_keeps_nobody_from_scanning_unless_it_was_named(scan, tmp_path, monkeypatch):
    monkeypatch.setattr(devices_scan, "serial_ports", lambda: PORTS)
    (tmp_path / "site.yaml").write_text("cameras: 5\n", "utf-8")
    code, out, err = scan()
    assert (code, len(rows(out))) == (0, 3)
    assert "has errors" in err
    assert scan("--site", "site.yaml")[0] == 2


def test_ids_of_the_site_file_are_not_given_again(scan, tmp_path):
    file = site_file(
        tmp_path,
        "  fence-1: { kind: patrol-serial, port: /dev/none, readers: { fence-1-2: { name: n, place: o } } }",
    )
    with SerialBus(stations()[:1], BAUD) as bus:
        _, out, _ = scan("--modbus", bus.port, "--baud", BAUD, "--last", 1, "--site", file)
    assert list(site_of(out, tmp_path).wires.popitem()[1].fences) == ["fence-1-3"]


def say(name, **values):
    return catalogue.text(f"scan.{name}", "en", **values)


def pasted(lines, folder):
    return loading.load(site_file(folder, "\n".join(lines))).wires


def station(unit, *profiles, baud=9600, heard="values", **guess):
    return FoundStation(unit, baud, heard, Guess(profiles, **guess))


def test_a_bus_is_pasted_at_the_rate_of_most_stations_and_the_others_are_named(tmp_path):
    found = [
        station(1, "generic-16di", "waveshare-io-8ch", baud=19200),
        station(2, "waveshare-io-8ch", version="2.00", coils=True),
        station(3, version="1.00", coils=True),
        station(4, heard="noise"),
    ]
    line = SerialLine('/dev/serial/by-id/usb-"A": {evil}', parity="E")
    lines = list(snippets.modbus(line, found, ZONES, Ids(()), say))
    (wire,) = pasted(lines, tmp_path).values()
    assert (wire.port, wire.baud, wire.parity) == (line.port, 9600, "even")
    assert {board: at.unit for board, at in wire.relay_boards.items()} == {"board-2": 2, "board-3": 3}
    assert wire.fences == {}
    comments = [entry.strip() for entry in lines if entry.strip().startswith("#")]
    assert comments[0] == f"# {say('or_fence', profile='waveshare-io-8ch')}"
    assert comments[1:] == [
        f"# {say('other_baud', unit=1, baud=19200, wanted=9600)}",
        f"# {say('unreadable', unit=4, baud=9600)}",
    ]


def test_where_several_profiles_fit_the_others_are_named(tmp_path):
    found = [station(9, "generic-16di", "waveshare-io-8ch")]
    lines = list(snippets.modbus(TcpLine("server", 502), found, ZONES, Ids(()), say))
    (wire,) = pasted(lines, tmp_path).values()
    assert list(wire.fences["fence-9"].zones) == list(ZONES["generic-16di"])
    assert "      # its addresses also fit: waveshare-io-8ch" in lines


@pytest.mark.parametrize("profile", shipped())
def test_every_profile_that_came_along_can_be_pasted(tmp_path, profile):
    lines = snippets.modbus(SerialLine("/dev/x"), [station(1, profile)], ZONES, Ids(()), say)
    assert pasted(lines, tmp_path)["modbus-x"].fences["fence-1"].profile == profile


def test_nobody_who_can_be_named_is_no_wire():
    nameless = [station(3), station(4, heard="noise")]
    assert all(
        line[0] == "#" for line in snippets.modbus(SerialLine("/dev/x"), nameless, ZONES, Ids(()), say)
    )
    noise = [FoundReader(4, 9600, "noise")]
    assert list(snippets.osdp("/dev/x", noise, Ids(()), say)) == [f"# {say('unreadable', unit=4, baud=9600)}"]
    assert list(snippets.uhppote("192.0.2.1", (), Ids(()), say)) == []


def test_readers_at_another_rate_are_named_and_one_that_tells_nothing_is_pasted(tmp_path):
    found = [
        FoundReader(0, 9600, "refused"),
        FoundReader(1, 9600, "identity"),
        FoundReader(5, 38400, "refused"),
    ]
    lines = list(snippets.osdp("/dev/x", found, Ids(("reader-0",)), say))
    (wire,) = pasted(lines, tmp_path).values()
    assert {name: reader.address for name, reader in wire.readers.items()} == {"reader-0-2": 0, "reader-1": 1}
    assert lines[-1] == f"# {say('other_baud', unit=5, baud=38400, wanted=9600)}"


@pytest.mark.parametrize(("serial", "doors"), [(123_456_789, 1), (201_020_304, 2), (405_419_896, 4), (7, 4)])
def test_a_controllers_doors_are_as_many_as_its_serial_number_begins_with(tmp_path, serial, doors):
    lines = snippets.uhppote(
        "192.0.2.1", [FoundController(serial, "192.0.2.9", 60000, "v8.92")], Ids(()), say
    )
    (controller,) = pasted(lines, tmp_path)["uhppote-192-0-2-1"].controllers.values()
    assert [door.number for door in controller.doors.values()] == list(range(1, doors + 1))


def test_ids_are_short_and_never_given_twice():
    ids = Ids({"gate"})
    assert [ids.fresh("Gate") for _ in range(3)] == ["gate-2", "gate-3", "gate-4"]
    assert len(ids.fresh("usb-" + "x" * 90)) <= snippets.LONGEST_ID
    assert ids.fresh("modbus-192.168.1.10") == "modbus-192-168-1-10"
