import base64
import json
from zoneinfo import ZoneInfo

import pytest

from drivers.base import Malformed
from edge.alerts.alert import Picture
from edge.alerts.book import Book, Cause, Improved, step
from edge.clock import Moment
from edge.linkage.effects import RaiseAlert, Sentence, SettleAlert
from edge.uplink import cloudevents
from edge.uplink.answers import MOST_IDS, Answer, read_answer
from edge.uplink.cloudevents import Origin

ORIGIN = Origin("south", "小区", ZoneInfo("Asia/Shanghai"))
WALL_S = 1_700_000_000.25


def history():
    effect = RaiseAlert(
        rule="unknown_vehicle", key="k", severity="notice", place="南门", camera="lane",
        subject="plate/鄂A12345",
        text=Sentence("alerts.unknown_vehicle", {"place": "南门", "plate": "鄂A12345"}),
        why=(Sentence("alerts.why_plate_unknown", {"plate": "鄂A12345"}),),
    )  # fmt: skip
    shots = [Picture("a" * 64, "2023-11-14", 0.5), Picture("b" * 64, "2023-11-14", 0.9)]
    book, changes = Book(), []
    for number, (wanted, shot) in enumerate(
        [(effect, shots[0]), (effect, shots[1]), (SettleAlert("k"), None)]
    ):
        cause = Cause("south", "b", number, Moment(WALL_S + number, float(number)), shot)
        book, changed = step(book, wanted, cause)
        changes += changed
    return changes


def test_an_alert_is_a_cloudevent_with_its_own_id_and_a_time_with_zone():
    alert = history()[0].alert
    event = json.loads(cloudevents.alert_event(alert, ORIGIN, 42))
    assert (event["specversion"], event["id"], event["source"]) == ("1.0", alert.id, "/menwei/sites/south")
    assert (event["type"], event["sequence"]) == ("menwei.alert.raised", "000000000042")
    assert event["time"] == "2023-11-15T06:13:20.250+08:00"
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["text"] == {
        "zh-CN": "南门：发现未登记车辆 鄂A12345",
        "en": "南门: unregistered vehicle 鄂A12345",
    }
    assert event["data"]["why"][0]["zh-CN"] == "车牌 鄂A12345 未登记"
    assert event["data"]["picture"] == "a" * 64


def test_every_attribute_name_is_one_that_cloudevents_allows():
    improved = history()[1]
    assert isinstance(improved, Improved)
    for text in (
        cloudevents.alert_event(improved.alert, ORIGIN, 1),
        cloudevents.picture_event(improved.alert, improved.alert.picture, ORIGIN, 1),
    ):
        assert all(name.isalnum() and name.islower() for name in json.loads(text))


def test_each_revision_has_an_id_of_its_own():
    raised, improved, settled = (change.alert for change in history())
    ids = [cloudevents.alert_event_id(alert) for alert in (raised, improved, settled)]
    assert ids == [raised.id, f"{raised.id}.1", f"{raised.id}.2"]
    event = json.loads(cloudevents.alert_event(settled, ORIGIN, 3))
    assert (event["type"], event["data"]["state"], event["data"]["count"]) == (
        "menwei.alert.updated", "settled", 2,
    )  # fmt: skip
    assert event["time"] == "2023-11-15T06:13:22.250+08:00"


def test_a_picture_travels_as_base64_and_its_absence_is_told():
    alert = history()[0].alert
    event = cloudevents.picture_event(alert, alert.picture, ORIGIN, 7)
    full = json.loads(cloudevents.with_picture(event, b"\xff\xd8jpeg"))
    assert base64.b64decode(full["data_base64"]) == b"\xff\xd8jpeg"
    assert (full["alert"], full["sha256"], full["datacontenttype"]) == (alert.id, "a" * 64, "image/jpeg")
    bare = json.loads(cloudevents.with_picture(event, None))
    assert bare["data"] is None
    assert "data_base64" not in bare


def test_an_answer_names_ids_or_asks_to_resend():
    assert read_answer(b'{"ids": ["a", "b"], "more": 1}') == Answer(("a", "b"))
    assert read_answer(b'{"ids": [], "resend": true}') == Answer((), resend=True)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"ids": "a"}',
        b'{"ids": [1]}',
        b'{"ids": ["a"]',
        b'{"ids": ["' + b'","' * MOST_IDS + b'"]}',
    ],
)
def test_an_answer_that_is_none_is_malformed(payload):
    with pytest.raises(Malformed):
        read_answer(payload)
