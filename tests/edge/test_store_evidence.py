import hashlib

import pytest

from edge.store.evidence import Evidence, describe

WALL_S = 1_700_000_000.0


def test_a_picture_is_filed_by_its_day_and_content(tmp_path):
    picture = describe(b"jpeg", WALL_S, 0.5)
    assert picture.path == f"2023-11-14/{hashlib.sha256(b'jpeg').hexdigest()}.jpg"
    Evidence(tmp_path).keep(picture, b"jpeg")
    assert Evidence(tmp_path).read(picture.path) == b"jpeg"


def test_no_half_written_file_stays_when_the_disk_refuses(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge.store.evidence.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        Evidence(tmp_path).keep(describe(b"jpeg", WALL_S, 0.5), b"jpeg")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_sweep_removes_what_nothing_refers_to_and_halves(tmp_path):
    evidence = Evidence(tmp_path)
    kept, orphan = describe(b"kept", WALL_S, 0.5), describe(b"orphan", WALL_S, 0.5)
    evidence.keep(kept, b"kept")
    evidence.keep(orphan, b"orphan")
    (tmp_path / kept.day / "half.part").write_bytes(b"ha")
    assert evidence.sweep({kept.path}) == 2
    assert [file.name for file in tmp_path.glob("*/*")] == [f"{kept.sha256}.jpg"]
