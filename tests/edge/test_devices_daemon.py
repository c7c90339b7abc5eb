"""What an installer does with the devices of a running daemon, with simulated devices at every wire."""

import itertools
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from drivers.said import CardPresented, ContactChanged, DoorChanged, KeysPressed, OrderDone, ZoneChanged
from edge.box_events import DoorAlarmed, OpeningOrdered, OrderGiven
from edge.control.messages import AskHealth, Done, GiveOrder
from edge.orders import Arm, Bypass, Open, Pulse, Signal, Switch
from edge.refusal import Refused
from tests.edge.devices_gate import DEVICES, PATIENCE_S, Gate, followed, rows


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    gate = Gate(tmp_path_factory.mktemp("gate"))
    try:
        with gate.compound:
            gate.up()
            yield gate
    finally:
        gate.end()


def give(client, device, what, why="delivery"):
    return client.ask(GiveOrder(device, what, "li", why, time.monotonic()))


def test_every_device_is_told_with_its_states(gate):
    # A reader is online before it has told how its lock stands.
    gate.until(lambda: gate.standing("north").condition == "locked")
    with gate.client() as client:
        standing = client.ask(AskHealth())
    told = {one.device: one for one in standing.devices}
    assert tuple(told) == DEVICES
    assert all(one.online and one.last_word_age_s < 30 for one in told.values())
    # A patrol reader is silent while nobody badges.
    assert [name for name, one in told.items() if one.words == 0] == ["point"]
    states = {(device, point.point): point.state for device, one in told.items() for point in one.points}
    assert states["fence", "zone:1"] == states["fence", "zone:2"] == "normal"
    assert states["arm", "contact:loop"] == "open"
    assert (told["north"].condition, told["side"].condition) == ("locked", "closed")
    assert told["board"].condition is None
    (lane,) = standing.cameras
    assert (lane.camera, lane.online) == ("lane", False)


def test_what_devices_say_is_told_as_it_comes(gate):
    with gate.client() as client:
        client.follow()
        gate.tell("card 7:1042 at north")
        card = followed(client, CardPresented, device="north")
        assert (card.facility, card.number) == (7, 1042)
        gate.tell("keys 4711 at north")
        keys = followed(client, KeysPressed, device="north")
        assert "4711" not in keys.keys
        gate.tell("cut zone 2")
        assert followed(client, ZoneChanged, device="fence", zone="2").state == "alarm"
        gate.tell("mend zone 2")
        assert followed(client, ZoneChanged, device="fence", zone="2").state == "normal"


def test_a_door_that_is_ordered_open_opens_and_is_not_forced_and_one_that_is_not_is(gate):
    with gate.client() as client, gate.client() as ear:
        ear.follow()
        done = give(client, "north", Open(2000))
        assert isinstance(done, Done)
        assert done.refused is None
        gate.tell("open north")
        followed(ear, DoorChanged, device="north", position="open")
        gate.tell("close north")
        followed(ear, DoorChanged, device="north", position="closed")
        assert not [a for a in gate.journalled(DoorAlarmed) if a.device == "north"]
        (ordered,) = gate.journalled(OpeningOrdered)
        assert (ordered.device, ordered.pulse_s, ordered.by, ordered.why) == (
            "north",
            2.0,
            "operator/li",
            "delivery",
        )
        assert [d.refused for d in gate.journalled(OrderDone) if d.order == ordered.order] == [None]
        time.sleep(4.5)  # the pulse and its grace are over
        gate.tell("open north")
        assert followed(ear, DoorAlarmed, device="north").alarm == "forced"
        gate.tell("close north")
        followed(ear, DoorChanged, device="north", position="closed")


@pytest.mark.parametrize(
    ("device", "what", "word"),
    [
        ("horn", Pulse("siren", 200), "pulse:siren:200"),
        ("board", Switch("lamp", on=True), "switch:lamp:on"),
        ("board", Switch("lamp", on=False), "switch:lamp:off"),
        ("arm", Pulse("raise", 700), "pulse:raise:700"),
        ("fence", Arm(armed=True), "arm"),
        ("north", Signal("refused"), "signal:refused"),
    ],
)
def test_every_other_order_is_done_and_journalled_with_name_and_reason(gate, device, what, word):
    with gate.client() as client:
        done = give(client, device, what, why=f"test of {word}")
    assert done.refused is None
    (given,) = [g for g in gate.journalled(OrderGiven) if g.order == done.order]
    assert (given.device, given.what, given.by, given.why) == (device, word, "operator/li", f"test of {word}")


@pytest.mark.parametrize(
    ("device", "what", "key"),
    [
        ("post", Open(), "control.not_able"),
        ("fence", Bypass("9", bypassed=True), "fence.no_such_order"),
        ("probe", Signal("granted"), "control.not_able"),
        ("board", Switch("siren", on=True), "relay.no_such_output"),
        ("north", Open(10), "door.pulse_length"),
        ("ghost", Open(), "devices.unknown"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(gate, device, what, key):
    with gate.client() as client:
        with pytest.raises(Refused) as refused:
            give(client, device, what)
        assert refused.value.key == key
        assert client.ask(AskHealth())


def test_a_barrier_is_not_lowered_onto_a_car_whoever_asks(gate):
    with gate.client() as client, gate.client() as ear:
        ear.follow()
        gate.tell("car at arm")
        followed(ear, ContactChanged, device="arm", closed=True)
        done = give(client, "arm", Pulse("lower", 700))
        gate.tell("car gone from arm")
        followed(ear, ContactChanged, device="arm", closed=False)
    assert done.refused == "relay.car_below"


def test_rubbish_and_hang_ups_do_the_daemon_no_harm(gate):
    from edge.control import socket_file
    from edge.store import layout

    for line in (b"\x00\xff\n", b"x" * 50_000, b'{"type":"order"}\n', b'{"type":"follow"}\n', b""):
        with socket_file.connect(layout.control_socket(gate.storage), 10.0) as sock:
            try:
                sock.sendall(line)
            except ConnectionError:
                continue  # hung up on before it had said it all
    assert gate.all_online()


def test_watch_prints_every_device_in_one_aligned_table(gate):
    told = gate.menwei("devices", "watch", "--once", language="zh")
    assert (told.returncode, told.stderr) == (0, "")
    head, *lines = told.stdout.splitlines()
    assert head.split()[:4] == ["设备", "名称", "状态", "在线"]
    assert [line.split()[0] for line in lines] == [*DEVICES, "lane"]
    by_id = {line.split()[0]: line for line in lines}
    assert "2 个防区正常" in by_id["fence"]
    assert "地感断开" in by_id["arm"]
    assert re.search(r"关闭.* 是 ", by_id["side"])
    assert "missing.mp4" in by_id["lane"]
    assert re.search(r"配置有误 +否", by_id["lane"])


def test_watch_tells_a_lost_device_with_its_reason_and_what_was_last_known(gate):
    gate.tell("unplug fence")
    gate.until(lambda: not gate.standing("fence").online)
    told = gate.menwei("devices", "watch", "--once")
    gate.tell("plug fence")
    gate.until(gate.all_online)
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("fence ")]
    assert "last known: 2 zones normal" in line
    assert " no " in line
    assert "围栏 does not answer" in line


def test_watch_as_json_is_one_object_with_everything(gate):
    told = gate.menwei("devices", "watch", "--once", "--json")
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) == 1
    assert tuple(rows(told.stdout)) == DEVICES
    assert rows(told.stdout)["north"]["name"] == "北门"


def test_watch_goes_on_every_second_until_it_is_interrupted(gate):
    with gate.talk("devices", "watch", "--json") as watch:
        for _ in range(3):
            watch.hear("}\n")
        watch.interrupt()
        assert watch.end() == 0
    seen = [json.loads(line)["wall_s"] for line in watch.said.splitlines()]
    assert len(seen) >= 3
    assert all(later - earlier > 0.5 for earlier, later in itertools.pairwise(seen))


def test_watch_redraws_itself_on_a_terminal(gate):
    ours, theirs = pty.openpty()
    environment = gate.environment | {"TERM": "xterm", "COLUMNS": "160", "LINES": "60"}
    command = [sys.executable, "-m", "edge", "devices", "watch"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as watch:
        os.close(theirs)
        try:
            drawn = _drawn(ours, lambda text: text.count("club-door") >= 3)
            gate.tell("climb zone 1")
            drawn = _drawn(ours, lambda text: "in alarm" in text)
            gate.tell("mend zone 1")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(PATIENCE_S) == 0
        finally:
            watch.kill()
            os.close(ours)
    assert "测试小区" in drawn
    assert "┃" in drawn


def _drawn(terminal, holds):
    raw, until_s = b"", time.monotonic() + PATIENCE_S
    while not holds(raw.decode("utf-8", "ignore")):
        assert time.monotonic() < until_s, raw
        if select.select([terminal], [], [], 0.5)[0]:
            raw += os.read(terminal, 65536)
    return raw.decode("utf-8", "ignore")


def test_a_reader_is_gone_through_step_by_step(gate):
    report = gate.folder / "north.json"
    with gate.talk(
        "devices", "test", "north", "--operator", "王五", "--json", str(report), language="zh"
    ) as test:
        test.hear("请在北门刷一张卡（30 秒内）")
        gate.tell("card 7:1042 at north")
        test.hear("通过")
        test.hear("卡号 1042，区号 7，26 位")
        test.hear("亮绿灯并鸣响：是否正常？ [y 是 / n 否 / r 再来一次]")
        test.answer("y")
        test.hear("北门的锁已释放 3 秒：门能打开吗？")
        test.answer("r")
        test.hear("门能打开吗？")
        test.answer("什么")
        test.hear("门能打开吗？")
        test.answer("是")
        test.hear("请打开北门")
        gate.tell("open north")
        test.hear("通过")
        test.hear("请关上北门")
        gate.tell("close north")
        test.hear("请按北门的出门按钮")
        gate.tell("exit at north")
        test.hear("7 个步骤全部通过")
        assert test.end() == 0
    told = json.loads(report.read_text("utf-8"))
    assert (told["device"], told["operator"], told["passed"], told["broken_off"]) == (
        "north",
        "王五",
        True,
        False,
    )
    assert [step["passed"] for step in told["steps"]] == [True] * 7
    assert told["steps"][1]["seen"].startswith("卡号 1042")
    assert all(step["took_s"] >= 0 for step in told["steps"])
    # Twice, since once more was asked for; each under the tester's name.
    mine = [o for o in gate.journalled(OpeningOrdered) if o.by == "operator/王五"]
    assert [(o.device, o.why) for o in mine] == [("north", "commissioning test")] * 2
    assert {g.what for g in gate.journalled(OrderGiven) if g.by == "operator/王五"} == {"signal:granted"}


def test_what_does_not_happen_has_not_passed(gate):
    with gate.talk("devices", "test", "north", "--wait", "1") as test:
        test.hear("not passed")
        test.hear("nothing within 1 s")
        test.hear("[y/n")
        test.answer("n")
        test.hear("[y/n")
        test.hang_up()
        assert test.end() == 1
    assert "6 of 7 steps did not pass" in test.said


def test_a_door_that_stands_open_is_to_be_closed_first(gate):
    with gate.client() as ear:
        ear.follow()
        gate.tell("open side")
        followed(ear, DoorChanged, device="side", position="open")
    with gate.talk("devices", "test", "side") as test:
        test.hear("the lock of 侧门 is released")
        test.answer("y")
        test.hear("close 侧门")
        gate.tell("close side")
        test.hear("open 侧门")
        gate.tell("open side")
        test.hear("close 侧门")
        gate.tell("close side")
        assert test.end() == 0
    assert "all 5 steps passed" in test.said


def test_a_fence_is_tried_zone_by_zone(gate):
    with gate.talk("devices", "test", "fence") as test:
        for zone, where in (("1", "北段"), ("2", "南段")):
            test.hear(f"climb, cut or short {where} (zone {zone}) now (within 60 s)")
            gate.tell(f"climb zone {zone}")
            test.hear("in alarm")
            test.hear(f"put {where} (zone {zone}) right again")
            gate.tell(f"mend zone {zone}")
            test.hear("normal")
        assert test.end() == 0


def test_the_wrong_zone_is_not_taken_for_the_right_one(gate):
    with gate.talk("devices", "test", "fence", "--wait", "3") as test:
        test.hear("(zone 1) now")
        gate.tell("climb zone 2")
        test.hear("nothing within 3 s")
        gate.tell("mend zone 2")
        assert test.end() == 1


def test_a_barrier_is_raised_its_guard_tried_and_lowered(gate):
    with gate.talk("devices", "test", "arm") as test:
        test.hear("道闸 rises: does it?")
        test.answer("y")
        test.hear("let 地感 of 道闸 close")
        gate.tell("car at arm")
        test.hear("open again")
        gate.tell("car gone from arm")
        test.hear("道闸 falls: does it?")
        test.answer("y")
        assert test.end() == 0


def test_a_board_is_tried_but_for_what_belongs_to_others(gate):
    with gate.talk("devices", "test", "board") as test:
        test.hear("the output lamp of 继电器板 closes for a moment")
        test.answer("y")
        test.hear("let 消防 of 继电器板 close")
        gate.tell("contact fire closed of board")
        test.hear("open again")
        gate.tell("contact fire open of board")
        assert test.end() == 0
    assert "all 4 steps passed" in test.said


def test_a_siren_a_controllers_door_a_patrol_point_and_a_probe_are_tried(gate):
    with gate.talk("devices", "test", "horn") as test:
        test.hear("output siren sounds or flashes")
        test.answer("y")
        assert test.end() == 0
    with gate.talk("devices", "test", "club-door") as test:
        test.hear("hold a card to 会所门")
        gate.tell("card 1042 at club-door")
        test.hear("card 1042, refused")
        test.hear("does it open?")
        test.answer("y")
        test.hear("open 会所门")
        gate.tell("open club-door")
        test.hear("close 会所门")
        gate.tell("close club-door")
        assert test.end() == 0
    with gate.talk("devices", "test", "point") as test:
        test.hear("hold a tag to 巡查点")
        gate.tell("tag 0A0058B7C1 at point")
        test.hear("tag 0A0058B7C1")
        assert test.end() == 0
    with gate.talk("devices", "test", "probe") as test:
        test.hear("passed", within_s=20)
        test.hear("words")
        assert test.end() == 0
    with gate.talk("devices", "test", "club") as test:
        assert test.end() == 0


def test_a_device_that_is_not_there_does_not_pass_and_says_why(gate):
    gate.tell("unplug point")
    gate.until(lambda: not gate.standing("point").online)
    with gate.talk("devices", "test", "point", "--wait", "1") as test:
        assert test.end() == 1
    gate.tell("plug point")
    gate.until(gate.all_online)
    assert re.search(
        r"not passed, 0\.\d s: the serial port (is not there|does not answer any more) \(.+\):", test.said
    )


def test_a_test_that_is_broken_off_tells_what_was_done_and_has_not_passed(gate):
    report = gate.folder / "broken.json"
    with gate.talk("devices", "test", "north", "--json", str(report)) as test:
        test.hear("hold a card")
        test.interrupt()
        assert test.end() == 130
    assert "broken off after 1 steps" in test.said
    told = json.loads(report.read_text("utf-8"))
    assert (told["passed"], told["broken_off"], len(told["steps"])) == (False, True, 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("devices", "test", "ghost"), "the site file names no device ghost"),
        (("devices", "test", "lane"), "lane is a camera"),
        (("devices", "test", "north", "--operator", " "), "correct --operator"),
        (("check", "--devices"), "menwei devices watch"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_exit_2(gate, arguments, says):
    told = gate.menwei(*arguments)
    assert told.returncode == 2
    assert says in told.stderr
    assert "Traceback" not in told.stderr


# The last ones: they end the daemon.


def test_watch_outlives_a_restart_and_a_test_does_not(gate):
    with gate.talk("devices", "watch") as watch, gate.talk("devices", "test", "north") as test:
        watch.hear("north")
        test.hear("hold a card")
        assert gate.down() == 0
        watch.hear("no daemon answers")
        assert test.end() == 2
        assert "ended the conversation" in test.said
        gate.up()
        watch.hear("club-door")
        watch.interrupt()
        assert watch.end() == 0


def test_without_a_daemon_each_is_one_sentence_and_exit_2(gate):
    assert gate.down() == 0
    assert not (gate.storage / "control.sock").exists()
    for arguments in (("watch", "--once"), ("watch",), ("test", "north")):
        told = gate.menwei("devices", *arguments)
        assert (told.returncode, told.stdout.count("\n") <= 1) == (2, True)
        assert told.stderr.startswith("error: no daemon answers in ")
        assert len(told.stderr.splitlines()) == 1


def test_a_daemon_that_cannot_make_its_socket_says_so_and_does_not_start(gate):
    (gate.storage / "control.sock").mkdir()
    told = gate.menwei("run", str(gate.file))
    (gate.storage / "control.sock").rmdir()
    assert told.returncode == 2
    assert "is in the way of the control socket: move it away" in told.stderr
    assert "Traceback" not in told.stderr
