"""`menwei devices diagnostics`: secrets and names lie in every place where they could, and none comes out."""

import json
import os
import platform
import sqlite3
import stat
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from drivers.said import CardPresented, DeviceLost, DoorChanged, KeysPressed, PassageLogged, PatrolBadge
from edge import cli
from edge.box_events import OrderGiven
from edge.control.messages import CameraStanding, DeviceStanding, Point, Standing
from edge.devices import redaction
from edge.devices.diagnostics import Box, Memory, report
from edge.devices.redaction import REDACTED, scrubbed
from edge.linkage.states import Held
from edge.site import loading
from edge.site.schema import Site
from edge.site.sections import Section
from edge.site.wires import Wire
from edge.store import journal, layout
from edge.store.database import open_database, transaction
from tests.edge.test_control_server import served
from tests.edge.test_store_journal import stamped

CHECKOUT = Path(__file__).resolve().parents[2]

PASSWORD, TOKEN, KEY = "p4ss-geheim-密码", "t0ken-geheim", "00112233445566778899AABBCCDDEEFF"
USER, NAME, LATIN, PLATE, PIN, CARD = "wachmann7", "张三丰", "Zhang Sanfeng", "鄂A8K362", "481516", "47119932"
MAC = "80:56:F2:7B:47:1D"
MACS = (MAC, MAC.replace(":", "-"), MAC.replace(":", "_"), MAC.replace(":", "").lower(), "8056.f27b.471d")
# Whom the registers do not know.
STRANGER = "李小龙"
SECRETS = (PASSWORD, TOKEN, KEY, USER, NAME, LATIN, STRANGER, PLATE, PIN, CARD, *MACS)

SITE = f"""\
site: {{ id: garden, name: {NAME}小区, timezone: Asia/Shanghai }}
cameras:
  gate:
    name: {NAME}家门口 {PLATE}
    place: {LATIN}
    source: rtsp://192.0.2.9:554/live/{TOKEN}
    main_source: rtsp://192.0.2.9/{USER}_{PIN}
    username: {USER}
    password: {{ file: secrets/camera }}
    roles: [face]
    purpose: access
    zones: {{ lawn: {{ name: {NAME}, polygon: [[0, 0], [1, 0], [1, 1]] }} }}
uplink:
  mqtt:
    host: broker.example
    username: {USER}
    password: {{ environment: GARDEN_PASSWORD }}
    topic_prefix: {LATIN.replace(" ", "-")}/{CARD}
storage: {{ directory: data }}
wires:
  doors:
    kind: osdp
    port: /dev/serial/by-id/usb-Espressif_{MAC}-if00
    readers:
      north:
        {{ name: "{NAME}", place: "{PLATE}", address: 0, key_file: {NAME}/osdp-north }}
  network:
    kind: uhppote
    listen_host: 127.0.0.1
    controllers:
      club:
        name: {LATIN}
        place: {NAME}
        serial: 405419896
        host: 127.0.0.1
        doors: {{ club-door: {{ name: "{NAME}", place: "{CARD}", number: 1 }} }}
  bus:
    kind: modbus
    port: /dev/none
    fences:
      fence:
        name: {NAME}
        place: "{PIN}"
        unit: 1
        profile: generic-16di
        zones: {{ "1": {{ name: "{LATIN}" }} }}
    relay_boards:
      board:
        name: {NAME}
        place: {PLATE}
        unit: 2
        outputs: {{ strike: {{ channel: 0 }} }}
        contacts: {{ loop: {{ address: 0, name: "{NAME}" }} }}
        locks: {{ lock: {{ name: "{NAME}", place: "{LATIN}", output: strike }} }}
  broker:
    kind: probe-mqtt
    host: 127.0.0.1
    topics: ["{MAC}/+"]
    username: {USER}
    password: {{ file: secrets/broker }}
    probes: {{ probe: {{ name: "{NAME}", place: "{PLATE}", sender: "{MAC}" }} }}
  posts:
    kind: probe-http
    listen_host: 127.0.0.1
    listen_port: 8089
    token: {{ file: secrets/token }}
    probes: {{ hall: {{ name: "{NAME}", place: "{PLATE}", sender: "{MACS[3]}" }} }}
  other:
    kind: extension
    driver: acme
    devices: {{ acme-1: {{ name: "{NAME}", place: "{PLATE}" }} }}
    settings: {{ password: "{PASSWORD}", pin: {PIN}, cards: ["{CARD}"], {USER}: {{ key: "{KEY}" }} }}
"""


def lost(reason, detail):
    return DeviceLost(device="north", mono_s=1.0, reason=reason, detail=detail, silent_s=1.0)


JOURNALLED = (
    CardPresented(device="north", mono_s=1.0, bits=26, data=bytes.fromhex(KEY), number=int(CARD)),
    KeysPressed(device="north", mono_s=1.0, keys=PIN),
    PassageLogged(device="club-door", mono_s=1.0, index=1, card=int(CARD), granted=True, reason=NAME),
    PatrolBadge(device="north", mono_s=1.0, tag=CARD),
    PatrolBadge(device="north", mono_s=1.0, tag=CARD),
    OrderGiven(device="lock", mono_s=1.0, order="o", what="arm", by=f"operator/{NAME}", why=LATIN),
    DoorChanged(device="north", mono_s=1.0, position="open"),
    lost("door.parity", CARD),
)
DAY_S = 86_400.0

INSERTED = (
    ("INSERT INTO people (name, added_s) VALUES (?, 1)", (NAME,)),
    ("INSERT INTO people (name, added_s) VALUES (?, 1)", (LATIN,)),
    ("INSERT INTO people (name, added_s) VALUES ('op', 1)", ()),
    ("INSERT INTO consents (person, reference, added_s) VALUES (1, ?, 1)", (LATIN,)),
    ("INSERT INTO vehicles (plate, owner, added_s) VALUES (?, ?, 1)", (PLATE, USER)),
    (
        "INSERT INTO watchlist (kind, reason, name, plate, until_s, added_s) VALUES (?, ?, ?, ?, 9, 1)",
        ("wanted", CARD, LATIN, PLATE),
    ),
)
STATES = (
    ("north", "position", "open"),
    ("north", "identity", f"123456 7.2 {MAC} 1.4"),
    ("north", "housing", STRANGER),
    ("north", f"zone:{NAME}", "alarm"),
    ("fence", "zone:1", "open_wire"),
    ("fence", f"zone:{CARD}", "alarm"),
    ("fence", "identity", "generic 16 dry-contact inputs 2.00"),
    ("board", "contact:loop", "closed"),
    ("club", "identity", f"UHPPOTE {PLATE}"),
    ("probe", "identity", MAC),
    ("acme-1", "identity", CARD),
    ("acme-1", "link", "found"),
    (NAME, "position", "open"),
)


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A folder with a site file, secrets and a database, each full of what must not come out."""
    (tmp_path / "site.yaml").write_text(SITE, "utf-8")
    for name, content in (("camera", PASSWORD), ("broker", PASSWORD), ("token", TOKEN)):
        (tmp_path / "secrets").mkdir(exist_ok=True)
        (tmp_path / "secrets" / name).write_text(content, "utf-8")
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "osdp-north").write_text(KEY)
    monkeypatch.setenv("GARDEN_PASSWORD", PASSWORD)
    monkeypatch.setenv("MENWEI_LANGUAGE", "en")
    monkeypatch.delenv("MENWEI_SITE", raising=False)
    monkeypatch.setattr(platform, "node", lambda: NAME)
    monkeypatch.setattr(sys, "argv", ["menwei"])
    monkeypatch.chdir(tmp_path)
    with closing(open_database(layout.database(tmp_path / "data"))) as connection, transaction(connection):
        filled(connection)
    return tmp_path


def filled(connection):
    now_s = time.time()
    for statement, values in INSERTED:
        connection.execute(statement, values)
    rows = [stamped(seq, seen) for seq, seen in enumerate(JOURNALLED, 1)]
    journal.append(connection, rows)
    connection.execute("UPDATE journal SET wall_s = ?", (now_s - 60,))
    connection.execute("UPDATE journal SET wall_s = ? WHERE kind = 'DoorChanged'", (now_s - DAY_S - 60,))
    connection.execute("UPDATE journal SET kind = ? WHERE kind = 'OrderGiven'", (NAME,))
    for number, (kind, state) in enumerate(
        [("door_forced", "open"), ("door_forced", "open"), ("fence_alarm", "settled"), (STRANGER, "open")], 1
    ):
        connection.execute(
            "INSERT INTO alert (id, sequence, state, kind, severity, last_wall_s, body)"
            " VALUES (?, ?, ?, ?, 'warning', 1, ?)",
            (f"{number}", number, state, kind, json.dumps({"text": NAME, "subject": PLATE})),
        )
    for number, (device, point, state) in enumerate(STATES, 1):
        connection.execute(
            "INSERT INTO device_state VALUES (?, ?, ?, 5.0, ?)", (device, point, state, number)
        )


@pytest.fixture
def diagnostics(box, monkeypatch, capfd):
    """Return a function that calls the command and returns its exit code, its report and its errors."""

    def call(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["menwei", "devices", "diagnostics", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr()
        assert (ended.value.code or 0) == code
        if said.out:
            unspoilt(said.out)
        return said.out, said.err

    return call


def unspoilt(text):
    """Hold a text to every secret, in whatever case and escape it might be written."""
    plain = json.dumps(json.loads(text), ensure_ascii=False)
    for secret in SECRETS:
        for written in (text, plain):
            assert secret.lower() not in written.lower(), secret
    assert bytes.fromhex(KEY) not in text.encode()


def devices(told):
    return {device["id"]: device for wire in told["wires"].values() for device in wire["devices"]}


def states(device):
    return {state["point"]: state["state"] for state in device["states"]}


def test_without_a_daemon_the_report_holds_the_site_the_last_states_and_counts_and_no_secret(diagnostics):
    out, err = diagnostics()
    told = json.loads(out)
    assert "no daemon answers" in err
    assert told["daemon"] == {"answers": False, "reason": "control.no_daemon"}
    assert told["database"] == {"error": None}
    assert told["journal_last_day"] == {
        "CardPresented": 1,
        "DeviceLost": 1,
        "KeysPressed": 1,
        "PassageLogged": 1,
        "PatrolBadge": 2,
        "other": 1,
    }
    assert told["open_alerts"] == {"door_forced": 2, REDACTED: 1}
    found = devices(told)
    assert list(found) == ["north", "club", "club-door", "fence", "board", "lock", "probe", "hall", "acme-1"]
    assert states(found["north"]) == {
        "position": "open",
        "identity": REDACTED,
        "housing": REDACTED,
    }
    assert states(found["fence"]) == {"zone:1": "open_wire", "identity": "generic 16 dry-contact inputs 2.00"}
    assert states(found["board"]) == {"contact:loop": "closed"}
    assert states(found["acme-1"]) == {"identity": REDACTED, "link": "found"}
    assert found["north"]["health"] is None
    assert found["fence"]["states"][0]["since_wall_s"] == 5.0


def test_the_site_file_is_told_as_it_was_loaded_with_the_places_of_secrets(diagnostics, box):
    site = json.loads(diagnostics()[0])["site"]
    gate = site["cameras"]["gate"]
    assert gate["source"] == f"rtsp://192.0.2.9:554/{REDACTED}"
    assert gate["main_source"] == f"rtsp://192.0.2.9/{REDACTED}"
    assert gate["password"]["file"] == f"{box}/secrets/camera"
    assert (gate["username"], gate["name"], gate["place"]) == (REDACTED,) * 3
    assert (gate["roles"], gate["purpose"], gate["lost_after_s"]) == (["face"], "access", 5.0)
    assert site["uplink"]["mqtt"]["password"]["environment"] == "GARDEN_PASSWORD"
    assert site["uplink"]["mqtt"]["host"] == "broker.example"
    wires = site["wires"]
    assert wires["doors"]["port"] == f"/dev/serial/by-id/usb-Espressif_{REDACTED}-if00"
    assert wires["doors"]["readers"]["north"]["key_file"] == f"{box}/{REDACTED}/osdp-north"
    assert wires["doors"]["readers"]["north"]["door"]["lock_output"] == 0
    assert wires["network"]["controllers"]["club"]["serial"] == 405_419_896
    assert wires["bus"]["fences"]["fence"]["profile"] == "generic-16di"
    assert wires["bus"]["fences"]["fence"]["zones"] == {"1": {"name": REDACTED, "cameras": []}}
    assert wires["bus"]["relay_boards"]["board"]["locks"]["lock"]["output"] == "strike"
    assert (wires["broker"]["topics"], wires["broker"]["probes"]["probe"]["sender"]) == ([REDACTED], REDACTED)
    assert (wires["other"]["driver"], wires["other"]["settings"]) == ("acme", REDACTED)


REGISTERED = (
    "INSERT INTO people (name, added_s) VALUES ('Adam Known', 1)",
    "INSERT INTO vehicles (plate, owner, added_s) VALUES ('VA20481', 'Otto Owner', 1)",
    """INSERT INTO watchlist (kind, reason, name, plate, until_s, added_s)
    VALUES ('barred', 'x', 'Willi Watched', '使204812', 9, 1)""",
    """INSERT INTO visitors (name, purpose, from_s, until_s, passes, nonce, added_by, added_s)
    VALUES ('Vera Visitor', 'x', 0, 1, 1, x'00', 'x', 1)""",
)


def test_whom_the_registers_know_is_found_wherever_he_is_named(diagnostics, box):
    folder = "Adam Known/Otto Owner/VA20481/Willi Watched/Vera Visitor"
    (box / "site.yaml").write_text(SITE.replace(f"{NAME}/osdp-north", f"{folder}/使204812.key"), "utf-8")
    with closing(sqlite3.connect(layout.database(box / "data"))) as connection:
        for statement in REGISTERED:
            connection.execute(statement)
        connection.execute(
            "UPDATE device_state SET state = 'by Adam Known' WHERE device = 'fence' AND point = 'identity'"
        )
        connection.commit()
    out, _ = diagnostics()
    told = json.loads(out)
    file = told["site"]["wires"]["doors"]["readers"]["north"]["key_file"]
    assert file.removeprefix(f"{box}/") == "/".join([REDACTED] * 6)
    assert states(devices(told)["fence"])["identity"] == f"by {REDACTED}"
    # Two letters are no name to look for: they are in every word.
    assert told["site"]["cameras"]["gate"]["zones"]["lawn"]["polygon"]


def test_a_plate_that_only_the_registers_know_as_one_is_found():
    names = frozenset({"VA20481", "使204812"})
    assert scrubbed(["/dev/VA20481", "x使204812"], names) == [f"/dev/{REDACTED}", f"x{REDACTED}"]
    assert scrubbed("by Adam Known", frozenset({"Adam", "Known", "Adam Known"})) == f"by {REDACTED}"


def test_versions_and_the_machine_are_told_and_not_whose_it_is(diagnostics):
    told = json.loads(diagnostics()[0])
    assert set(told["versions"]) >= {"menwei", "python", "libosdp", "pymodbus", "uhppoted", "pyserial"}
    assert "absent" not in told["versions"].values()
    assert told["versions"]["python"] == platform.python_version()
    assert told["machine"]["kernel"] == os.uname().release
    assert told["machine"]["processors"] >= 1
    assert abs(told["made_wall_s"] - time.time()) < 60


def standing_of(device, kind, wire, **more):
    usual = {"online": False, "last_word_age_s": 2.5, "words": 7, "malformed": 1, "reconnects": 0}
    usual |= {"reason": None, "detail": "", "condition": None, "points": ()}
    return DeviceStanding(device=device, name=NAME, place=PLATE, kind=kind, wire=wire, **(usual | more))


def point(name, state):
    return Point(point=name, name=NAME, state=state, since_wall_s=9.0)


SPOILT = Standing(
    site="garden",
    name=NAME,
    wall_s=1.0,
    devices=(
        standing_of(
            "north",
            "reader",
            "doors",
            reason="door.parity",
            detail=f"card {CARD}",
            condition="held",
            points=(point("lock", "locked"), point("housing", PIN), point(f"zone:{NAME}", "alarm")),
        ),
        standing_of("club", "controller", "network", reason=f"door.{CARD}", detail=LATIN, condition=STRANGER),
        standing_of("fence", "fence", "bus", reason="modbus.silent", detail=f"{NAME} {MAC}"),
        standing_of(
            "board", "relay_board", "bus", reason="modbus.line_missing", detail="/dev/none: No such file"
        ),
        standing_of("lock", "lock", "bus", reason="modbus.line_missing", detail=f"/dev/x_{MAC}: gone"),
        standing_of("probe", "probe", "broker", reason="modbus.silent", detail=MAC, online=True),
        standing_of("acme-1", "extension", "other", reason="modbus.silent", detail=CARD),
        standing_of(NAME, "reader", "doors", reason="door.silent"),
    ),
    cameras=(
        CameraStanding(
            camera="gate",
            name=NAME,
            place=PLATE,
            online=False,
            state="blind",
            last_packet_age_s=1.0,
            last_frame_age_s=None,
            frames=5,
            malformed=0,
            reconnects=3,
            reason="camera.denied",
            detail=f"rtsp://{USER}:{PASSWORD}@192.0.2.9",
        ),
    ),
)


def test_a_running_daemon_is_asked_and_what_it_says_is_redacted_too(diagnostics, box):
    with served(box / "data") as daemon:
        daemon.standing = lambda: SPOILT
        out, err = diagnostics()
    told = json.loads(out)
    assert err == ""
    assert told["daemon"] == {"answers": True, "reason": None}
    found = devices(told)
    assert found["north"]["health"] == {
        "online": False,
        "last_word_age_s": 2.5,
        "words": 7,
        "malformed": 1,
        "reconnects": 0,
        "reason": "door.parity",
        "detail": REDACTED,
        "condition": "held",
    }
    assert states(found["north"]) == {"lock": "locked", "housing": REDACTED}
    assert (found["club"]["health"]["reason"], found["club"]["health"]["condition"]) == ("other", REDACTED)
    assert found["fence"]["health"]["detail"] == REDACTED
    assert found["board"]["health"]["detail"] == "/dev/none: No such file"
    assert found["lock"]["health"]["detail"] == f"/dev/x_{REDACTED}: gone"
    assert found["probe"]["health"]["detail"] == REDACTED
    assert found["acme-1"]["health"]["detail"] == REDACTED
    assert found["hall"]["health"] is None
    assert told["cameras"] == [
        {
            "id": "gate",
            "online": False,
            "state": "blind",
            "last_packet_age_s": 1.0,
            "last_frame_age_s": None,
            "frames": 5,
            "malformed": 0,
            "reconnects": 3,
            "reason": "camera.denied",
        }
    ]
    assert told["journal_last_day"]["PatrolBadge"] == 2


def test_a_daemon_that_speaks_another_language_is_told_and_the_database_serves(diagnostics, box):
    with served(box / "data") as daemon:
        daemon.standing = lambda: 1 / 0
        out, err = diagnostics()
    assert json.loads(out)["daemon"] == {"answers": False, "reason": "control.failed"}
    assert "last known states" in err
    assert states(devices(json.loads(out))["fence"])["zone:1"] == "open_wire"


def test_the_database_is_only_read(diagnostics, box):
    file = layout.database(box / "data")
    before = file.read_bytes()
    diagnostics()
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["absent", "foreign", "old"])
def test_a_database_that_cannot_be_read_is_told_and_the_rest_is_written(diagnostics, box, damage):
    file = layout.database(box / "data")
    for beside in file.parent.glob(f"{file.name}*"):
        beside.unlink()
    if damage == "foreign":
        file.write_bytes(PASSWORD.encode() * 500)
    elif damage == "old":
        with closing(sqlite3.connect(file)) as old:
            old.execute("CREATE TABLE journal (seq)")
    out, err = diagnostics()
    told = json.loads(out)
    assert told["database"]["error"]
    assert "could not be read" in err
    assert told["site"]["site"]["id"] == "garden"
    assert (told["journal_last_day"], told["open_alerts"]) == ({}, {})
    assert file.exists() == (damage != "absent")


def test_a_site_file_with_errors_is_told_by_line_and_never_by_what_stands_there(diagnostics, box):
    broken = SITE.replace("    source:", f"    {USER}: {PASSWORD}\n    source:", 1)
    broken = broken.replace("unit: 1\n", f"unit: {PIN}\n")
    (box / "site.yaml").write_text(broken, "utf-8")
    out, err = diagnostics()
    lines = broken.splitlines()
    unknown, wrong = lines.index(f"    {USER}: {PASSWORD}"), lines.index(f"        unit: {PIN}")
    assert json.loads(out)["site"]["errors"] == [
        {"line": unknown + 1, "key": "site.key_unknown"},
        {"line": wrong + 1, "key": "site.too_great"},
    ]
    assert "run menwei check" in err


def test_written_to_a_file_it_is_its_owners_alone_and_replaces_nothing(diagnostics, box):
    out, err = diagnostics("--out", box / "report.json")
    assert out == ""
    assert "report.json: they hold no password" in err
    text = (box / "report.json").read_text("utf-8")
    unspoilt(text)
    assert stat.S_IMODE((box / "report.json").stat().st_mode) == 0o600
    assert "exists already" in diagnostics("--out", box / "report.json", code=2)[1]
    assert (box / "report.json").read_text("utf-8") == text
    assert "cannot be written" in diagnostics("--out", box / "none" / "report.json", code=2)[1]


def test_it_speaks_chinese(diagnostics, box, monkeypatch):
    monkeypatch.setenv("MENWEI_LANGUAGE", "zh-CN")
    assert "诊断信息已写入" in diagnostics("--out", box / "report.json")[1]


# --- every place of the schema ------------------------------------------------------------------------------

MORE = {
    "air": {"kind": "probe-udp", "listen_host": "127.0.0.1", "listen_port": 9, "probes": {"a": {}}},
    "tty": {"kind": "probe-serial", "port": "/dev/x", "probes": {"b": {}}},
    "own": {"kind": "extension", "driver": "acme", "devices": {"c": {}}, "settings": {"a": {"b": ["c"]}}},
    "web": {
        "kind": "probe-http",
        "listen_host": "127.0.0.1",
        "listen_port": 9,
        "token": {"environment": "TOKEN"},
        "probes": {"d": {"sender": "x"}},
    },
    "rs": {
        "kind": "modbus",
        "port": "/dev/y",
        "relay_boards": {
            "g": {
                "name": "n",
                "place": "p",
                "unit": 9,
                "outputs": {"h": {"channel": 0}},
                "contacts": {"i": {"address": 0, "name": "j"}},
                "locks": {"k": {"name": "n", "place": "p", "output": "h", "door_contact": "i"}},
            }
        },
    },
    "mq": {
        "kind": "probe-mqtt",
        "host": "127.0.0.1",
        "topics": ["x"],
        "username": "x",
        "password": {"file": "/x"},
        "probes": {"e": {}},
    },
}


def whole_site():
    """The example of the product with every kind of wire, and every optional text there."""
    site = loading.load(CHECKOUT / "config" / "compound.yaml")
    named = {"name": "n", "place": "p"}
    for wire in MORE.values():
        for part in ("probes", "devices"):
            wire.update({part: {d: named | at for d, at in wire[part].items()}} if part in wire else {})
    more = {name: TypeAdapter(Wire).validate_python(wire) for name, wire in MORE.items()}
    return site.model_copy(update={"wires": {**site.wires, **more}})


def planted(value, canary, where=""):
    """Yield (place, copy) for every text in a value, a key or a leaf, with the canary in its place."""
    if isinstance(value, Section):
        for name in type(value).model_fields:
            for place, copy in planted(getattr(value, name), canary, name):
                yield place, value.model_copy(update={name: copy})
    elif isinstance(value, dict):
        for key, below in value.items():
            yield f"{where}.key", {**{k: v for k, v in value.items() if k != key}, canary: below}
            for place, copy in planted(below, canary, where):
                yield place, {**value, key: copy}
    elif isinstance(value, tuple | list | frozenset):
        listed = list(value)
        for number, below in enumerate(listed):
            for place, copy in planted(below, canary, where):
                yield place, type(value)([*listed[:number], copy, *listed[number + 1 :]])
    elif isinstance(value, str):
        yield where, canary


def sections(section=Section):
    """Every part of the schema."""
    for below in section.__subclasses__():
        yield below
        yield from sections(below)


def told_at(canary):
    """The keys from which a text comes out: in an example, and of all else in the schema that takes one."""
    places = list(planted(whole_site(), canary))
    assert len(places) > 150
    told = {place for place, site in places if canary in json.dumps(redaction.site(site), ensure_ascii=False)}
    texts = {n for each in sections() for n, at in each.model_fields.items() if "str" in repr(at.annotation)}
    assert len(texts) > 30
    return told | {
        name for name in texts if canary in json.dumps(redaction._value(name, canary), ensure_ascii=False)
    }


@pytest.mark.parametrize(
    "canary", [f"{LATIN} {PIN}", NAME, f"{NAME}/{CARD}", f"{USER}@{PASSWORD}", f"{USER}:{PIN}", f"cafe:{PIN}"]
)
def test_a_text_that_looks_like_none_that_belongs_there_comes_out_of_no_place(canary):
    assert told_at(canary) == set()


def test_a_path_comes_out_where_paths_belong():
    assert told_at("/srv/somebody") == {"port", "profile"}


# Ids, words of closed lists, hosts, and the keys under which things stand in the file.
WORDS = {
    *("id", "kind", "language", "timezone", "driver", "format", "parity", "roles", "purpose", "face_engine"),
    *("severity", "zone", "camera", "cameras", "output", "outputs", "raise_output", "lower_output", "guards"),
    *("door_contact", "host", "listen_host", "profile"),
}


def test_a_word_comes_out_of_ids_hosts_and_closed_lists_alone():
    told = told_at("somebody")
    assert {place for place in told if not place.endswith(".key")} <= WORDS
    assert told >= {"id", "host", "kind", "cameras.key", "wires.key", "readers.key", "zones.key"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("rtsp://u:p@192.0.2.9:554/a?b=c", f"rtsp://192.0.2.9:554/{REDACTED}"),
        ("rtsp://192.0.2.9", f"rtsp://192.0.2.9/{REDACTED}"),
        ("rtsp://[2001:db8::1]:8554/x", f"rtsp://[2001:db8::1]:8554/{REDACTED}"),
        ("rtsp://a b/x", REDACTED),
        ("rtsp://host:99999/x", REDACTED),
        ("rtsp://[bad/x", REDACTED),
        ("/srv/film-张三丰.mp4", REDACTED),
        ("film.mp4", REDACTED),
    ],
)
def test_of_a_stream_only_the_host_and_the_port_come_out(source, told):
    camera = whole_site().cameras["main-gate"].model_copy(update={"source": source})
    site = whole_site().model_copy(update={"cameras": {"gate": camera}})
    assert redaction.site(site)["cameras"]["gate"]["source"] == told


@pytest.mark.parametrize(
    "text",
    [
        *MACS,
        f"usb-{MAC}-if00",
        f"/dev/{MACS[3].upper()}",
        "fe80::8256:f2ff:fe7b:471d",
        KEY,
        f"x{KEY.lower()}{KEY}",
        PLATE,
        "鄂A·8K362",
        "粤Z1234港",
        "京AD12345",
        f"/home/{NAME}/key",
    ],
)
def test_what_slipped_through_is_found_in_the_end(text):
    told = scrubbed({"a": [text], text: 5}, frozenset({NAME}))
    assert REDACTED in told["a"][0]
    held = json.dumps(told, ensure_ascii=False)
    for secret in (*MACS, MACS[3].upper(), "471d", KEY, KEY.lower(), "8K362", "1234港", "D12345", NAME):
        assert secret not in held


@pytest.mark.parametrize(
    "text",
    [
        "generic 16 dry-contact inputs 2.00",
        "UHPPOTE 405419896 v8.92",
        "123456 7.2 000003E9 1.4.2",
        "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
        "22:00-06:00",
        "192.168.10.21:60000",
        "2001:db8::1",
        "Debian GNU/Linux 12 (bookworm)",
    ],
)
def test_what_support_needs_is_left(text):
    assert scrubbed(text, frozenset({NAME})) == text


def test_numbers_and_switches_are_left_as_they_are():
    assert scrubbed({"a": [1, 2.5, None, True]}, frozenset({"1"})) == {"a": [1, 2.5, None, True]}


def test_a_report_without_memory_or_daemon_is_whole():
    told = report(Box({}, {}, 1.0), whole_site(), Memory(held=Held()), None, "control.no_daemon")
    assert set(devices(told)) >= {"north-door", "clubhouse", "east-fence", "main-barrier", "gate-siren"}
    assert isinstance(whole_site(), Site)
