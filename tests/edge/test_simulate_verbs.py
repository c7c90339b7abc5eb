"""What may be typed at a simulated compound, and what is said of what may not."""

from pathlib import Path

import pytest

from edge import catalogue
from edge.refusal import Refused
from edge.simulation import script, verbs
from edge.simulation.script import ScriptErrors, Step
from edge.simulation.verbs import FORMS, Verb, parse, written

DEVICES = ("north-door", "east-fence", "lane-board", "main-barrier", "fence-bus", "cam-2")
LINES = [
    ("card 1042 at north-door", "card", "north-door", {"number": "1042"}),
    ("card 17:1042 at north-door", "card", "north-door", {"number": "17:1042"}),
    ("keys 1234# at north-door", "keys", "north-door", {"keys": "1234#"}),
    ("tag 0A0058B7C1 at north-door", "tag", "north-door", {"tag": "0A0058B7C1"}),
    ("scan MW1.abc_-= at north-door", "scan", "north-door", {"text": "MW1.abc_-="}),
    ("open north-door", "open", "north-door", {}),
    ("close north-door", "close", "north-door", {}),
    ("exit at north-door", "exit", "north-door", {}),
    ("tamper north-door", "tamper", "north-door", {}),
    ("mend north-door", "mend", "north-door", {}),
    ("power battery north-door", "power", "north-door", {"power": "battery"}),
    ("cut zone 3", "cut", None, {"zone": "3"}),
    ("short zone 3 of east-fence", "short", "east-fence", {"zone": "3"}),
    ("climb zone 3", "climb", None, {"zone": "3"}),
    ("mend zone 3", "mend-zone", None, {"zone": "3"}),
    ("volts 3000 zone 3", "volts", None, {"volts": "3000", "zone": "3"}),
    ("arm east-fence", "arm", "east-fence", {}),
    ("disarm east-fence", "disarm", "east-fence", {}),
    ("car at main-barrier", "car", "main-barrier", {}),
    ("car gone from main-barrier", "car-gone", "main-barrier", {}),
    ("contact loop closed of lane-board", "contact", "lane-board", {"contact": "loop", "position": "closed"}),
    ("crowd 40 at north-door", "crowd", "north-door", {"people": "40"}),
    ("unplug east-fence", "unplug", "east-fence", {}),
    ("plug fence-bus", "plug", "fence-bus", {}),
    ("stall cam-2", "stall", "cam-2", {}),
    ("resume cam-2", "resume", "cam-2", {}),
    ("noise 20% on fence-bus", "noise", "fence-bus", {"share": "20"}),
    ("duplicate fence-bus on", "duplicate", "fence-bus", {"switch": "on"}),
    ("reorder fence-bus off", "reorder", "fence-bus", {"switch": "off"}),
    ("slow north-door 0.5s", "slow", "north-door", {"seconds": "0.5s"}),
    ("slow north-door off", "slow", "north-door", {"seconds": "off"}),
    ("wrong key north-door", "wrong-key", "north-door", {}),
    ("right key north-door", "right-key", "north-door", {}),
    (
        "restart east-fence with zone 3 alarm",
        "restart-zone",
        "east-fence",
        {"zone": "3", "state": "alarm"},
    ),
    ("restart north-door with door open", "restart-door", "north-door", {"position": "open"}),
    (
        "restart lane-board with contact loop closed",
        "restart-contact",
        "lane-board",
        {"contact": "loop", "position": "closed"},
    ),
    ("restart east-fence", "restart", "east-fence", {}),
    ("swap north-door", "swap", "north-door", {}),
    ("wait 2s", "wait", None, {"seconds": "2s"}),
]


@pytest.mark.parametrize(("line", "name", "device", "values"), LINES)
def test_every_verb_is_read_and_written_back(line, name, device, values):
    verb = parse(line, DEVICES)
    assert (verb.name, verb.device, dict(verb.values)) == (name, device, values)
    if name not in {"keys", "scan"}:
        assert written(verb) == line


def test_every_verb_that_help_lists_is_read_here():
    assert {name for _, name, _, _ in LINES} == set(FORMS)


def test_spaces_do_not_matter():
    assert parse("  cut   zone 3 ", DEVICES) == parse("cut zone 3", DEVICES)


def test_numbers_are_what_they_say():
    assert parse("noise 20% on fence-bus", DEVICES).share == 0.2
    assert parse("slow north-door 0.5s", DEVICES).seconds == 0.5
    assert parse("slow north-door 2", DEVICES).seconds == 2.0
    assert parse("slow north-door off", DEVICES).seconds == 0.0
    assert parse("duplicate fence-bus on", DEVICES).on
    assert not parse("duplicate fence-bus off", DEVICES).on


def test_what_is_typed_at_a_keypad_is_shown_nowhere():
    verb = parse("keys 4711# at north-door", DEVICES)
    assert "4711" not in written(verb) + repr(verb)
    assert written(verb) == "keys *** at north-door"


def test_what_is_scanned_is_shown_nowhere():
    verb = parse("scan MW1.4711 at north-door", DEVICES)
    assert "4711" not in written(verb) + repr(verb)
    assert written(verb) == "scan *** at north-door"


@pytest.mark.parametrize(
    ("line", "key", "why"),
    [
        ("open nort-door", "simulate.no_device_near", "did you mean north-door?"),
        ("open zzz", "simulate.no_device", "north-door, east-fence"),
        ("opne north-door", "simulate.form", "write it so: open DEVICE"),
        ("cut 3", "simulate.form", "cut zone ZONE [of DEVICE]"),
        ("card abc at north-door", "simulate.form", "card NUMBER at DEVICE"),
        ("noise 120% on fence-bus", "simulate.form", "noise SHARE% on DEVICE"),
        ("restart east-fence with zone 3 burnt", "simulate.form", "restart DEVICE with zone ZONE STATE"),
        ("power solar north-door", "simulate.form", "power mains|battery DEVICE"),
        ("keys 12ab at north-door", "simulate.form", "keys KEYS at DEVICE"),
        ("xyzzy", "simulate.no_verb", "there are card, keys"),
        ("", "simulate.no_verb", "there are card, keys"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_perhaps_meant(line, key, why):
    with pytest.raises(Refused) as refused:
        parse(line, DEVICES)
    assert refused.value.key == key
    assert why in str(refused.value)
    assert str(refused.value) == catalogue.explain(refused.value, "en")
    assert catalogue.explain(refused.value, "zh-CN") != str(refused.value)


def judge(line):
    return parse(line, DEVICES)


def test_a_script_tells_what_happens_when():
    text = """\
# the morning
+2.5 card 1042 at north-door   # a resident
open north-door
wait 3s
close north-door

+1 cut zone 3
"""
    assert [(s.at_s, written(s.verb), s.line) for s in script.steps(text, Path("day"), judge)] == [
        (1.0, "cut zone 3", 7),
        (2.5, "card 1042 at north-door", 2),
        (2.5, "open north-door", 3),
        (5.5, "close north-door", 5),
    ]


def test_a_hash_that_is_typed_begins_no_comment():
    (step,) = script.steps("keys 1234# at north-door", Path("day"), judge)
    assert step == Step(0.0, Verb("keys", "north-door", {"keys": "1234#"}), 1)


def test_everything_wrong_with_a_script_is_told_at_once_with_its_line():
    text = "+1 cut zone 3\n+2 opne north-door\n\n+x open north-door\nopen nort-door\n"
    with pytest.raises(ScriptErrors) as refused:
        script.steps(text, Path("day.script"), judge)
    head, *lines = str(refused.value).splitlines()
    assert head == "day.script: 3 lines cannot happen"
    assert [line.partition(" ")[0] for line in lines] == ["day.script:2:", "day.script:4:", "day.script:5:"]
    assert "did you mean north-door?" in lines[2]
    assert "您是不是要写 north-door" in refused.value.render("zh-CN")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_script_that_cannot_be_read_is_refused(tmp_path, content):
    file = tmp_path / "day.script"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refused, match=r"day\.script cannot be read"):
        script.read(file)


def test_a_devices_forms_name_it():
    assert verbs.able(["open", "close"], "north-door") == "open north-door; close north-door"
