from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner

from drivers.base import Malformed
from edge.bench import vision, vision_scene
from edge.refusal import Refused


@pytest.fixture
def small_recording(tmp_path: Path) -> Path:
    path = tmp_path / "small.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for number in range(25):
            picture = np.full((180, 320, 3), 90, np.uint8)
            picture[50:100, number * 8 : number * 8 + 40] = 230
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_costs_are_compared_turn_by_turn_after_one_unmeasured_round() -> None:
    done: list[str] = []
    spent = [0.0]

    def work(name: str, cost_s: float) -> None:
        done.append(name)
        spent[0] += cost_s

    costs = vision.in_turns(lambda: work("a", 3.0), lambda: work("b", 2.0), cpu=lambda: spent[0])
    assert costs == vision.Costs(3.0, 2.0, 1.5)
    assert done[:6] == ["a", "b", "a", "b", "a", "b"]


def test_the_gate_is_measured_on_the_recording_that_was_given(small_recording: Path) -> None:
    figures = vision.gate_figures(vision.Inputs(small_recording, Path(), Path()))
    assert figures[0].goal == 1.25
    assert figures[0].better == "at most"
    assert figures[0].value > 0.8
    assert vision._gated(small_recording) >= 3
    assert vision._decoded(small_recording) == 25


def test_the_face_pass_finds_the_one_face_of_the_photograph(weights: Path, photographs: Path) -> None:
    from models.faces import yunet_sface

    picture = vision_scene.one_face(photographs)
    assert picture.shape == (360, 640, 3)
    assert len(yunet_sface.load(weights).detect(picture)) == 1


def test_a_missing_photograph_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        vision_scene.one_face(tmp_path)
    assert raised.value.key == "vision.photograph_missing"


def test_a_recording_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    monkeypatch.setattr(vision, "FIGURES", (vision.gate_figures,))
    result = CliRunner().invoke(vision.command, ["--footage", str(broken)])
    assert isinstance(result.exception, Malformed)
    assert result.exception.key == "camera.footage_broken"
