import json
import subprocess
import sys
import time

import pytest

from drivers.sim.broker import Broker, free_port
from edge.catalogue import text
from edge.clock import SystemClock
from edge.controller import Controller
from edge.events import Box, PlateRead, Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Site
from edge.store.store import Store
from edge.uplink.courier import Courier
from edge.uplink.topics import Topics
from edge.uplink.wiring import Wiring

PROGRAM = "from edge.cli import main; main()"


def community(*arguments, language="zh-CN"):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "community", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={"MENWEI_LANGUAGE": language, "PYTHONUTF8": "1"},
    )


def raise_two_alerts(folder, port):
    camera = {"name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "security"}
    site = Site.model_validate(
        {
            "site": {"id": "s", "name": "小区"},
            "cameras": {"lane": camera},
            "uplink": {"mqtt": {"host": "127.0.0.1", "port": port, "tls": False}},
            "storage": {"directory": "."},
        }
    )
    store, clock = Store.open(folder), SystemClock()
    controller = Controller.resume(site=site, store=store, clock=clock, boot="b", knowledge=Knowledge())
    for number in (1, 2):
        read = PlateRead(
            camera="lane", mono_s=0, track=number, text=f"鄂A0000{number}", plate_type="civil", colour="blue",
            confidence=0.9, exact_reads=2, box=Box(0, 0, 1, 1), picture_score=1.0,
        )  # fmt: skip
        controller.observe([Report(read, b"jpeg" if number == 2 else None)])
    courier = Courier(folder, Wiring("127.0.0.1", port, Topics("menwei", "s"), resend_after_s=0.5), clock)
    courier.start()
    deadline = time.monotonic() + 20
    while not (courier.state().connected and courier.state().oldest_age_s is None):
        assert time.monotonic() < deadline, "the alerts were not acknowledged"
        time.sleep(0.02)
    courier.stop()
    store.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_alerts_are_printed_one_a_line_in_the_readers_language(tmp_path, language):
    with Broker() as broker:
        process = community("--port", str(broker.port), language=language)
        raise_two_alerts(tmp_path, broker.port)
        process.terminate()
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = out.splitlines()
    assert len(lines) == 3
    severity = text("community.notice", language)
    said = text("alerts.unknown_vehicle", language, place="南门", plate="鄂A00001")
    assert text("community.raised", language, severity=severity, text=said, site="s", sequence=1) in lines[0]
    assert err.strip() == text("community.summary", language, taken=3, repeats=0)


def test_as_json_each_line_is_an_event_and_being_away_loses_none(tmp_path):
    with Broker() as broker:
        process = community("--port", str(broker.port), "--json", "--away", "0.5", "--site", "s")
        raise_two_alerts(tmp_path, broker.port)
        process.terminate()
        out, _ = process.communicate(timeout=20)
    events = [json.loads(line) for line in out.splitlines()]
    assert [(e["type"], e["sequence"][-1]) for e in events] == [
        ("menwei.alert.raised", "1"),
        ("menwei.alert.raised", "2"),
        ("menwei.picture.kept", "1"),
    ]


def test_without_a_broker_one_sentence_says_so():
    process = community("--port", str(free_port()))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "没有消息服务器应答" in err
    assert "Traceback" not in err
