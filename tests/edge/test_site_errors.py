"""A table of broken site files: every error of each, at its exact line and path."""

import pytest

from edge.site import loading
from edge.site.errors import SiteErrors

BASE = """\
site:
  id: garden
  name: 花园
  timezone: Asia/Shanghai
cameras:
  gate:
    name: Gate
    place: Main gate
    source: rtsp://10.0.0.1/stream
    roles: [face]
    purpose: watchlist
    zones:
      lawn:
        name: Lawn
        polygon: [[0, 0], [1, 0], [1, 1]]
people:
  unknown_forbidden:
    - zone: gate/lawn
      hours: ["22:00-06:00"]
uplink:
  mqtt:
    host: broker.example
storage:
  directory: data
"""

# What is replaced, by what; `#!` marks the lines that must be blamed: key @ path, several apart by |.
BROKEN = {
    "an unknown key near a known one": (
        "    place: Main gate\n",
        "    place: Main gate\n    min_face_pix: 40  #! key_unknown_near @ cameras.gate.min_face_pix\n",
    ),
    "an unknown key near none": ("  id: garden\n", "  id: garden\n  qq: 1  #! key_unknown @ site.qq\n"),
    "an unknown section": ("storage:\n", "doors: {}  #! key_unknown @ doors\nstorage:\n"),
    "a missing key": ("  gate:\n    name: Gate\n", "  gate:  #! key_missing @ cameras.gate.name\n"),
    "a missing section": (
        "site:\n  id: garden\n  name: 花园\n  timezone: Asia/Shanghai\ncameras:\n",
        "cameras:  #! key_missing @ site\n",
    ),
    "an id with capitals": ("  id: garden\n", "  id: Garden  #! identifier @ site.id\n"),
    "a camera's id with blanks": (
        "people:\n",
        (
            "  back yard: {name: B, place: B, source: a, roles: [face], purpose: access}"
            "  #! identifier @ cameras.back yard\npeople:\n"
        ),
    ),
    "a number for a name": ("    name: Gate\n", "    name: 5  #! no_text @ cameras.gate.name\n"),
    "an empty name": ("    name: Gate\n", "    name: ''  #! empty_text @ cameras.gate.name\n"),
    "a name of nothing": ("    name: Gate\n", "    name:  #! no_text @ cameras.gate.name\n"),
    "an unknown time zone": (
        "Asia/Shanghai\n",
        "Asia/Shangai  #! timezone_unknown @ site.timezone\n",
    ),
    "a time zone that is a path": (
        "Asia/Shanghai\n",
        "../../../etc/passwd  #! timezone_unknown @ site.timezone\n",
    ),
    "an unknown role": ("[face]\n", "[face, cat]  #! no_choice @ cameras.gate.roles[1]\n"),
    "a role that is no list": ("[face]\n", "face  #! no_list @ cameras.gate.roles\n"),
    "no role": ("[face]\n", "[]  #! too_few @ cameras.gate.roles\n"),
    "a face without its purpose": (
        "    purpose: watchlist\n",
        "    purpose: security  #! face_needs_purpose @ cameras.gate.purpose\n",
    ),
    "a contradiction beside another error": (
        "    purpose: watchlist\n",
        (
            "    purpose: security  #! face_needs_purpose @ cameras.gate.purpose\n"
            "    analyse_fps: 99  #! too_great @ cameras.gate.analyse_fps\n"
        ),
    ),
    "a rate of nothing": (
        "    roles: [face]\n",
        "    roles: [face]\n    analyse_fps: 0  #! too_small_open @ cameras.gate.analyse_fps\n",
    ),
    "a rate in quotes": (
        "    roles: [face]\n",
        "    roles: [face]\n    analyse_fps: '5'  #! no_number @ cameras.gate.analyse_fps\n",
    ),
    "a rate that is no number": (
        "    roles: [face]\n",
        "    roles: [face]\n    analyse_fps: .nan  #! no_finite_number @ cameras.gate.analyse_fps\n",
    ),
    "a broken number of pixels": (
        "    roles: [face]\n",
        "    roles: [face]\n    min_face_px: 40.5  #! no_whole_number @ cameras.gate.min_face_px\n",
    ),
    "too small a face": (
        "    roles: [face]\n",
        "    roles: [face]\n    min_face_px: 3  #! too_small @ cameras.gate.min_face_px\n",
    ),
    "a yes for a boolean": (
        "    roles: [face]\n",
        "    roles: [face]\n    loop: yes  #! no_boolean @ cameras.gate.loop\n",
    ),
    "a stream that loops": (
        "    roles: [face]\n",
        "    roles: [face]\n    loop: true  #! loop_needs_file @ cameras.gate.loop\n",
    ),
    "a similarity of one": (
        "uplink:\n",
        "recognition:\n  raise_similarity: 1.0  #! too_great_open @ recognition.raise_similarity\nuplink:\n",
    ),
    "a password in an address": (
        "rtsp://10.0.0.1/stream\n",
        "rtsp://me:pw@10.0.0.1/s  #! source_with_password @ cameras.gate.source\n",
    ),
    "a password with a slash in an address": (
        "rtsp://10.0.0.1/stream\n",
        "rtsp://me:12/pw@10.0.0.1/s  #! source_with_password @ cameras.gate.source\n",
    ),
    "a password in an address without a scheme": (
        "rtsp://10.0.0.1/stream\n",
        "me:pw@10.0.0.1/s  #! source_with_password @ cameras.gate.source\n",
    ),
    "a password as a parameter": (
        "rtsp://10.0.0.1/stream\n",
        "rtsp://10.0.0.1/s?user=me&PWD=x  #! source_with_secret @ cameras.gate.source\n",
    ),
    "a stream of an unknown kind": (
        "rtsp://10.0.0.1/stream\n",
        "ftp://10.0.0.1/s  #! source_scheme @ cameras.gate.source\n",
    ),
    "an address without a host": (
        "rtsp://10.0.0.1/stream\n",
        "rtsp:///s  #! source_no_address @ cameras.gate.source\n",
    ),
    "an address with a port too many": (
        "rtsp://10.0.0.1/stream\n",
        "rtsp://10.0.0.1:99999/s  #! source_no_address @ cameras.gate.source\n",
    ),
    "a password in the file": (
        "    roles: [face]\n",
        "    roles: [face]\n    username: me\n    password: pw  #! secret_in_file @ cameras.gate.password\n",
    ),
    "a password in braces": (
        "    roles: [face]\n",
        "    roles: [face]\n    username: me\n    password: {p}  #! secret_in_file @ cameras.gate.password\n",
    ),
    "a password in two places": (
        "    roles: [face]\n",
        (
            "    roles: [face]\n    username: me\n"
            "    password: {file: a, environment: B}  #! secret_place @ cameras.gate.password\n"
        ),
    ),
    "a password without a username": (
        "    roles: [face]\n",
        (
            "    roles: [face]\n"
            "    password: {environment: B}  #! password_without_username @ cameras.gate.password\n"
        ),
    ),
    "a password in the place of a variable": (
        "    roles: [face]\n",
        (
            "    roles: [face]\n    username: me\n"
            "    password: {environment: s3cret}  #! variable @ cameras.gate.password.environment\n"
        ),
    ),
    "a corner outside the picture": (
        "[1, 0],",
        "[1.5, 0],  #! too_great @ cameras.gate.zones.lawn.polygon[1][0]\n         ",
    ),
    "a corner of one number": (
        "[1, 0],",
        "[1],  #! corner_shape @ cameras.gate.zones.lawn.polygon[1]\n         ",
    ),
    "a corner of three numbers": (
        "[1, 0],",
        "[1, 0, 0],  #! corner_shape @ cameras.gate.zones.lawn.polygon[1]\n         ",
    ),
    "a polygon of two corners": (
        "[[0, 0], [1, 0], [1, 1]]\n",
        "[[0, 0], [1, 0]]  #! too_few @ cameras.gate.zones.lawn.polygon\n",
    ),
    "a polygon without area": (
        "[[0, 0], [1, 0], [1, 1]]\n",
        "[[0, 0], [0.5, 0.5], [1, 1]]  #! polygon_flat @ cameras.gate.zones.lawn.polygon\n",
    ),
    "two zones that do not exist": (
        '    - zone: gate/lawn\n      hours: ["22:00-06:00"]\n',
        (
            "    - zone: gate/lwan  #! zone_unknown_near @ people.unknown_forbidden[0].zone\n"
            '      hours: ["22:00-06:00"]\n'
            '    - hours: ["22:00-06:00"]\n'
            "      zone: xyz  #! zone_unknown @ people.unknown_forbidden[1].zone\n"
        ),
    ),
    "hours that no clock shows": (
        '["22:00-06:00"]\n',
        '["22:00-25:00"]  #! hours @ people.unknown_forbidden[0].hours[0]\n',
    ),
    "hours beyond midnight": (
        '["22:00-06:00"]\n',
        '["22:00-24:30"]  #! hours @ people.unknown_forbidden[0].hours[0]\n',
    ),
    "hours that begin when they end": (
        '["22:00-06:00"]\n',
        '["00:00-12:00",\n        "22:00-22:00"]  #! hours_empty @ people.unknown_forbidden[0].hours[1]\n',
    ),
    "hours that are no list": (
        '["22:00-06:00"]\n',
        "22:00-06:00  #! no_list @ people.unknown_forbidden[0].hours\n",
    ),
    "a broker elsewhere in the clear": (
        "    host: broker.example\n",
        "    host: broker.example\n    tls: false  #! plain_only_here @ uplink.mqtt.tls\n",
    ),
    "a certificate without tls": (
        "    host: broker.example\n",
        "    host: 127.0.0.1\n    tls: false\n    ca_file: ca.pem  #! ca_without_tls @ uplink.mqtt.ca_file\n",
    ),
    "a broker's address that is a URL": (
        "    host: broker.example\n",
        "    host: mqtt://me:pw@broker.example  #! host_is_url @ uplink.mqtt.host\n",
    ),
    "a topic with a wildcard": (
        "    host: broker.example\n",
        "    host: broker.example\n    topic_prefix: 'a/#'  #! topic @ uplink.mqtt.topic_prefix\n",
    ),
    "a section that holds nothing": (
        "storage:\n  directory: data\n",
        "storage:  #! no_section @ storage\n",
    ),
    "a folder that is a number": (
        "  directory: data\n",
        "  directory: 7  #! no_text @ storage.directory\n",
    ),
    "a key written twice": (
        "  name: 花园\n",
        "  name: 花园\n  name: 湖滨  #! duplicate_key @ site.name\n",
    ),
    "a key written three times": (
        "  name: 花园\n",
        "  name: 花园\n  name: a  #! duplicate_key @ site.name\n  name: b  #! duplicate_key @ site.name\n",
    ),
    "a tag": ("  id: garden\n", "  id: !python/object garden  #! tag_unknown @ site.id\n"),
    "a merge key": (
        "    place: Main gate\n",
        "    place: Main gate\n    <<: {loop: false}  #! merge_key @ cameras.gate\n",
    ),
    "a list as a key": (
        "    place: Main gate\n",
        "    place: Main gate\n    [a, b]: 1  #! key_no_text @ cameras.gate\n",
    ),
    "half a character": ("    name: Gate\n", '    name: "\\ud800"  #! bad_text @ cameras.gate.name\n'),
    "an alias that holds itself": (
        "    zones:\n",
        (
            "    zones: &z\n      self: *z  #! recursive @ cameras.gate.zones.self"
            " | no_section @ cameras.gate.zones.self\n"
        ),
    ),
    "retention shorter than the regulations": (
        "storage:\n",
        "retention:\n  observations_days: 7  #! too_small @ retention.observations_days\nstorage:\n",
    ),
    "errors in every part at once": (
        BASE,
        (
            "site: {id: 'A', name: x}  #! identifier @ site.id\n"
            "cameras: {}  #! too_few @ cameras\n"
            "people: {visit_gap_s: 1}  #! too_small @ people.visit_gap_s\n"
            "uplink: {mqtt: {port: 0}}  #! key_missing @ uplink.mqtt.host | too_small @ uplink.mqtt.port\n"
            "storage: x  #! no_section @ storage\n"
        ),
    ),
}


def broken(name):
    old, new = BROKEN[name]
    assert BASE.count(old) == 1, f"{old!r} must stand once in the base"
    return BASE.replace(old, new)


def marked(text):
    expected = set()
    for number, line in enumerate(text.splitlines(), start=1):
        for mark in line.partition("#!")[2].split("|"):
            if mark.strip():
                key, _, path = mark.strip().partition(" @ ")
                expected.add((number, path, f"site.{key}"))
    return expected


def errors_of(path):
    with pytest.raises(SiteErrors) as caught:
        loading.load(path)
    return caught.value.errors


@pytest.fixture
def site_file(tmp_path):
    return tmp_path / "site.yaml"


def test_the_base_of_all_broken_files_is_sound(site_file):
    site_file.write_text(BASE, "utf-8")
    assert loading.load(site_file).site.id == "garden"


@pytest.mark.parametrize("name", BROKEN)
def test_every_error_is_told_at_its_line_and_path(name, site_file):
    text = broken(name)
    site_file.write_text(text, "utf-8")
    errors = errors_of(site_file)
    assert {(e.line, e.path, e.key) for e in errors} == marked(text)
    assert marked(text)
    for error in errors:
        for language in ("zh-CN", "en"):
            said = error.render(language)
            assert said.startswith(f"{site_file}:{error.line} {error.path}: ")
            assert "{" not in said.replace("{file: ", "").replace("{environment: ", "")


def test_there_are_enough_broken_files():
    assert len(BROKEN) >= 25


def test_errors_come_in_the_order_of_their_lines(site_file):
    site_file.write_text(broken("errors in every part at once"), "utf-8")
    assert [e.line for e in errors_of(site_file)] == [1, 2, 3, 4, 4, 5]


def test_the_nearest_key_is_suggested(site_file):
    site_file.write_text(broken("an unknown key near a known one"), "utf-8")
    assert "min_face_px" in errors_of(site_file)[0].render("zh-CN")
