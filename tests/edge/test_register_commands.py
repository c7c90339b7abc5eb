"""`menwei person | vehicle | watchlist` as people call them."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import cv2
import numpy as np
import pytest

from edge import cli
from edge.commands.moments import end_of, start_of
from edge.refusal import Refused
from edge.registers import faces
from edge.store import layout
from edge.store.database import open_database
from edge.store.sealing import load_key
from tests.edge.command_line import at_a_site

ENGINE = "yunet-sface"


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path, weights):
    monkeypatch.setenv("MENWEI_WEIGHTS", str(weights))
    return at_a_site(monkeypatch, capsys, tmp_path)


@pytest.fixture
def storage(tmp_path):
    return tmp_path / "demo-site"


def listed(menwei, register):
    code, out, _ = menwei(register, "list", "--json")
    assert code == 0
    return json.loads(out)


def test_a_person_is_added_listed_and_erased(menwei, photographs, storage):
    pictures = [photographs / "person_a_1.jpg", photographs / "person_a_2.jpg"]
    code, out, err = menwei(
        "person", "add", "张三", "--face", pictures[0], "--face", pictures[1], "--consent", "C-1"
    )
    assert (code, err) == (0, "")
    assert out == "person/1 added: 张三, templates: 2, consent: C-1\n"
    (person,) = listed(menwei, "person")
    assert (person["subject"], person["templates"], person["consent"]) == ("person/1", 2, "C-1")
    assert "张三" in menwei("person", "list")[1]
    code, out, _ = menwei("person", "remove", 1)
    assert code == 0
    assert out.splitlines() == [
        "person/1 erased for good: 张三",
        "removed: face templates: 2",
        "removed: consents: 1",
        "kept: receipts of the erasure: 1, with the id alone, to prove when it was",
    ]
    assert listed(menwei, "person") == []
    assert storage.stat().st_mode & 0o7777 == 0o700


def test_a_stored_template_is_the_one_that_the_engine_makes(menwei, photographs, storage):
    from models.faces.enrolment import enrol
    from models.faces.loading import load_engine
    from models.weights import weights_folder

    picture = photographs / "person_b_1.jpg"
    assert menwei("person", "add", "A", "--face", picture, "--consent", "C")[0] == 0
    connection = open_database(layout.database(storage))
    gallery = faces.gallery(connection, load_key(layout.template_key(storage)), engine=ENGINE, now=0)
    connection.close()
    stored = np.frombuffer(gallery.entries[0].template, "<f4")
    engine = load_engine(ENGINE, weights_folder())
    fresh = enrol(engine, cv2.imread(str(picture), cv2.IMREAD_COLOR)).template
    assert np.allclose(stored, fresh, atol=1e-4)


def test_pictures_of_two_people_do_not_become_one(menwei, photographs, storage):
    one, other = photographs / "person_a_1.jpg", photographs / "person_b_1.jpg"
    code, _, err = menwei("person", "add", "A", "--face", one, "--face", other, "--consent", "C")
    assert code == 2
    assert "do not show the same person" in err
    assert listed(menwei, "person") == []
    assert not layout.template_key(storage).exists()


@pytest.fixture
def pictures(tmp_path, photographs):
    """Pictures that no template can be made of, by what is wrong with them."""
    face = cv2.imread(str(photographs / "person_a_1.jpg"), cv2.IMREAD_COLOR)
    small = cv2.resize(face, None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
    wrong = {
        "two faces": np.hstack([face, face]),
        "no face": np.full((300, 300, 3), 127, np.uint8),
        "blurred": cv2.GaussianBlur(face, (0, 0), 12),
        "small": cv2.copyMakeBorder(small, 200, 200, 200, 200, cv2.BORDER_CONSTANT, value=(90, 90, 90)),
    }
    for name, picture in wrong.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    (tmp_path / "text.png").write_text("no picture", "utf-8")
    (tmp_path / "empty.png").touch()
    (tmp_path / "cut.jpg").write_bytes((photographs / "person_a_1.jpg").read_bytes()[:40])
    return tmp_path


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("two faces.png", "2 faces"),
        ("no face.png", "No face"),
        ("blurred.png", "is blurred"),
        ("small.png", "px wide"),
        ("text.png", "no picture that can be read"),
        ("empty.png", "no picture that can be read"),
        ("cut.jpg", "no picture that can be read"),
        ("none.png", "there is no picture"),
        (".", "cannot be read"),
    ],
)
def test_a_picture_that_will_not_do_is_refused_with_the_reason(menwei, pictures, name, told):
    code, out, err = menwei("person", "add", "A", "--face", pictures / name, "--consent", "C")
    assert (code, out) == (2, "")
    assert told in err
    assert str(pictures / name) in err
    assert len(err.splitlines()) == 1
    assert listed(menwei, "person") == []


def test_the_reason_is_told_in_chinese_too(menwei, monkeypatch, pictures):
    monkeypatch.setenv("MENWEI_LANGUAGE", "zh")
    _, _, err = menwei("person", "add", "A", "--face", pictures / "no face.png", "--consent", "C")
    assert "照片中没有找到人脸" in err


def test_consent_is_required(menwei, photographs):
    code, _, err = menwei("person", "add", "A", "--face", photographs / "person_a_1.jpg")
    assert code == 2
    assert "--consent" in err


def test_a_vehicle_is_added_listed_and_erased(menwei):
    assert menwei("vehicle", "add", "鄂f·12345", "--owner", "王五")[1] == "vehicle/1 added: 鄂F12345, 王五\n"
    (vehicle,) = listed(menwei, "vehicle")
    assert (vehicle["plate"], vehicle["owner"]) == ("鄂F12345", "王五")
    code, _, err = menwei("vehicle", "add", "鄂F12345", "--owner", "李四")
    assert (code, err) == (2, "error: 鄂F12345 is registered already\n")
    assert "鄂F12345" in menwei("vehicle", "list")[1]
    assert menwei("vehicle", "remove", 1)[0] == 0
    assert menwei("vehicle", "list")[1] == "nothing is registered\n"


def test_a_plate_that_no_car_bears_is_refused(menwei):
    code, _, err = menwei("vehicle", "add", "鄂F1234", "--owner", "A")
    assert code == 2
    assert "like 鄂F12345" in err


def test_a_plate_is_watched_for_until_its_end(menwei):
    entry = ("--plate", "京A12345", "--kind", "barred", "--reason", "拖欠", "--until", "2199-01-01")
    code, out, _ = menwei("watchlist", "add", *entry)
    assert (code, out) == (0, "watchlist/1 added: barred, until 2199-01-02 00:00\n")
    assert "京A12345" in menwei("watchlist", "list")[1]
    (watched,) = listed(menwei, "watchlist")
    assert (watched["subject"], watched["reason"]) == ("watchlist/1", "拖欠")
    assert menwei("watchlist", "remove", 1)[0] == 0
    assert listed(menwei, "watchlist") == []


def test_a_face_is_watched_for_and_erased_with_its_template(menwei, photographs):
    picture = photographs / "impostor_1.jpg"
    entry = (
        "--face",
        picture,
        "--kind",
        "wanted",
        "--reason",
        "走失",
        "--until",
        "2199-01-01",
        "--name",
        "小明",
    )
    assert menwei("watchlist", "add", *entry)[0] == 0
    assert listed(menwei, "watchlist")[0]["templates"] == 1
    assert "小明" in menwei("watchlist", "list")[1]
    assert "face templates: 1" in menwei("watchlist", "remove", 1)[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--plate", "京A12345", "--face", "x.jpg", "--until", "2199-01-01"), "either --face or --plate"),
        (("--until", "2199-01-01"), "either --face or --plate"),
        (("--plate", "京A12345", "--until", "2001-01-01"), "must lie ahead"),
        (("--plate", "京A12345", "--until", "tomorrow"), "2026-12-31"),
        (("--plate", "京A12345", "--until", "9999-12-31"), "2026-12-31"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(menwei, options, told):
    code, _, err = menwei("watchlist", "add", "--kind", "barred", "--reason", "R", *options)
    assert code == 2
    assert told in err
    assert listed(menwei, "watchlist") == []


def test_a_moment_is_local_to_the_site_unless_it_says():
    zone = timezone(timedelta(hours=8))
    assert start_of("2026-12-31", zone) == datetime(2026, 12, 30, 16, tzinfo=UTC).timestamp()
    assert start_of("2026-12-31T18:00", zone) == end_of("2026-12-31T18:00", zone)
    assert end_of("2026-12-31", zone) == datetime(2026, 12, 31, 16, tzinfo=UTC).timestamp()
    assert end_of("2026-12-31T18:00", zone) == datetime(2026, 12, 31, 10, tzinfo=UTC).timestamp()
    assert end_of("2026-12-31T18:00+00:00", zone) == datetime(2026, 12, 31, 18, tzinfo=UTC).timestamp()
    with pytest.raises(Refused):
        end_of("31.12.2026", zone)


@pytest.mark.parametrize("register", ["person", "vehicle", "watchlist"])
def test_an_id_that_does_not_exist_is_refused(menwei, register):
    code, _, err = menwei(register, "remove", 99)
    assert code == 2
    assert f"there is no {register}/99" in err


def test_a_storage_folder_that_cannot_be_made_is_refused(menwei, tmp_path):
    (tmp_path / "demo-site").write_text("a file in its place", "utf-8")
    code, _, err = menwei("person", "list")
    assert code == 2
    assert "storage.directory" in err


def test_a_template_that_cannot_be_stored_leaves_nothing(menwei, photographs, storage):
    assert menwei("person", "list")[0] == 0
    with sqlite3.connect(layout.database(storage)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON face_templates BEGIN SELECT RAISE(FAIL, 'x'); END"
        )
    connection.close()
    with pytest.raises(sqlite3.IntegrityError):
        cli.menwei.main(
            ["person", "add", "A", "--face", str(photographs / "person_a_1.jpg"), "--consent", "C"],
            standalone_mode=False,
        )
    assert listed(menwei, "person") == []


def test_a_database_that_takes_nothing_is_refused_in_one_sentence(menwei, monkeypatch, storage):
    assert menwei("vehicle", "list")[0] == 0
    monkeypatch.setattr("edge.store.database.BUSY_TIMEOUT_S", 0.1)
    other = sqlite3.connect(layout.database(storage), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, out, err = menwei("vehicle", "add", "鄂F12345", "--owner", "A")
    other.close()
    assert (code, out) == (2, "")
    assert err == (
        "error: the database did not take it (database is locked); nothing was changed: "
        "see to disk and load, try again\n"
    )
    assert listed(menwei, "vehicle") == []
