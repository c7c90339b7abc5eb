import pytest

from edge.alerts.alert import Picture
from edge.clock import DAY_S, ManualClock
from edge.controller import Controller
from edge.events import Box, PlateRead, Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Camera, MqttUplink, Retention, Site, SiteSection, Storage, Uplink
from edge.store import alert_rows, journal, outbox
from edge.store.database import transaction
from edge.store.retention import purge
from edge.store.store import Store

BEGIN_S = 1_790_000_000.0
KEEP = Retention(observations_days=30, alerts_days=60, evidence_days=10)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return ManualClock(BEGIN_S, 0.0)


@pytest.fixture
def seen(store, clock, tmp_path):
    """An unknown car came, stayed a moment and left: one settled alert with a picture."""
    camera = Camera(name="lane", place="gate", source="x", roles=["plate"], purpose="access")
    site = Site(
        site=SiteSection(id="s", name="s"),
        cameras={"lane": camera},
        uplink=Uplink(mqtt=MqttUplink(host="127.0.0.1", tls=False)),
        storage=Storage(directory=tmp_path),
    )
    controller = Controller.resume(site=site, store=store, clock=clock, boot="b", knowledge=Knowledge())
    read = PlateRead(
        camera="lane", mono_s=0.0, track=1, text="鄂F8K362", plate_type="civil", colour="blue",
        confidence=0.9, exact_reads=3, box=Box(0, 0, 1, 1), picture_score=1.0,
    )  # fmt: skip
    controller.observe([Report(read, b"\xff\xd8picture")])
    clock.advance(1000)
    controller.tick()
    return controller


def acknowledge_all(store, wall_s):
    with transaction(store.connection) as connection:
        for lane in ("alerts", "pictures"):
            outbox.acknowledge(connection, [row.id for row in outbox.waiting(connection, lane, 99)], wall_s)


def remains(store):
    (alert,) = list(alert_rows.read(store.connection)) or [None]
    pictures = len(list(store.evidence.directory.glob("*/*.jpg")))
    return alert is not None, pictures, len(list(journal.read(store.connection)))


def test_each_kind_of_record_leaves_by_its_own_clock(store, clock, seen):
    acknowledge_all(store, clock.wall())
    assert remains(store) == (True, 1, 1)
    purge(store, KEEP, BEGIN_S + 9 * DAY_S)
    assert remains(store) == (True, 1, 1)
    assert purge(store, KEEP, BEGIN_S + 11 * DAY_S).pictures == 1
    assert remains(store) == (True, 0, 1)
    assert purge(store, KEEP, BEGIN_S + 31 * DAY_S).observations == 1
    assert remains(store) == (True, 0, 0)
    gone = purge(store, KEEP, BEGIN_S + 61 * DAY_S)
    assert (gone.alerts, gone.events) == (1, 3)
    assert remains(store) == (False, 0, 0)


def test_what_the_community_server_has_not_acknowledged_stays_whatever_its_age(store, clock, seen):
    purge(store, KEEP, BEGIN_S + 1000 * DAY_S)
    alert_stays, pictures, _ = remains(store)
    assert (alert_stays, pictures) == (True, 1)
    assert len(outbox.waiting(store.connection, "alerts", 99)) == 2


def test_an_alert_that_is_open_stays_whatever_its_age(store, clock, seen):
    store.connection.execute("UPDATE alert SET state = 'open'")
    acknowledge_all(store, clock.wall())
    purge(store, KEEP, BEGIN_S + 1000 * DAY_S)
    assert remains(store)[:2] == (True, 1)


def test_a_picture_nobody_refers_to_is_swept(store):
    stray = Picture("a" * 64, "2026-01-01", 1.0)
    store.evidence.keep(stray, b"jpeg")
    assert purge(store, KEEP, BEGIN_S).pictures == 1


def test_two_databases_never_share_a_name(tmp_path):
    names = set()
    for folder in ("one", "two"):
        opened = Store.open(tmp_path / folder)
        names.add(opened.instance)
        opened.close()
    again = Store.open(tmp_path / "one")
    names.add(again.instance)
    again.close()
    assert len(names) == 2


def test_a_stay_leaves_with_the_observations_of_its_time_and_one_that_lasts_stays(store):
    stays = [("鄂A12345", BEGIN_S, BEGIN_S + 60), ("鄂B12345", BEGIN_S, None)]
    store.connection.executemany(
        "INSERT INTO vehicle_stays (plate, entry, entered_wall_s, left_wall_s) VALUES (?, 'in', ?, ?)", stays
    )
    assert purge(store, KEEP, BEGIN_S + 29 * DAY_S).stays == 0
    assert purge(store, KEEP, BEGIN_S + 31 * DAY_S).stays == 1
    assert store.connection.execute("SELECT plate FROM vehicle_stays").fetchall() == [("鄂B12345",)]
