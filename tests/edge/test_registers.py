"""What the registers keep, what they refuse, and that what is erased is gone."""

import sqlite3
from contextlib import closing

import pytest

from edge.refusal import Refused
from edge.registers import erasing, faces, houses, knowledge, organisations, people, vehicles, watchlist
from edge.registers.faces import FaceTemplate, GalleryEntry
from edge.registers.plates import normalised
from edge.registers.watchlist import Terms
from edge.store import layout, sealing
from edge.store.database import open_database
from edge.store.evidence import Evidence
from edge.store.sealing import SealingKey

NOW = 1_800_000_000.0
KEY = SealingKey(1, bytes(range(32)))
ENGINE = "yunet-sface"
ONE, TWO = FaceTemplate(ENGINE, b"one" * 40), FaceTemplate(ENGINE, b"two" * 40)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "storage"


@pytest.fixture
def box(folder):
    with closing(open_database(layout.database(folder))) as connection:
        yield connection


def add_person(box, name="张三", templates=(ONE,), key=KEY):
    return people.add(box, key, name=name, consent="C-1", templates=templates, now=NOW)


def terms(**changes):
    return Terms(**{"kind": "barred", "reason": "拖欠", "until_s": NOW + 60} | changes)


def add_watched_face(box, templates=(TWO,), **changes):
    return watchlist.add_face(box, KEY, templates=templates, terms=terms(**changes), now=NOW)


def add_watched_plate(box, plate="鄂F12345", now=NOW, **changes):
    return watchlist.add_plate(box, plate=plate, terms=terms(**changes), now=now)


def rows(box, table):
    return box.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_person_is_kept_with_consent_time_and_templates(box):
    person = add_person(box, templates=(ONE, TWO))
    assert people.everyone(box) == [person]
    assert (person.name, person.consent, person.added_s, person.templates) == ("张三", "C-1", NOW, 2)
    assert person.subject == "person/1"


def test_templates_lie_sealed_in_the_file(box, folder):
    add_person(box)
    add_watched_face(box)
    on_disk = b"".join(path.read_bytes() for path in folder.iterdir())
    assert "张三".encode() in on_disk
    assert ONE.data[:12] not in on_disk
    assert TWO.data[:12] not in on_disk


def test_templates_are_never_printed(box):
    add_person(box)
    gallery = faces.gallery(box, KEY, engine=ENGINE, now=NOW)
    for shown in (repr(ONE), repr(gallery), repr(people.everyone(box))):
        assert "oneone" not in shown


def test_the_gallery_holds_who_may_be_recognised_now(box):
    add_person(box)
    add_watched_face(box)
    add_person(box, name="李四", templates=(FaceTemplate("face_recognition", b"other"),))
    add_watched_plate(box)
    gallery = faces.gallery(box, KEY, engine=ENGINE, now=NOW)
    assert gallery.entries == (
        GalleryEntry("person/1", ENGINE, ONE.data),
        GalleryEntry("watchlist/1", ENGINE, TWO.data),
    )
    assert gallery.damaged == ()
    for later in (60, 61):
        ended = faces.gallery(box, KEY, engine=ENGINE, now=NOW + later)
        assert [entry.subject for entry in ended.entries] == ["person/1"]
    untrusted = faces.gallery(box, KEY, engine=ENGINE, now=float("-inf"))
    assert len(untrusted.entries) == 2


def test_a_swapped_template_is_told_and_the_others_still_open(box):
    for name in "abc":
        add_person(box, name=name)
    (sealed,) = box.execute("SELECT sealed FROM face_templates WHERE person = 1").fetchone()
    box.execute("UPDATE face_templates SET sealed = ? WHERE person = 2", (sealed,))
    gallery = faces.gallery(box, KEY, engine=ENGINE, now=NOW)
    assert [entry.subject for entry in gallery.entries] == ["person/1", "person/3"]
    assert gallery.damaged == ("person/2",)


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[31mb", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_printed_is_refused(name, box):
    with pytest.raises(Refused) as caught:
        add_person(box, name=name)
    assert caught.value.key == "registers.name_text"
    assert rows(box, "people") == 0


def test_consent_needs_a_reference(box):
    with pytest.raises(Refused) as caught:
        people.add(box, KEY, name="张三", consent=" ", templates=(ONE,), now=NOW)
    assert caught.value.key == "registers.consent_text"


def test_adding_is_all_or_nothing(box):
    unusable = SealingKey(1, b"short")
    with pytest.raises(ValueError, match="AESGCM"):
        add_person(box, key=unusable)
    with pytest.raises(ValueError, match="AESGCM"):
        watchlist.add_face(box, unusable, templates=(ONE,), terms=terms(), now=NOW)
    assert [rows(box, t) for t in ("people", "consents", "face_templates", "watchlist")] == [0, 0, 0, 0]


def test_another_connection_sees_a_change_by_data_version(box, folder):
    with closing(open_database(layout.database(folder))) as daemon:
        before = daemon.execute("PRAGMA data_version").fetchone()
        add_person(box)
        assert daemon.execute("PRAGMA data_version").fetchone() != before


def test_an_id_is_never_given_twice(box, folder):
    add_person(box)
    erasing.erase_person(box, 1, evidence=Evidence(layout.evidence(folder)), now=NOW)
    assert add_person(box).id == 2


@pytest.mark.parametrize("register", [houses, organisations, vehicles, watchlist])
def test_removing_nobody_is_refused(register, box):
    with pytest.raises(Refused) as caught:
        register.remove(box, 7, now=NOW)
    assert caught.value.key == "registers.no_such_entry"
    assert rows(box, "erasures") == 0


def test_a_vehicle_is_registered_once(box):
    vehicle = vehicles.add(box, plate="鄂F12345", owner="王五", now=NOW)
    assert vehicles.every_vehicle(box) == [vehicle]
    with pytest.raises(Refused) as caught:
        vehicles.add(box, plate="鄂F12345", owner="李四", now=NOW)
    assert caught.value.key == "registers.plate_registered"
    assert vehicles.remove(box, vehicle.id, now=NOW).label == "鄂F12345"
    assert vehicles.every_vehicle(box) == []


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        ("鄂F12345", "鄂F12345"),
        (" 鄂f·123 45", "鄂F12345"),
        ("鄂Ｆ－１２３４５", "鄂F12345"),
        ("鄂FD12345", "鄂FD12345"),
        ("粤Z1234港", "粤Z1234港"),
    ],
)
def test_a_plate_is_taken_as_people_type_it(typed, plate):
    assert normalised(typed) == plate


@pytest.mark.parametrize(
    "typed", ["", "鄂F1234", "鄂I12345", "F12345", "鄂F12345" * 100, "\x1b[2J", "89C-203.39"]
)
def test_a_plate_that_no_car_bears_is_refused_with_what_is_expected(typed):
    with pytest.raises(Refused, match="鄂F12345 or") as caught:
        normalised(typed)
    assert str(caught.value).isprintable()


def test_the_watch_list_keeps_kind_reason_end_and_name(box):
    entry = add_watched_face(box, name="小明", kind="wanted")
    assert watchlist.every_entry(box) == [entry]
    assert (entry.kind, entry.reason, entry.name, entry.until_s) == ("wanted", "拖欠", "小明", NOW + 60)
    assert entry.subject == "watchlist/1"


def test_the_watch_list_keeps_who_asked_and_what_to_do_and_tells_the_rules(box):
    asked = {"owner": "城关派出所", "instruction": "不要拦截"}
    entries = [add_watched_face(box, **asked), add_watched_plate(box, **asked)]
    assert watchlist.every_entry(box) == entries
    known = knowledge.gather(box)
    for entry in (known.watched_subjects["watchlist/1"], known.watched_plates["鄂F12345"]):
        assert (entry.owner, entry.instruction) == ("城关派出所", "不要拦截")
    for what, key in (("owner", "watch_owner_text"), ("instruction", "instruction_text")):
        with pytest.raises(Refused) as caught:
            add_watched_face(box, **{what: " "})
        assert caught.value.key == f"registers.{key}"


@pytest.mark.parametrize("until", [NOW, NOW - 1, float("nan")])
def test_an_end_that_does_not_lie_ahead_is_refused(until, box):
    with pytest.raises(Refused) as caught:
        add_watched_plate(box, until_s=until)
    assert caught.value.key == "registers.until_past"


def test_an_unknown_kind_does_not_get_into_the_watch_list(box):
    with pytest.raises(sqlite3.IntegrityError):
        add_watched_plate(box, kind="suspicious")
    assert rows(box, "watchlist") == 0


def test_a_plate_is_watched_for_once_at_a_time(box):
    add_watched_plate(box)
    with pytest.raises(Refused, match="watchlist/1"):
        add_watched_plate(box)
    later = add_watched_plate(box, now=NOW + 60, until_s=NOW + 90, reason="again")
    known = knowledge.gather(box)
    assert known.watched_plates["鄂F12345"].reason == "again"
    assert watchlist.remove(box, later.id, now=NOW).label == "鄂F12345"


def test_what_has_ended_is_erased_with_its_templates(box):
    add_watched_face(box)
    add_watched_plate(box, until_s=NOW + 120)
    add_person(box)
    assert watchlist.erase_expired(box, now=NOW + 59) == []
    (erased,) = watchlist.erase_expired(box, now=NOW + 60)
    assert (erased.subject, erased.templates) == ("watchlist/1", 1)
    assert [entry.plate for entry in watchlist.every_entry(box)] == ["鄂F12345"]
    assert faces.count(box) == 1


def test_the_rules_are_told_what_the_registers_know(box):
    add_person(box)
    vehicles.add(box, plate="鄂F12345", owner="王五", now=NOW)
    add_watched_face(box, name="小明", kind="cared-for")
    add_watched_plate(box, plate="京A12345", kind="wanted")
    known = knowledge.gather(box)
    assert known.names == {"person/1": "张三", "watchlist/1": "小明"}
    assert known.plates == {"鄂F12345": "王五"}
    assert {s: w.kind for s, w in known.watched_subjects.items()} == {"watchlist/1": "cared-for"}
    assert {p: (w.kind, w.until_s) for p, w in known.watched_plates.items()} == {
        "京A12345": ("wanted", NOW + 60)
    }


def test_a_first_key_is_made_and_a_lost_one_is_told(box, folder):
    path = layout.template_key(folder)
    key = faces.key_for(box, path)
    add_person(box, key=key)
    assert faces.key_for(box, path) == key
    path.unlink()
    with pytest.raises(Refused, match="backup") as caught:
        faces.key_for(box, path)
    assert caught.value.key == "registers.key_lost"
    assert not path.exists()
    with pytest.raises(Refused):
        sealing.load_key(path)


def test_a_template_belongs_to_exactly_one_holder(box):
    with pytest.raises(sqlite3.IntegrityError):
        box.execute("INSERT INTO face_templates (engine, sealed, added_s) VALUES ('x', x'00', 0)")
