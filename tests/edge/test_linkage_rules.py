from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from edge.alerts.alert import tell
from edge.clock import Moment
from edge.events import (
    Box,
    CameraCleared,
    CameraFound,
    CameraLost,
    CameraTampered,
    FaceSeen,
    PlateRead,
    PresenceBegan,
    VisionWorkerFound,
    VisionWorkerLost,
)
from edge.linkage.device_rule import CALM_S
from edge.linkage.effects import KeepObservation, RaiseAlert, SettleAlert
from edge.linkage.knowledge import Knowledge, WatchEntry
from edge.linkage.policy import policy_of
from edge.linkage.rules import Linkage, step
from edge.site.schema import Site

BOX = Box(0.4, 0.4, 0.1, 0.1)
PLATE = "鄂A12345"


def at(local, *, trusted=True):
    wall = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    return Moment(wall, 1000.0, trusted)


NIGHT, DAY = at("2026-11-20 23:30"), at("2026-11-20 12:00")


def policy(**vehicles):
    door = {"name": "单元门前", "polygon": [[0, 0], [1, 0], [1, 1]]}
    face = {"name": "门口", "place": "北门", "source": "a.mp4", "roles": ["face"], "purpose": "access"}
    lane = {"name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "security"}
    forbidden = [
        {"zone": "north/door", "hours": ["22:00-06:00"], "severity": "critical"},
        {"zone": "lane", "hours": ["22:00-06:00"]},
    ]
    return policy_of(
        Site.model_validate(
            {
                "site": {"id": "s", "name": "小区"},
                "cameras": {"north": face | {"zones": {"door": door}}, "lane": lane},
                "people": {"unknown_forbidden": forbidden},
                "vehicles": vehicles,
                "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
                "storage": {"directory": "."},
            }
        )
    )


def face(subject=None, zones=("door",), camera="north"):
    return FaceSeen(
        camera=camera, mono_s=1.0, track=1, subject=subject, similarity=0.61, frames_agreed=4, face_px=70,
        box=BOX, zones=zones, picture_score=0.7,
    )  # fmt: skip


def plate(text=PLATE):
    return PlateRead(
        camera="lane", mono_s=1.0, track=1, text=text, plate_type="civil", colour="blue", confidence=0.98,
        exact_reads=3, box=BOX,
    )  # fmt: skip


def asked(observation, now=NIGHT, knowledge=None, **vehicles):
    effects = step(Linkage(policy(**vehicles), knowledge or Knowledge()), observation, now).effects
    return [effect for effect in effects if not isinstance(effect, KeepObservation)]


def alerted(*args, **kwargs):
    (effect,) = asked(*args, **kwargs)
    assert isinstance(effect, RaiseAlert)
    return effect


def test_an_unknown_face_in_a_forbidden_zone_and_hour_alerts_without_a_name():
    alert = alerted(face())
    assert (alert.rule, alert.severity, alert.place, alert.zone) == (
        "unknown_person", "critical", "北门", "单元门前",
    )  # fmt: skip
    assert alert.subject is None
    assert tell(alert.text).zh == "北门：单元门前在禁止时段出现陌生人"
    assert "22:00-06:00" in tell(alert.why[1]).zh


@pytest.mark.parametrize(
    ("observation", "now"),
    [
        (face(), DAY),
        (face(zones=()), NIGHT),
        (face("person/1"), NIGHT),
        (face(camera="lane"), DAY),
        (PresenceBegan(camera="north", mono_s=1, track=1, what="person", zone="door", box=BOX), NIGHT),
        (PresenceBegan(camera="lane", mono_s=1, track=1, what="movement", zone=None, box=BOX), NIGHT),
    ],
)
def test_allowed_hours_other_places_known_people_and_unseen_faces_do_not_alert(observation, now):
    assert asked(observation, now) == []


def test_where_a_camera_knows_no_faces_any_person_in_forbidden_hours_alerts():
    presence = PresenceBegan(camera="lane", mono_s=1, track=1, what="person", zone=None, box=BOX)
    assert alerted(presence).rule == "unknown_person"


def test_a_clock_that_nobody_believes_does_not_switch_the_rule_off():
    alert = alerted(face(), at("2026-11-20 12:00", trusted=False))
    assert tell(alert.why[-1]).zh == "本机时钟尚未校准，按禁止时段处理"


def watched(kind="wanted", until_s=None):
    return WatchEntry(kind=kind, reason="盗窃", until_s=until_s)


@pytest.mark.parametrize(
    ("kind", "severity"), [("wanted", "critical"), ("barred", "warning"), ("cared-for", "notice")]
)
def test_a_watched_face_alerts_by_its_kind_at_any_hour(kind, severity):
    alert = alerted(face("watchlist/3"), DAY, Knowledge(watched_subjects={"watchlist/3": watched(kind)}))
    assert (alert.rule, alert.severity, alert.subject) == ("watched_face", severity, "watchlist/3")
    assert "盗窃" in tell(alert.text).zh
    assert "盗窃" in tell(alert.text).en


def test_a_registered_person_on_the_watch_list_alerts_under_the_registered_name():
    knowledge = Knowledge(names={"person/1": "王芳"}, watched_subjects={"person/1": watched("barred")})
    assert "王芳" in tell(alerted(face("person/1"), NIGHT, knowledge).why[0]).zh


def test_an_expired_entry_does_not_alert_and_one_about_to_expire_does():
    entry = {"watchlist/3": watched(until_s=NIGHT.wall_s)}
    knowledge = Knowledge(watched_subjects=entry, watched_plates={PLATE: watched(until_s=NIGHT.wall_s)})
    before = Moment(NIGHT.wall_s - 1, 1.0)
    assert asked(face("watchlist/3"), NIGHT, knowledge) == []
    assert alerted(face("watchlist/3"), before, knowledge).rule == "watched_face"
    assert alerted(plate(), before, knowledge).rule == "watched_plate"
    assert alerted(plate(), NIGHT, knowledge).rule == "unknown_vehicle"


def test_a_clock_that_nobody_believes_expires_nothing():
    knowledge = Knowledge(watched_subjects={"watchlist/3": watched(until_s=1.0)})
    assert alerted(face("watchlist/3"), at("2026-11-20 12:00", trusted=False), knowledge)


def test_a_watched_plate_alerts_even_when_registered_and_says_whose_it_is():
    knowledge = Knowledge(plates={PLATE: "李强"}, watched_plates={PLATE: watched()})
    alert = alerted(plate(), DAY, knowledge)
    assert (alert.rule, alert.severity) == ("watched_plate", "critical")
    assert any("李强" in tell(sentence).zh for sentence in alert.why)


def test_an_alert_of_a_watched_face_or_plate_says_what_to_do_and_who_asked():
    entry = WatchEntry(kind="wanted", reason="盗窃", owner="城关派出所", instruction="不要拦截，立即报警")
    knowledge = Knowledge(watched_subjects={"watchlist/3": entry}, watched_plates={PLATE: entry})
    for seen in (face("watchlist/3"), plate()):
        told = [tell(sentence).zh for sentence in alerted(seen, DAY, knowledge).why]
        assert told[1:] == [
            "处置要求：不要拦截，立即报警",
            "布控原因：盗窃，长期有效",
            "布控单位或布控人：城关派出所",
        ]


def test_a_registered_plate_is_silent_and_one_character_off_is_unknown():
    knowledge = Knowledge(plates={PLATE: "李强"})
    assert asked(plate(), DAY, knowledge) == []
    alert = alerted(plate("鄂A12346"), DAY, knowledge)
    assert (alert.rule, alert.subject) == ("unknown_vehicle", "plate/鄂A12346")
    assert all("李强" not in tell(sentence).zh for sentence in (alert.text, *alert.why))


def test_unknown_vehicles_alert_only_when_and_if_the_site_asks():
    assert asked(plate(), DAY, unknown_alert=False) == []
    assert asked(plate(), DAY, unknown_hours=["22:00-06:00"]) == []
    assert alerted(plate(), NIGHT, unknown_hours=["22:00-06:00"], severity="warning").severity == "warning"


def test_a_lost_camera_alerts_with_the_drivers_reason_in_both_languages():
    lost = CameraLost(camera="north", mono_s=1, reason="camera.silent", detail="rtsp", last_frame_age_s=5.04)
    alert = alerted(lost)
    assert alert.gap_s is None
    assert tell(alert.text).zh == "北门：摄像机“门口”画面中断"
    assert "不再发送数据（rtsp）" in tell(alert.why[0]).zh
    assert "门口 sends nothing any more (rtsp)" in tell(alert.why[0]).en
    assert "5.0" in tell(alert.why[1]).zh


def test_a_lost_camera_with_a_reason_nobody_knows_still_alerts():
    lost = CameraLost(camera="gone", mono_s=1, reason="x.y", detail="", last_frame_age_s=None)
    alert = alerted(lost)
    assert tell(alert.why[0]).zh == "设备没有响应"
    assert alert.place == "gone"


@pytest.mark.parametrize("how", ["covered", "black", "frozen", "moved"])
def test_each_tampering_alerts_for_itself_and_is_settled_by_its_own_end(how):
    alert = alerted(CameraTampered(camera="north", mono_s=1, how=how, measure=0.9))
    assert "门口" in tell(alert.text).zh
    assert asked(CameraCleared(camera="north", mono_s=2, how=how, lasted_s=1)) == [
        SettleAlert(alert.key, CALM_S)
    ]


def test_found_settles_lost_for_cameras_and_workers():
    lost = CameraLost(camera="north", mono_s=1, reason="r", detail="", last_frame_age_s=1)
    found = CameraFound(camera="north", mono_s=2, away_s=1, width=1, height=1, codec="h264")
    assert asked(found) == [SettleAlert(alerted(lost).key, CALM_S)]
    worker = VisionWorkerLost(worker=0, cameras=("north", "lane"), reason="r", detail="9", mono_s=1)
    alert = alerted(worker)
    assert "门口, 车道" in tell(alert.text).zh
    assert asked(VisionWorkerFound(worker=0, cameras=(), away_s=1, mono_s=2)) == [
        SettleAlert(alert.key, CALM_S)
    ]
