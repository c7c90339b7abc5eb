import hashlib
import shutil
from pathlib import Path
from string import Formatter

import pytest

from edge import catalogue
from models.errors import WeightsError
from models.weights import photographs_folder, verified, weights_folder
from models.weights_manifest import PINNED, WEIGHTS

YUNET = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def a_copy(weights: Path, tmp_path: Path) -> Path:
    shutil.copy(weights / YUNET, tmp_path / YUNET)
    return tmp_path


def refusal(folder: Path) -> WeightsError:
    with pytest.raises(WeightsError) as caught:
        verified(folder, YUNET)
    return caught.value


def test_installed_weights_are_handed_out_as_the_very_bytes_that_were_checked(weights):
    data = verified(weights, YUNET)
    assert hashlib.sha256(data).hexdigest() == {p.name: p.sha256 for p in WEIGHTS}[YUNET]


def test_sface_folds_to_the_measured_hash():
    pinned = {p.name: p for p in WEIGHTS}["face_recognition_sface_2021dec.onnx"]
    assert pinned.sha256 == "a186242f53982d569dd88252f8ceecb6fae499be91b5d6895eaacc1f3009a1c0"


def test_every_weight_and_photograph_is_installed_as_pinned(weights, photographs):
    for pinned in PINNED:
        folder = weights if pinned.kind == "weight" else photographs
        assert len(verified(folder, pinned.name)) == pinned.size


def test_a_missing_weight_is_refused(tmp_path):
    assert refusal(tmp_path).key == "weights.missing"


def test_a_weight_cut_short_is_refused(a_copy):
    path = a_copy / YUNET
    path.write_bytes(path.read_bytes()[:-1])
    assert refusal(a_copy).key == "weights.truncated"


def test_a_weight_with_one_changed_bit_is_refused(a_copy):
    path = a_copy / YUNET
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    assert refusal(a_copy).key == "weights.tampered"


def test_a_longer_weight_is_refused(a_copy):
    with (a_copy / YUNET).open("ab") as file:
        file.write(b"x")
    assert refusal(a_copy).key == "weights.tampered"


def test_a_folder_where_a_weight_should_be_is_refused(tmp_path):
    (tmp_path / YUNET).mkdir()
    assert refusal(tmp_path).key == "weights.unreadable"


def test_a_refusal_reads_the_same_in_chinese(a_copy):
    (a_copy / YUNET).write_bytes(b"short")
    error = refusal(a_copy)
    chinese = catalogue.explain(error, "zh-CN")
    assert str(a_copy / YUNET) in chinese
    assert "5 字节" in chinese
    assert "{" not in chinese


def test_every_state_has_a_chinese_sentence():
    sentences = catalogue.sentences("zh-CN")
    for name in (
        "missing",
        "truncated",
        "tampered",
        "archive_missing",
        "archive_truncated",
        "archive_tampered",
    ):
        fields = {field for _, field, _, _ in Formatter().parse(sentences[f"weights.{name}"]) if field}
        assert fields <= {"path", "size", "expected_size", "sha256", "expected_sha256"}
        assert "path" in fields


def test_the_environment_moves_the_folders():
    environment = {"MENWEI_WEIGHTS": "/a", "MENWEI_PHOTOGRAPHS": "/b"}
    assert weights_folder(environment) == Path("/a")
    assert photographs_folder(environment) == Path("/b")
    assert weights_folder({}).parts[-3:] == ("share", "menwei", "weights")


def test_each_archive_is_asked_for_by_its_pinned_hash_and_no_index_is_named():
    folder = Path(__file__).parents[2] / "models"
    for archive in {p.archive for p in PINNED}:
        requirements = (folder / archive.requirements).read_text(encoding="utf-8")
        assert f"--hash=sha256:{archive.sha256}" in requirements
        assert "index" not in requirements
        assert "://" not in requirements
