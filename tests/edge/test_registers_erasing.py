"""What becomes of every trace of a person who is erased, and that it is told."""

from contextlib import closing

import msgspec
import pytest

from edge.alerts.alert import Alert, Text
from edge.refusal import Refused
from edge.registers import erasing, people, ties, vehicles, watchlist
from edge.registers.entries import insert
from edge.registers.faces import FaceTemplate
from edge.registers.houses import add as add_house
from edge.registers.houses import addressed
from edge.registers.watchlist import Terms
from edge.store import alert_rows, evidence, layout, outbox
from edge.store.database import open_database, transaction
from edge.store.evidence import Evidence
from edge.store.outbox import Content, Waiting
from edge.store.sealing import SealingKey

NOW = 1_800_000_000.0
KEY = SealingKey(1, bytes(range(32)))
NAME = "欧阳很特别"
WHERE = {"id": "front", "place": "北门"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "storage"


@pytest.fixture
def pictures(folder):
    return Evidence(layout.evidence(folder))


@pytest.fixture
def box(folder):
    with closing(open_database(layout.database(folder))) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        yield connection


def add_person(box, name=NAME, **details):
    return people.add(box, KEY, name=name, now=NOW, **details)


def picture_of(pictures, content=b"jpeg"):
    kept = evidence.describe(content, NOW, 0.9)
    pictures.keep(kept, content)
    return kept


def raise_alert(box, sequence=1, subject="person/1", state="settled", picture=None, name=NAME):
    alert = Alert(
        id=f"{sequence:032x}",
        sequence=sequence,
        revision=0,
        kind="watched_face",
        key=f"k{sequence}",
        severity="warning",
        state=state,
        place="北门",
        camera="front",
        zone=None,
        subject=subject,
        first_wall_s=NOW,
        last_wall_s=NOW,
        first_mono_s=0.0,
        last_mono_s=0.0,
        boot="b",
        clock_trusted=True,
        cause_seq=1,
        count=1,
        gap_s=None,
        longest_s=None,
        text=Text(zh=f"北门：{name}来了", en=f"{name} is here"),
        why=(Text(zh=f"与 {name} 一致", en=f"that of {name}"), Text(zh="其他", en="other")),
        picture=picture,
    )
    with transaction(box):
        alert_rows.write(box, alert)
    return alert


def send(box, alert, *, acknowledged=False):
    data = {"subject": alert.subject, "text": alert.text, "why": alert.why}
    event = msgspec.json.encode({"id": alert.id, "data": data}).decode()
    with transaction(box):
        row = Waiting(id=alert.id, lane="alerts", sequence=alert.sequence, after=0)
        outbox.queue(box, row, Content(event, None), NOW)
        if alert.picture:
            shown = msgspec.json.encode({"alert": alert.id, "sha256": alert.picture.sha256}).decode()
            row = Waiting(id=f"{alert.id}.picture.0", lane="pictures", sequence=alert.sequence, after=0)
            outbox.queue(box, row, Content(shown, alert.picture.path), NOW)
        if acknowledged:
            outbox.acknowledge(box, [alert.id], NOW)


def erase(box, pictures, person=1, now=NOW + 5):
    return erasing.erase_person(box, person, evidence=pictures, now=now)


def on_disk(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_what_hangs_on_a_person_goes_with_them_and_is_counted(box, pictures):
    add_person(box, consent="C-1", templates=(FaceTemplate("e", b"one"), FaceTemplate("e", b"two")))
    house = add_house(box, addressed("3", "", "1"), now=NOW)
    ties.add(box, person=1, tie="lives", to=house, since_s=0, now=NOW)
    insert(box, "credentials", {"person": 1, "kind": "card", "card": "1:2", "added_s": NOW})
    allowed = {"person": 1, "opening": "d", "allow": 1, "from_s": 0, "until_s": 1, "reason": "r"}
    insert(box, "exceptions", allowed | {"added_by": "x", "added_s": NOW})
    box.execute("INSERT INTO whereabouts VALUES ('person/1', 'inside', 0), ('person/2', 'inside', 0)")
    erased = erase(box, pictures)
    assert (erased.subject, erased.label) == ("person/1", NAME)
    assert erased.removed == {
        "face_templates": 2,
        "consents": 1,
        "ties": 1,
        "credentials": 1,
        "exceptions": 1,
        "whereabouts": 1,
    }
    assert erased.kept == {"receipt": 1}
    for table in ("people", *erasing._CASCADING):
        assert box.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert box.execute("SELECT subject FROM whereabouts").fetchall() == [("person/2",)]
    receipt = box.execute("SELECT subject, templates, consents, erased_s FROM erasures").fetchall()
    assert receipt == [("person/1", 2, 1, NOW + 5)]


def test_vehicles_of_a_person_stay_under_a_pseudonym(box, pictures):
    add_person(box)
    vehicles.add(box, plate="鄂F12345", person=1, now=NOW)
    vehicles.add(box, plate="鄂F12346", owner=NAME, now=NOW)
    vehicles.add(box, plate="鄂F12347", owner="王五", now=NOW)
    assert erase(box, pictures).pseudonymised == {"vehicles": 2}
    owners = [(vehicle.owner, vehicle.person) for vehicle in vehicles.every_vehicle(box)]
    assert owners == [("已删除人员#1", None), ("已删除人员#1", None), ("王五", None)]


def test_a_vehicle_of_a_namesake_is_left_and_told(box, pictures):
    add_person(box)
    add_person(box)
    vehicles.add(box, plate="鄂F12346", owner=NAME, now=NOW)
    erased = erase(box, pictures)
    assert (erased.pseudonymised, erased.kept) == ({}, {"receipt": 1, "namesakes": 1})
    assert vehicles.one(box, 1).owner == NAME


def add_visitor(box, until_s, purpose=f"看望{NAME}"):
    row = {"name": "客人", "host": 1, "purpose": purpose, "from_s": 0, "until_s": until_s, "passes": 1}
    insert(box, "visitors", row | {"nonce": b"n", "added_by": "x", "added_s": NOW})


def test_visits_to_a_person_lose_their_host_and_those_to_come_are_cancelled(box, pictures):
    add_person(box)
    add_visitor(box, until_s=NOW + 4)
    add_visitor(box, until_s=NOW + 60)
    assert erase(box, pictures).pseudonymised == {"visitors": 2}
    visitors = box.execute("SELECT host, purpose, cancelled_s FROM visitors ORDER BY id").fetchall()
    assert visitors == [(None, "看望已删除人员#1", None), (None, "看望已删除人员#1", NOW + 5)]


def test_a_settled_alert_tells_the_pseudonym_in_either_language(box, pictures):
    add_person(box)
    raise_alert(box)
    raise_alert(box, 2, subject="front")
    erased = erase(box, pictures)
    assert erased.pseudonymised == {"alerts": 2}
    for alert in alert_rows.read(box):
        assert alert.text == Text(zh="北门：已删除人员#1来了", en="erased person #1 is here")
        assert alert.why[0] == Text(zh="与 已删除人员#1 一致", en="that of erased person #1")
        assert alert.why[1].zh == "其他"


def test_events_lose_the_name_and_what_is_delivered_is_told(box, pictures):
    add_person(box)
    send(box, raise_alert(box))
    send(box, raise_alert(box, 2), acknowledged=True)
    erased = erase(box, pictures)
    assert erased.pseudonymised == {"alerts": 2, "events": 2}
    assert erased.kept == {"receipt": 1, "delivered": 1}
    for (event,) in box.execute("SELECT event FROM outbox"):
        assert NAME not in event
        assert msgspec.json.decode(event)["data"]["why"][0]["zh-CN"] == "与 已删除人员#1 一致"


@pytest.mark.parametrize("name", ['欧"阳', "a\\b", "O'Neil%_", "{id}", "[.*]", "é\u0301👩"])
def test_a_name_of_any_characters_is_replaced(name, box, pictures):
    add_person(box, name=name)
    send(box, raise_alert(box, subject="front", name=name))
    assert erase(box, pictures).pseudonymised == {"alerts": 1, "events": 1}
    assert next(alert_rows.read(box)).text.en == "erased person #1 is here"
    (event,) = box.execute("SELECT event FROM outbox").fetchone()
    assert msgspec.json.decode(event)["data"]["text"]["en"] == "erased person #1 is here"


def test_pictures_of_the_person_are_removed_and_their_events_go_without(box, pictures):
    add_person(box)
    shown = picture_of(pictures)
    send(box, raise_alert(box, picture=shown))
    assert erase(box, pictures).removed == {"pictures": 1}
    assert not (pictures.directory / shown.path).exists()
    assert [alert.picture for alert in alert_rows.read(box)] == [None]
    assert box.execute("SELECT picture FROM alert").fetchall() == [(None,)]
    assert outbox.content(box, f"{1:032x}.picture.0").picture is None


def test_a_picture_that_another_alert_shows_too_stays(box, pictures):
    add_person(box)
    shown = picture_of(pictures)
    raise_alert(box, picture=shown)
    raise_alert(box, 2, subject="plate/京A12345", picture=shown, name="别人")
    assert "pictures" not in erase(box, pictures).removed
    assert (pictures.directory / shown.path).exists()


def test_an_alert_about_the_persons_vehicle_loses_the_name_but_not_the_picture(box, pictures):
    add_person(box)
    add_person(box, name=f"{NAME}二号")
    vehicles.add(box, plate="鄂F12345", person=1, now=NOW)
    shown = picture_of(pictures)
    raise_alert(box, subject="plate/鄂F12345", picture=shown)
    erased = erase(box, pictures)
    assert erased.pseudonymised == {"vehicles": 1, "alerts": 1}
    (alert,) = alert_rows.read(box)
    assert (alert.text.en, alert.picture) == ("erased person #1 is here", shown)


def test_a_name_that_may_be_somebody_elses_stays_and_is_told(box, pictures):
    add_person(box)
    terms = Terms("barred", "r", NOW + 60, name=NAME)
    watchlist.add_plate(box, plate="京A12345", terms=terms, now=NOW)
    send(box, raise_alert(box, subject="watchlist/1"))
    erased = erase(box, pictures)
    assert erased.pseudonymised == {}
    assert erased.kept == {"receipt": 1, "watched": 1, "unsure": 2}
    assert NAME in next(alert_rows.read(box)).text.zh


def test_a_single_character_is_not_replaced_within_words(box, pictures):
    add_person(box, name="北")
    raise_alert(box, subject="front", name="王五")
    assert erase(box, pictures).pseudonymised == {}
    assert next(alert_rows.read(box)).text.zh == "北门：王五来了"


def test_a_name_in_an_open_alert_keeps_the_person_until_it_is_over(box, pictures):
    add_person(box)
    raise_alert(box, 7, state="open")
    with pytest.raises(Refused, match="alert 7 at 北门") as caught:
        erase(box, pictures)
    assert caught.value.key == "registers.in_open_alert"
    assert people.one(box, 1).name == NAME
    raise_alert(box, 7, state="settled")
    assert erase(box, pictures).pseudonymised == {"alerts": 1}


def test_an_open_alert_about_others_keeps_nobody(box, pictures):
    add_person(box)
    raise_alert(box, state="open", subject="person/2", name="王五")
    erase(box, pictures)
    assert people.everyone(box) == []


def test_the_journal_and_signatures_stay_and_are_told(box, pictures):
    add_person(box)
    add_house(box, addressed("3", "", "1"), confirmed_by=NAME, now=NOW)
    box.execute("INSERT INTO access_modes VALUES ('lockdown', ?, 'r', 0)", (NAME,))
    for seq, subject in enumerate(("person/1", "person/12", "person/1"), 1):
        box.execute(
            "INSERT INTO journal VALUES (?, 0, 0, 'b', 1, 'FaceSeen', ?)", (seq, f'{{"subject":"{subject}"}}')
        )
    assert erase(box, pictures).kept == {"receipt": 1, "journal": 2, "acts": 2}


def test_a_contact_of_an_organisation_goes(box, pictures):
    add_person(box)
    insert(box, "organisations", {"name": "物业", "contact": f"{NAME} 13800001234", "added_s": NOW})
    assert erase(box, pictures).removed == {"contacts": 1}
    assert box.execute("SELECT contact FROM organisations").fetchone() == (None,)


def test_a_contact_who_may_be_somebody_else_stays(box, pictures):
    add_person(box)
    add_person(box, name=f"{NAME}二号")
    insert(box, "organisations", {"name": "物业", "contact": f"{NAME}二号", "added_s": NOW})
    assert erase(box, pictures).removed == {}
    assert box.execute("SELECT contact FROM organisations").fetchone() == (f"{NAME}二号",)


def test_after_it_the_name_and_the_numbers_are_nowhere_on_the_disk(box, pictures, folder):
    add_person(box, consent="C-1", id_number="420106199001011231", phone="13800001234")
    vehicles.add(box, plate="鄂F12345", person=1, now=NOW)
    send(box, raise_alert(box))
    sealed = box.execute("SELECT id_number, id_number_tag, phone FROM people").fetchone()
    before = on_disk(folder)
    assert NAME.encode() in before
    assert all(column in before for column in sealed)
    assert b"420106199001011231" not in before
    assert erase(box, pictures).removed == {"numbers": 2, "consents": 1}
    after = on_disk(folder)
    assert NAME.encode() not in after
    assert all(column not in after for column in sealed)


def test_an_erasure_that_fails_changes_nothing(box, pictures):
    add_person(box)
    vehicles.add(box, plate="鄂F12345", person=1, now=NOW)
    shown = picture_of(pictures)
    raise_alert(box, picture=shown)
    box.execute("CREATE TRIGGER full BEFORE INSERT ON erasures BEGIN SELECT RAISE(FAIL, 'x'); END")
    with pytest.raises(Exception, match="x"):
        erase(box, pictures)
    assert people.one(box, 1).name == NAME
    assert vehicles.one(box, 1).person == 1
    assert next(alert_rows.read(box)).picture == shown
    assert (pictures.directory / shown.path).exists()


def test_nobody_is_erased_twice(box, pictures):
    add_person(box)
    erase(box, pictures)
    with pytest.raises(Refused, match="there is no person/1"):
        erase(box, pictures)
