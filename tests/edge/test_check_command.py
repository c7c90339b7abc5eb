"""`menwei check` and `menwei site schema` as people call them."""

import json
import sys
from pathlib import Path

import pytest

from edge import cli
from edge.commands.site import json_schema

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MENWEI_SITE", raising=False)
    monkeypatch.setenv("MENWEI_LANGUAGE", "en")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["menwei", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


@pytest.mark.parametrize("name", ["compound.yaml", "demo.yaml"])
@pytest.mark.parametrize(("language", "word"), [("zh", "检查通过"), ("en", "is fine")])
def test_a_sound_file_is_summed_up(menwei, monkeypatch, name, language, word):
    monkeypatch.setenv("MENWEI_LANGUAGE", language)
    code, out, err = menwei("check", CONFIG / name)
    assert (code, err) == (0, "")
    assert word in out.splitlines()[0]


def test_every_error_is_printed_and_the_exit_code_is_2(menwei, tmp_path):
    (tmp_path / "site.yaml").write_text("site: {id: A}\ncameras: {}\nuplnk: 1\n", "utf-8")
    code, out, _ = menwei("check", "site.yaml")
    lines = out.splitlines()
    assert code == 2
    assert lines[0] == "site.yaml is refused; number of errors: 6"
    assert lines[1].startswith("site.yaml:1 site.id: an id has")
    assert lines[-1] == "site.yaml:3 uplnk: there is no such key; did you mean uplink?"
    assert len(lines) == 7


def test_the_errors_are_told_in_chinese_too(menwei, monkeypatch, tmp_path):
    monkeypatch.setenv("MENWEI_LANGUAGE", "zh")
    (tmp_path / "site.yaml").write_text("site: {id: A}\n", "utf-8")
    code, out, _ = menwei("check")
    assert code == 2
    assert "site.yaml:1 cameras: 缺少此项：请补上" in out


@pytest.mark.parametrize("named", ["none.yaml", "."])
def test_what_is_no_file_is_one_sentence(menwei, named):
    code, out, err = menwei("check", named)
    assert code == 2
    assert len(out.splitlines()) == 2
    assert "Traceback" not in out + err


def test_no_site_file_at_all_is_refused(menwei):
    code, out, err = menwei("check")
    assert (code, out) == (2, "")
    assert err.startswith("error: no site file: name it with --site FILE")


def test_a_secret_that_cannot_be_read_is_noted(menwei):
    _, out, _ = menwei("check", CONFIG / "compound.yaml")
    assert "note: cameras.side-gate.password: the environment variable MENWEI_SIDE_GATE_PASSWORD" in out


WIRES_WITH_SECRETS = """
wires:
  domes:
    kind: onvif
    cameras:
      yard: {name: 院子, place: 院子, host: 127.0.0.1, username: u, password: {environment: NO_SUCH_YARD}}
      open: {name: 门口, place: 门口, host: 127.0.0.2}
  heard:
    kind: probe-mqtt
    host: 127.0.0.1
    topics: [probes/+]
    username: u
    password: {environment: NO_SUCH_BROKER}
    probes: {one: {name: 探针, place: 门口}}
  posted:
    kind: probe-http
    listen_host: 127.0.0.1
    listen_port: 9000
    token: {environment: NO_SUCH_TOKEN}
    probes: {two: {name: 探针, place: 门口}}
"""


def test_secrets_of_wires_that_cannot_be_read_are_noted_too(menwei, tmp_path):
    camera = "{name: 车, place: 南, source: b, roles: [plate], purpose: security}"
    (tmp_path / "site.yaml").write_text(
        "site: {id: s, name: 小区}\n"
        f"cameras: {{lane: {camera}}}\n"
        "uplink: {mqtt: {host: 127.0.0.1, tls: false}}\n"
        f"storage: {{directory: state}}\n{WIRES_WITH_SECRETS}",
        "utf-8",
    )
    code, out, _ = menwei("check", "site.yaml")
    assert code == 0
    for place, variable in (
        ("wires.domes.cameras.yard.password", "NO_SUCH_YARD"),
        ("wires.heard.password", "NO_SUCH_BROKER"),
        ("wires.posted.token", "NO_SUCH_TOKEN"),
    ):
        assert f"note: {place}: the environment variable {variable}" in out
    assert out.count("the environment variable") == 3


def test_what_may_surprise_at_the_doors_is_noted(menwei, tmp_path):
    whole = (CONFIG / "demo.yaml").read_text("utf-8")
    _, out, _ = menwei("check", CONFIG / "demo.yaml")
    assert "access" not in out
    begin, end = whole.index("access:"), whole.index("people:")
    (tmp_path / "site.yaml").write_text(whole[:begin] + whole[end:], "utf-8")
    code, out, _ = menwei("check", "site.yaml")
    assert code == 0
    assert "note: access.rights is empty, so no card" in out
    assert "note: access.doors does not name north-door, south-door: " in out
    assert "note: no lane of access.lanes uses main-barrier" in out
    challenge = whole.replace(
        "      fail: safe  ",
        "      liveness: [challenge]\n      fail: safe  ",
    )
    (tmp_path / "site.yaml").write_text(challenge, "utf-8")
    assert "needs a reader with a display at north-door:" in menwei("check", "site.yaml")[1]


PLANTED = "hunter2planted"


@pytest.mark.parametrize(
    "line",
    [
        f"password: {PLANTED}",
        f"password: {{{PLANTED}}}",
        f"password: {{{PLANTED}: x}}",
        f"password: {{value: {PLANTED}}}",
        f"password: [{PLANTED}]",
        f"password: {{environment: {PLANTED}}}",
        f"pasword: {PLANTED}",
        f"password: !x {PLANTED}",
        f"password: '{PLANTED}",
        f"password: *{PLANTED}",
        f"password: @{PLANTED}",
        f"password: {PLANTED}: x",
        f"main_source: rtsp://me:{PLANTED}@h/s",
        f"main_source: rtsp://me:{PLANTED}@h:x/s",
        f"main_source: rtsp://h/s?pwd={PLANTED}",
        f"main_source: ftp://h/{PLANTED}",
        f"main_source: rtsp://[{PLANTED}",
        f"roles: [{PLANTED}]",
        f"analyse_fps: {PLANTED}",
    ],
)
def test_a_planted_secret_never_comes_out(menwei, tmp_path, line):
    base = (CONFIG / "demo.yaml").read_text("utf-8")
    broken = base.replace("    loop: true\n", f"    username: me\n    {line}\n", 1)
    (tmp_path / "site.yaml").write_text(broken, "utf-8")
    code, out, err = menwei("check", "site.yaml")
    assert code == 2
    assert PLANTED not in out + err
    code, out, err = menwei("person", "list")
    assert code == 2
    assert PLANTED not in out + err


def test_other_commands_print_every_error_too(menwei, tmp_path):
    (tmp_path / "site.yaml").write_text("site: {id: A}\ncameras: {}\n", "utf-8")
    code, out, err = menwei("vehicle", "list")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "site.yaml:2 cameras: needs at least 1 entries" in err


def test_the_committed_schema_is_up_to_date(menwei, tmp_path):
    assert menwei("site", "schema", "--out", tmp_path / "schema.json")[0] == 0
    committed = (CONFIG / "site.schema.json").read_text("utf-8")
    assert committed == (tmp_path / "schema.json").read_text("utf-8"), (
        "run: menwei site schema --out config/site.schema.json"
    )


def test_every_key_of_the_schema_is_described(menwei):
    code, out, _ = menwei("site", "schema")
    assert code == 0
    schema = json.loads(out)
    assert out == json_schema()
    parts = [schema, *schema["$defs"].values()]
    bare = [
        key
        for part in parts
        for key, value in part.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]
    assert bare == []
    assert all("description" in part for part in parts)
    assert len(parts) > 10


def test_a_schema_that_cannot_be_written_is_refused(menwei, tmp_path):
    code, _, err = menwei("site", "schema", "--out", tmp_path / "none" / "schema.json")
    assert code == 2
    assert "cannot be written" in err
