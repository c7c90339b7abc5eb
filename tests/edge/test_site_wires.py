"""What the site file says of wires: every contradiction at its line, every path from the file's folder."""

from pathlib import Path

import pytest

from drivers.base import Misconfigured, Turning
from edge.clock import ManualClock
from edge.devices.building import build
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.roster import roster

HEAD = """\
site: {id: x, name: 测试}
cameras:
  gate: {name: 大门, place: 大门, source: c.mp4, roles: [overview], purpose: security}
uplink: {mqtt: {host: 127.0.0.1, tls: false}}
storage: {directory: d}
wires:
"""
FIRST_LINE = HEAD.count("\n") + 1

READER = "{name: 北门, place: 北门, address: 0, key_file: keys/north}"
DOME = "{name: 球机, place: 花园, host: 127.0.0.1, camera: gate}"
DOMES = "  w:\n    kind: onvif\n    cameras:\n"
FENCE = "{name: 围栏, place: 东墙, unit: 1, profile: generic-16di, zones: {'1': {name: 北段}}}"
NO_ZONE = FENCE.replace("'1'", "'99'")
BUS = "  w:\n    kind: modbus\n    port: /dev/a\n"


def errors(tmp_path: Path, wires: str) -> list[tuple[int, str, str]]:
    file = tmp_path / "site.yaml"
    file.write_text(HEAD + wires, encoding="utf-8")
    try:
        load(file)
    except SiteErrors as refused:
        for language in ("zh-CN", "en"):
            refused.render(language)
        return [(error.line - FIRST_LINE + 1, error.path, error.key) for error in refused.errors]
    return []


@pytest.mark.parametrize(
    ("wires", "expected"),
    [
        ("  w: {kind: modbs}\n", (1, "wires.w.kind", "site.no_choice")),
        ("  w: {port: x}\n", (1, "wires.w.kind", "site.key_missing")),
        ("  w: {kind: [osdp], port: x}\n", (1, "wires.w.kind", "site.no_choice")),
        (
            f"  w:\n    kind: osdp\n    prt: /dev/a\n    port: /dev/b\n    readers: {{r: {READER}}}\n",
            (3, "wires.w.prt", "site.key_unknown_near"),
        ),
        ("  w: {kind: modbus, port: /dev/a}\n", (1, "wires.w", "site.bus_empty")),
        (
            f"  w: {{kind: modbus, port: /dev/a, host: 10.0.0.1, fences: {{f: {FENCE}}}}}\n",
            (1, "wires.w", "site.bus_port_or_host"),
        ),
        (
            f"  w: {{kind: modbus, port: /dev/a, fences: {{gate: {FENCE}}}}}\n",
            (1, "wires.w.fences.gate", "site.id_taken"),
        ),
        (
            f"  w:\n    kind: modbus\n    port: /dev/a\n    fences:\n      f: {FENCE}\n      g: {FENCE}\n",
            (6, "wires.w.fences.g.unit", "site.unit_taken"),
        ),
        (
            (
                f"{BUS}    fences:\n      f:\n        name: a\n        place: b\n"
                "        unit: 1\n        profile: generic-16di\n"
                "        zones: {'1': {name: c, cameras: [gaet]}}\n"
            ),
            (10, "wires.w.fences.f.zones.1.cameras[0]", "site.camera_unknown_near"),
        ),
        (
            (
                f"  w:\n    kind: modbus\n    port: /dev/a\n    fences:\n"
                f"      f: {FENCE.replace('generic-16di', 'generc')}\n"
            ),
            (5, "wires.w.fences.f.profile", "fence.profile_missing"),
        ),
        (
            f"{BUS}    fences:\n      f: {NO_ZONE}\n",
            (5, "wires.w.fences.f", "fence.no_such_zone"),
        ),
        (
            (
                "  w:\n    kind: modbus\n    port: /dev/a\n    relay_boards:\n      b:\n"
                "        {name: b, place: p, unit: 2, outputs: {o: {channel: 0}},\n"
                "         locks: {l: {name: l, place: p, output: missing}}}\n"
            ),
            (5, "wires.w.relay_boards.b", "relay.no_such_terminal"),
        ),
        (
            f"  w:\n    kind: osdp\n    port: /dev/a\n    readers:\n      a: {READER}\n      b: {READER}\n",
            (1, "wires.w", "door.bad_wiring"),
        ),
        (
            (
                "  w:\n    kind: uhppote\n    listen_host: 127.0.0.1\n    controllers:\n      c:\n"
                "        {name: c, place: p, serial: 5, host: not.an.address,\n"
                "         doors: {d: {name: d, place: p, number: 1}}}\n"
            ),
            (5, "wires.w.controllers.c", "door.bad_wiring"),
        ),
        (
            (
                "  w:\n    kind: probe-udp\n    listen_host: 127.0.0.1\n    listen_port: 9000\n"
                "    probes: {a: {name: a, place: p}, b: {name: b, place: p}}\n"
            ),
            (1, "wires.w", "probe.indistinct"),
        ),
        (
            (
                "  w:\n    kind: probe-http\n    listen_host: 127.0.0.1\n    listen_port: 9000\n"
                "    token: geheim\n"
                "    probes: {a: {name: a, place: p}}\n"
            ),
            (5, "wires.w.token", "site.secret_in_file"),
        ),
        (
            (
                "  w:\n    kind: probe-http\n    listen_host: 127.0.0.1\n    listen_port: 9000\n"
                "    token: {file: secrets/a, environment: A}\n"
                "    probes: {a: {name: a, place: p}}\n"
            ),
            (5, "wires.w.token", "site.secret_place"),
        ),
        (
            (
                "  w:\n    kind: probe-mqtt\n    host: broker\n    topics: [probes/+]\n"
                "    password: {environment: A}\n"
                "    probes: {a: {name: a, place: p}}\n"
            ),
            (5, "wires.w.password", "site.password_without_username"),
        ),
        (DOMES[: DOMES.index("    cameras")], (1, "wires.w.cameras", "site.key_missing")),
        (
            f"{DOMES}      a: {DOME}\n      gate: {DOME.replace('127.0.0.1', '127.0.0.2')}\n",
            (5, "wires.w.cameras.gate", "site.id_taken"),
        ),
        (
            f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n        camera: gat\n",
            (8, "wires.w.cameras.a.camera", "site.camera_unknown_near"),
        ),
        (
            f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n        camera: xyz\n",
            (8, "wires.w.cameras.a.camera", "site.camera_unknown"),
        ),
        (
            (
                f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n"
                "        password: {file: secrets/a}\n"
            ),
            (8, "wires.w.cameras.a.password", "site.password_without_username"),
        ),
        (
            (
                f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n        username: u\n"
                "        password: {file: secrets/a, environment: A}\n"
            ),
            (9, "wires.w.cameras.a.password", "site.secret_place"),
        ),
        (
            (
                f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n        username: u\n"
                "        password: geheim\n"
            ),
            (9, "wires.w.cameras.a.password", "site.secret_in_file"),
        ),
        (
            f"{DOMES}      a: {DOME.replace('127.0.0.1', 'http://127.0.0.1/')}\n",
            (4, "wires.w.cameras.a", "onvif.bad_address"),
        ),
        (
            f"{DOMES}      a: {{name: a, place: p, host: h, poll_s: 30, lost_after_s: 30}}\n",
            (4, "wires.w.cameras.a", "onvif.lost_between_polls"),
        ),
        (f"{DOMES}      a: {DOME}\n      b: {DOME}\n", (1, "wires.w", "onvif.address_twice")),
        (
            (
                f"{DOMES}      a:\n        name: a\n        place: p\n        host: h\n        presets:\n"
                "          swing: {nam: x, preset: '1'}\n"
            ),
            (9, "wires.w.cameras.a.presets.swing.nam", "site.key_unknown_near"),
        ),
    ],
)
def test_a_contradiction_is_told_at_its_line(tmp_path: Path, wires: str, expected: tuple[int, str, str]):
    assert expected in errors(tmp_path, wires)


def test_errors_of_several_wires_come_together(tmp_path: Path):
    wires = f"  a: {{kind: modbs}}\n  b: {{kind: modbus, port: /dev/a, fences: {{gate: {FENCE}}}}}\n"
    assert [line for line, _, _ in errors(tmp_path, wires)] == [1, 2]


def test_a_profile_beside_the_site_file_is_judged_with_the_line_of_its_own_error(tmp_path: Path):
    (tmp_path / "host.yaml").write_text("maker: x\nmodel: y\nzons: {}\n", encoding="utf-8")
    wires = (
        f"  w: {{kind: modbus, port: /dev/a, fences: {{f: {FENCE.replace('generic-16di', 'host.yaml')}}}}}\n"
    )
    (tmp_path / "site.yaml").write_text(HEAD + wires, encoding="utf-8")
    with pytest.raises(SiteErrors) as refused:
        load(tmp_path / "site.yaml")
    assert any("host.yaml:3" in error.render("zh-CN") for error in refused.value.errors)


def test_ports_keys_and_profiles_are_taken_from_the_folder_of_the_site_file(tmp_path: Path):
    wires = f"  w: {{kind: osdp, port: ports/a, readers: {{r: {READER}}}}}\n"
    wires += f"  v: {{kind: modbus, port: /dev/a, fences: {{f: {FENCE}}}}}\n"
    assert errors(tmp_path, wires) == []
    site = load(tmp_path / "site.yaml")
    assert site.wires["w"].port == str(tmp_path / "ports/a")
    assert site.wires["w"].readers["r"].key_file == tmp_path / "keys/north"
    assert site.wires["v"].port == "/dev/a"


def test_every_device_of_the_example_is_listed_and_has_its_driver():
    site = load(Path(__file__).resolve().parents[2] / "config" / "compound.yaml")
    listed = roster(site.wires)
    built = build(site, ManualClock(), {})
    assert [b.error for b in built] == [None] * len(site.wires)
    for one in built:
        assert set(one.devices) == set(one.driver.devices)
    assert {device for one in built for device in one.devices} == set(listed)
    assert listed["clubhouse-door"].held_after_s == 30
    assert listed["patrol-north"].patrol_point
    assert listed["patrol-north"].held_after_s is None
    dome = listed["garden-dome"]
    assert (dome.kind, dome.camera) == ("ptz", "playground")
    assert dome.presets == {"swings": "秋千", "river-wall": "东墙河边"}


def test_a_ptz_cameras_password_is_read_from_beside_the_site_file_and_one_that_cannot_be_keeps_it_alone_out(
    tmp_path: Path,
):
    wires = (
        f"{DOMES}      a:\n        name: a\n        place: p\n        host: 127.0.0.1\n        username: u\n"
    )
    wires += "        password: {file: secret}\n        presets: {swing: {name: 秋千, preset: '3'}}\n"
    wires += (
        "      b: {name: b, place: p, host: 127.0.0.2, username: u, password: {environment: MENWEI_NONE}}\n"
    )
    assert errors(tmp_path, wires) == []
    (tmp_path / "secret").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    (built,) = build(load(tmp_path / "site.yaml"), ManualClock(), {})
    assert built.error is None
    assert isinstance(built.driver, Turning)
    a, b = built.driver.wiring.cameras
    assert (a.camera.password, a.out, dict(a.presets)) == ("geheim", None, {"swing": "3"})
    assert "geheim" not in repr(built)
    assert (b.out.key, b.out.family) == ("site.secret_unset", "misconfigured")
    with pytest.raises(Misconfigured):
        built.driver.probe("b")
