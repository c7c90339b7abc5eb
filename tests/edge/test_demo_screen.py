"""What the demo's two screens say, in both languages."""

import io
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.console import Console

from edge.alerts.alert import Alert, Text
from edge.catalogue import Language
from edge.demo.screen import Lines, LiveView, News
from edge.demo.tally import Tally
from edge.demo.wording import Wording
from edge.events import (
    Box,
    CameraCleared,
    CameraFound,
    CameraLost,
    CameraTampered,
    FaceSeen,
    Observation,
    PlateRead,
    PresenceBegan,
    PresenceEnded,
    Stamped,
    VisionWorkerFound,
    VisionWorkerLost,
)

BOX = Box(0.1, 0.1, 0.2, 0.2)
FACE = FaceSeen(
    camera="gate",
    mono_s=1.0,
    track=1,
    subject="person/1",
    similarity=0.712,
    frames_agreed=3,
    face_px=80,
    box=BOX,
)
PLATE = PlateRead(
    camera="gate",
    mono_s=1.0,
    track=2,
    text="鄂F8K362",
    plate_type="civil",
    colour="blue",
    confidence=0.9,
    exact_reads=4,
    box=BOX,
)
TOLD: tuple[Observation, ...] = (
    FACE,
    msgspec.structs.replace(FACE, subject=None),
    PLATE,
    PresenceBegan(camera="gate", mono_s=1.0, track=1, what="person", zone=None, box=BOX),
    PresenceBegan(camera="gate", mono_s=1.0, track=1, what="vehicle", zone=None, box=BOX),
    PresenceBegan(camera="gate", mono_s=1.0, track=1, what="movement", zone=None, box=BOX),
    CameraFound(camera="gate", mono_s=1.0, away_s=None, width=960, height=540, codec="h264"),
    CameraLost(
        camera="gate", mono_s=1.0, reason="camera.silent", detail="nothing heard", last_frame_age_s=5.0
    ),
    CameraTampered(camera="gate", mono_s=1.0, how="covered", measure=0.9),
    CameraCleared(camera="gate", mono_s=1.0, how="covered", lasted_s=3.0),
    VisionWorkerFound(worker=1, cameras=("gate",), away_s=None, mono_s=1.0),
    VisionWorkerLost(worker=1, cameras=("gate",), reason="worker_died", detail="exit code -9", mono_s=1.0),
)
QUIET: tuple[Observation, ...] = (
    msgspec.structs.replace(FACE, repeat=1),
    msgspec.structs.replace(FACE, repeat=1, subject=None),
    msgspec.structs.replace(PLATE, repeat=2),
    PresenceBegan(camera="gate", mono_s=1.0, track=1, what="person", zone="forecourt", box=BOX),
    PresenceEnded(camera="gate", mono_s=1.0, track=1, what="person", zone=None, lasted_s=2.0),
)
ALERT = Alert(
    id="a1",
    sequence=1,
    revision=0,
    kind="watched_face",
    key="k",
    severity="critical",
    state="open",
    place="大门",
    camera="gate",
    zone=None,
    subject="watchlist/1",
    first_wall_s=1_760_000_000.0,
    last_wall_s=1_760_000_000.0,
    first_mono_s=1.0,
    last_mono_s=1.0,
    boot="b",
    clock_trusted=True,
    cause_seq=1,
    count=3,
    gap_s=60.0,
    longest_s=None,
    text=Text(zh="发现重点布控人员", en="a wanted person is here"),
    why=(),
)
DECIDED = Tally(observations=1, decided={"a1": 1.0})
ACKNOWLEDGED = Tally(observations=1, decided={"a1": 1.0}, acknowledged={"a1": 1.25})


def wording(language: Language) -> Wording:
    return Wording(language, ZoneInfo("Asia/Shanghai"), {"gate": "大门"}, {"person/1": "居民甲"}, {})


def stamped(observation: Observation) -> Stamped:
    return Stamped(
        seq=1, wall_s=1_760_000_000.0, mono_s=1.0, boot="b", clock_trusted=True, observation=observation
    )


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("observation", TOLD, ids=lambda o: type(o).__name__)
def test_what_happens_at_the_gate_is_told(language: Language, observation: Observation):
    told = wording(language).observation(observation)
    assert told
    assert "{" not in told


@pytest.mark.parametrize("observation", QUIET, ids=lambda o: type(o).__name__)
def test_repetitions_and_endings_are_not_told(observation: Observation):
    assert wording("zh-CN").observation(observation) is None


def test_a_named_face_is_told_by_camera_and_name():
    assert wording("zh-CN").observation(FACE) == "大门：认出 居民甲（相似度 0.71）"


def test_an_alert_and_its_acknowledgement_are_each_told_once(capsys: pytest.CaptureFixture[str]):
    lines = Lines(wording("zh-CN"))
    for tally in (DECIDED, DECIDED, ACKNOWLEDGED, ACKNOWLEDGED):
        lines.show(News(1.0, [], [ALERT], tally))
    assert capsys.readouterr().out.splitlines() == [
        "16:53:20 预警 [紧急] 发现重点布控人员",
        "16:53:20 社区平台已确认：发现重点布控人员（250 毫秒）",
    ]


def live(language: Language, *news: News) -> str:
    written = io.StringIO()
    view = LiveView(wording(language), "演示小区", Console(file=written, force_terminal=True, width=120))
    try:
        view.note("note")
        for one in news:
            view.show(one)
    finally:
        view.close()
    return written.getvalue()


def test_the_live_view_shows_what_is_seen_alerted_and_acknowledged():
    drawn = live("zh-CN", News(12.5, [stamped(FACE)], [ALERT], ACKNOWLEDGED))
    for part in (
        "演示小区",
        "note",
        "认出 居民甲",
        "发现重点布控人员",
        "紧急",
        "3 次",
        "已确认 250 毫秒",
        "已运行 12 秒",
    ):
        assert part in drawn


def test_the_live_view_shows_what_waits():
    assert "waiting" in live("en", News(1.0, [], [ALERT], DECIDED))


def test_the_live_view_keeps_only_the_latest_observations():
    plates = [stamped(msgspec.structs.replace(PLATE, text=f"鄂A{n:05}")) for n in range(40)]
    drawn = live("zh-CN", News(1.0, plates, [], Tally(observations=40)))
    assert "鄂A00039" in drawn
    assert "鄂A00000" not in drawn
