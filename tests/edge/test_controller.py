import sqlite3
import subprocess
import sys

import msgspec
import pytest

from drivers.base import Transient
from edge.access.register import AccessRegister
from edge.alerts.book import Improved, Merged, Raised, Settled
from edge.clock import ManualClock
from edge.controller import Controller
from edge.deciding import decide
from edge.events import Box, CameraFound, CameraLost, PlateRead, PresenceBegan, Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Site
from edge.store import alert_rows, journal, outbox
from edge.store.store import Store

BOX = Box(0.4, 0.4, 0.1, 0.1)
SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "lane": {
                "name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "security",
            }
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)  # fmt: skip


def plate(text="鄂A12345", track=1, score=0.0, picture=None):
    read = PlateRead(
        camera="lane", mono_s=1.0, track=track, text=text, plate_type="civil", colour="blue", confidence=0.98,
        exact_reads=3, box=BOX, picture_score=score,
    )  # fmt: skip
    return Report(read, picture)


LOST = Report(CameraLost(camera="lane", mono_s=1, reason="camera.silent", detail="x", last_frame_age_s=5))
FOUND = Report(CameraFound(camera="lane", mono_s=2, away_s=1, width=1, height=1, codec="h264"))
PASSING = Report(PresenceBegan(camera="lane", mono_s=1, track=9, what="vehicle", zone=None, box=BOX))


@pytest.fixture
def clock():
    return ManualClock(1_700_000_000.0, 1000.0)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "store")
    yield opened
    opened.close()


def resumed(store, clock, knowledge=None, boot="b"):
    return Controller.resume(
        site=SITE, store=store, clock=clock, boot=boot, knowledge=knowledge or Knowledge()
    )


def kinds(outcome):
    return [type(change) for change in outcome.changes]


def queued(store, lane="alerts"):
    rows = outbox.waiting(store.connection, lane, 1000)
    return [msgspec.json.decode(outbox.content(store.connection, row.id).event) for row in rows]


def test_an_observation_its_alert_and_the_event_to_send_are_written_together(store, clock):
    outcome = resumed(store, clock).observe([plate(picture=b"jpeg", score=0.5)])
    (alert,) = alert_rows.read(store.connection)
    (row,) = journal.read(store.connection)
    assert row.observation == plate(score=0.5).observation
    assert (row.wall_s, row.mono_s, row.boot, row.clock_trusted) == (clock.wall_s, clock.mono_s, "b", True)
    assert outcome.changes == (Raised(alert),)
    assert alert.cause_seq == 1
    (event,) = queued(store)
    assert (event["id"], event["data"]["subject"]) == (alert.id, "plate/鄂A12345")
    (shown,) = queued(store, "pictures")
    assert shown["alert"] == alert.id
    assert store.evidence.read(alert.picture.path) == b"jpeg"


def test_pictures_that_no_alert_needs_are_not_kept(store, clock):
    controller = resumed(store, clock, Knowledge(plates={"鄂A12345": "李强"}))
    controller.observe(
        [plate(picture=b"resident", score=0.9), msgspec.structs.replace(PASSING, picture=b"x")]
    )
    assert list((store.directory / "evidence").glob("*/*")) == []
    assert len(list(journal.read(store.connection))) == 2


@pytest.mark.parametrize("table", ["journal", "alert", "outbox"])
def test_a_batch_that_cannot_be_written_leaves_no_trace_and_can_be_tried_again(store, clock, table):
    controller = resumed(store, clock)
    before = controller.state
    store.connection.execute(f"ALTER TABLE {table} RENAME TO away")
    with pytest.raises(Transient) as caught:
        controller.observe([plate(), LOST])
    store.connection.execute(f"ALTER TABLE away RENAME TO {table}")
    assert caught.value.key == "store.unwritable"
    assert controller.state is before
    counted = (
        "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM alert) + (SELECT count(*) FROM outbox)"
    )
    assert store.connection.execute(counted).fetchone() == (0,)
    assert kinds(controller.observe([plate(), LOST])) == [Raised, Raised]


def test_a_database_that_another_process_holds_is_a_transient_error(store, clock):
    controller = resumed(store, clock)
    store.connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(store.directory / "menwei.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient):
        controller.observe([plate()])
    other.execute("ROLLBACK")
    other.close()
    assert kinds(controller.observe([plate()])) == [Raised]


def test_a_picture_that_cannot_be_written_is_left_out_rather_than_the_alert(store, clock, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge.store.evidence.os.fsync", full)
    (change,) = resumed(store, clock).observe([plate(picture=b"jpeg", score=0.5)]).changes
    assert isinstance(change, Raised)
    assert change.alert.picture is None
    assert queued(store, "pictures") == []


def test_a_parked_car_neither_fills_the_journal_nor_raises_again(store, clock):
    controller = resumed(store, clock)
    for _ in range(600):
        controller.observe([plate()])
        clock.advance(1)
    assert len(list(journal.read(store.connection))) == 10
    (alert,) = alert_rows.read(store.connection)
    assert alert.count == 600
    assert len(queued(store)) == 1


def test_a_better_picture_is_sent_as_an_update_and_a_picture_after_it(store, clock):
    controller = resumed(store, clock)
    reports = [plate(picture=b"first", score=0.5), plate(picture=b"worse", score=0.4)]
    outcome = controller.observe([*reports, plate(picture=b"better", score=0.9)])
    assert kinds(outcome) == [Raised, Merged, Improved]
    raised, updated = queued(store)
    assert (raised["type"], updated["type"]) == ("menwei.alert.raised", "menwei.alert.updated")
    assert updated["id"] == f"{raised['id']}.1"
    rows = outbox.waiting(store.connection, "pictures", 10)
    assert [(row.sequence, row.after) for row in rows] == [(1, 1), (2, 2)]
    kept = {file.read_bytes() for file in (store.directory / "evidence").glob("*/*")}
    assert kept == {b"first", b"better"}


def test_a_visit_that_ends_by_time_is_told_with_its_count(store, clock):
    controller = resumed(store, clock)
    controller.observe([plate(), plate()])
    clock.advance(301)
    outcome = controller.tick()
    assert kinds(outcome) == [Settled]
    assert outcome.queued
    event = queued(store)[-1]
    assert (event["data"]["state"], event["data"]["count"]) == ("settled", 2)
    assert controller.tick().changes == ()


def test_a_lost_camera_is_one_alert_across_restarts_until_it_is_found(store, clock):
    first = resumed(store, clock)
    assert kinds(first.observe([LOST])) == [Raised]
    clock.mono_s = 3.0
    second = resumed(store, clock, boot="next")
    clock.advance(7 * 86_400)
    assert kinds(second.observe([LOST])) == [Merged]
    assert kinds(second.observe([FOUND])) == [Merged]
    clock.advance(61)
    assert kinds(second.tick()) == [Settled]
    (alert,) = alert_rows.read(store.connection)
    assert (alert.state, alert.count) == ("settled", 2)


def test_after_a_restart_numbers_go_on_and_the_visit_goes_on(store, clock):
    resumed(store, clock).observe([plate("鄂A00001"), plate("鄂A00002")])
    clock.advance(10)
    again = resumed(store, clock)
    assert kinds(again.observe([plate("鄂A00001")])) == [Merged]
    (change,) = again.observe([plate("鄂A00003", track=3)]).changes
    assert change.alert.sequence == 3
    assert [event["sequence"] for event in queued(store)] == [f"{n:012d}" for n in (1, 2, 3)]


def test_what_the_registers_learn_counts_from_the_next_observation(store, clock):
    controller = resumed(store, clock)
    controller.learn(Knowledge(plates={"鄂A12345": "李强"}), AccessRegister())
    assert controller.observe([plate()]).changes == ()


def test_the_same_observations_give_the_same_alerts_byte_for_byte(tmp_path):
    def run(name):
        clock, store = ManualClock(1_700_000_000.0, 1000.0), Store.open(tmp_path / name)
        controller = resumed(store, clock)
        for number in range(20):
            controller.observe([plate(f"鄂A{number % 3:05d}", picture=bytes([number]), score=number), LOST])
            clock.advance(40)
        alerts = [msgspec.json.encode(alert) for alert in alert_rows.read(store.connection)]
        events = queued(store)
        store.close()
        return alerts, events

    assert run("one") == run("two")


def test_a_decision_writes_nothing(store, clock):
    controller = resumed(store, clock)
    decision = decide(
        controller.state, [plate(picture=b"jpeg", score=1.0)], controller._now(), site="s", boot="b"
    )
    assert kinds(decision.outcome) == [Raised]
    assert list(journal.read(store.connection)) == []
    assert not (store.directory / "evidence").exists()


def test_controller_store_and_uplink_load_no_codec_and_no_model():
    program = (
        "import sys, edge.controller, edge.uplink.courier, edge.store.store\n"
        "heavy = {'av', 'cv2', 'numpy', 'onnxruntime', 'onnx'} & set(sys.modules)\n"
        "rss = next(line for line in open('/proc/self/status') if line.startswith('VmRSS'))\n"
        "print(sorted(heavy), int(rss.split()[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy, rss_mb = done.stdout.rsplit(" ", 1)
    assert heavy == "[]"
    assert int(rss_mb) < 60


def test_an_alert_without_a_picture_of_its_own_takes_the_cameras_last(store, clock):
    controller = resumed(store, clock, Knowledge(plates={"鄂A12345": "李强"}))
    controller.observe([plate(picture=b"lately", score=0.9)])
    clock.advance(20)
    (raised,) = controller.observe([LOST]).changes
    assert store.evidence.read(raised.alert.picture.path) == b"lately"


def test_a_picture_of_long_ago_shows_no_alert(store, clock):
    controller = resumed(store, clock, Knowledge(plates={"鄂A12345": "李强"}))
    controller.observe([plate(picture=b"long ago", score=0.9)])
    clock.advance(31)
    (raised,) = controller.observe([LOST]).changes
    assert raised.alert.picture is None
