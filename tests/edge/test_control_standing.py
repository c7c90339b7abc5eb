"""How everything stands, of what drivers, rules and vision workers know: online is never a memory."""

from drivers.base import DeviceHealth
from drivers.doors.door_state import DoorState
from edge.control.standing import Known, standing
from edge.linkage.door_alarms import Door
from edge.linkage.states import Held
from edge.site.roster import roster
from edge.site.schema import Site
from edge.vision.messages import CameraState, Heartbeat
from edge.vision.supervisor import HEARD_WITHIN_S

CAMERA = {"place": "南门", "source": "b", "roles": ["plate"], "purpose": "security"}
SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {"lane": {"name": "车道", **CAMERA}, "yard": {"name": "院子", **CAMERA}},
        "wires": {
            "doors": {
                "kind": "osdp", "port": "/dev/doors",
                "readers": {
                    "north": {"name": "北门", "place": "北门通道", "address": 0, "key_file": "k"},
                    "post": {"name": "岗亭", "place": "北门", "address": 1, "key_file": "k", "door": None},
                },
            },
            "bus": {
                "kind": "modbus", "port": "/dev/bus",
                "fences": {"fence": {
                    "name": "围栏", "place": "东墙", "unit": 1, "profile": "generic-16di",
                    "zones": {"1": {"name": "北段"}},
                }},
                "relay_boards": {"board": {
                    "name": "板", "place": "车", "unit": 2,
                    "contacts": {"loop": {"address": 0, "name": "环"}},
                }},
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)  # fmt: skip
ONLINE = DeviceHealth("fence", online=True, last_word_age_s=0.2, words=9, malformed=2, reconnects=1)
LOST = DeviceHealth(
    "north", online=False, last_word_age_s=7.5, words=3, malformed=0, reconnects=0, reason="door.silent",
    detail="OSDP 0",
)  # fmt: skip
HELD = Held(
    {("fence", "zone:1"): "alarm", ("fence", "armed"): "armed", ("board", "contact:loop"): "closed"},
    {("fence", "zone:1"): 90.0},
)
STREAMING = CameraState("streaming", 0.1, 0.2, 50, 1, 2)
LATE = CameraState("waiting", None, None, 0, 0, 3, reason="camera.unreachable", detail="rtsp://h/s")


def stand(health=(), held=None, doors=None, heartbeats=((("lane", "yard"), None),), mono_s=500.0):
    known = Known(
        health={h.device: h for h in health},
        held=held or Held(),
        doors=doors or {},
        heartbeats=heartbeats,
        wall_s=100.0,
        mono_s=mono_s,
    )
    return standing(SITE, roster(SITE.wires), known)


def by_id(standings):
    return {getattr(one, "device", getattr(one, "camera", None)): one for one in standings}


def test_every_device_and_camera_is_told_in_the_order_of_the_file():
    told = stand()
    assert [d.device for d in told.devices] == ["north", "post", "fence", "board"]
    assert [c.camera for c in told.cameras] == ["lane", "yard"]
    assert (told.site, told.name, told.wall_s) == ("s", "小区", 100.0)


def test_a_device_is_told_with_its_counters_and_why_it_is_not_there():
    told = by_id(stand(health=(ONLINE, LOST)).devices)
    fence, north = told["fence"], told["north"]
    assert (fence.online, fence.last_word_age_s, fence.words, fence.malformed, fence.reconnects) == (
        True, 0.2, 9, 2, 1,
    )  # fmt: skip
    assert (fence.name, fence.place, fence.kind, fence.wire) == ("围栏", "东墙", "fence", "bus")
    assert (north.online, north.reason, north.detail) == (False, "door.silent", "OSDP 0")


def test_a_device_that_no_driver_tells_of_is_not_online():
    told = by_id(stand().devices)["post"]
    assert (told.online, told.last_word_age_s, told.words) == (False, None, 0)


def test_states_are_told_by_the_names_that_guards_call_them_and_since_when():
    told = by_id(stand(health=(ONLINE,), held=HELD).devices)
    zone, armed = told["fence"].points
    assert (zone.point, zone.name, zone.state, zone.since_wall_s) == ("zone:1", "北段", "alarm", 90.0)
    assert (armed.point, armed.name, armed.state, armed.since_wall_s) == ("armed", "", "armed", None)
    assert [(p.name, p.state) for p in told["board"].points] == [("环", "closed")]
    assert told["north"].points == ()


def test_a_door_has_a_condition_and_what_is_no_door_has_none():
    doors = {"north": Door(DoorState(position="open", alarm="forced"))}
    told = by_id(stand(doors=doors).devices)
    assert told["north"].condition == "forced"
    assert told["post"].condition is told["fence"].condition is None
    assert by_id(stand().devices)["north"].condition == "unknown"


def test_a_camera_is_as_its_worker_last_said_with_ages_that_went_on():
    beat = Heartbeat(498.0, 1, {"lane": STREAMING, "yard": LATE})
    told = by_id(stand(heartbeats=((("lane", "yard"), beat),)).cameras)
    lane, yard = told["lane"], told["yard"]
    assert (lane.online, lane.state, lane.frames, lane.malformed, lane.reconnects) == (
        True, "streaming", 50, 1, 2,
    )  # fmt: skip
    assert (lane.last_packet_age_s, lane.last_frame_age_s) == (2.1, 2.2)
    assert (yard.online, yard.reason, yard.detail) == (False, "camera.unreachable", "rtsp://h/s")
    assert yard.last_frame_age_s is None


def test_a_camera_whose_worker_is_dead_silent_or_not_up_is_not_online():
    silent = Heartbeat(500.0 - HEARD_WITHIN_S - 1, 1, {"lane": STREAMING})
    told = by_id(stand(heartbeats=((("lane",), silent), (("yard",), None))).cameras)
    for camera in told.values():
        assert (camera.online, camera.state, camera.reason) == (False, "blind", "control.no_worker")
