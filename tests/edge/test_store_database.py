import sqlite3
from contextlib import closing

import pytest

from edge import catalogue
from edge.refusal import Refused
from edge.store import database
from edge.store.database import Migration, open_database, require_sound, transaction
from edge.store.store import Store


def refusal(path):
    with pytest.raises(Refused) as caught:
        open_database(path)
    assert str(path) in catalogue.explain(caught.value, "zh-CN")
    return caught.value.key


def test_a_new_database_is_durable_and_carries_every_migration(tmp_path):
    with closing(open_database(tmp_path / "menwei.db")) as connection:
        newest = max(step.number for step in database.migrations())
        assert connection.execute("PRAGMA user_version").fetchone() == (newest,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_migrations_are_numbered_without_gaps_or_twins():
    numbers = [step.number for step in database.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(tmp_path):
    first = Migration(1, "first", "CREATE TABLE a (b TEXT);")
    second = Migration(2, "second", "-- why\nALTER TABLE a ADD COLUMN c TEXT DEFAULT 'x';")
    with closing(open_database(tmp_path / "d", [first])) as connection:
        connection.execute("INSERT INTO a VALUES ('kept')")
    with closing(open_database(tmp_path / "d", [first, second])) as connection:
        assert connection.execute("SELECT b, c FROM a").fetchall() == [("kept", "x")]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path):
    broken = Migration(1, "broken", "CREATE TABLE a (b TEXT); CREATE TABLE a (b TEXT);")
    with pytest.raises(Refused):
        open_database(tmp_path / "d", [broken])
    with closing(sqlite3.connect(tmp_path / "d")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    with closing(open_database(tmp_path / "d")) as connection:
        connection.execute("PRAGMA user_version = 9999")
    assert refusal(tmp_path / "d") == "store.too_new"


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "d")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = (tmp_path / "d").read_bytes()
    assert refusal(tmp_path / "d") == "store.foreign"
    assert (tmp_path / "d").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    (tmp_path / "d").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    assert refusal(tmp_path / "d") == "store.damaged"
    assert (tmp_path / "d").read_bytes().startswith(b"no database")


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path):
    (tmp_path / "d").mkdir()
    assert refusal(tmp_path / "d") == "store.unreadable"


def test_a_database_with_torn_pages_is_refused_by_the_store(tmp_path):
    Store.open(tmp_path).close()
    file = tmp_path / "menwei.db"
    content = bytearray(file.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(content)
    with pytest.raises(Refused) as caught:
        Store.open(tmp_path)
    assert caught.value.key == "store.damaged"


def test_a_sound_database_passes(tmp_path):
    with closing(open_database(tmp_path / "d")) as connection:
        require_sound(connection, tmp_path / "d")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_exception_inside_a_transaction_undoes_all_of_it(tmp_path):
    with closing(open_database(tmp_path / "d")) as connection:
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany("INSERT INTO counter VALUES (?, 1)", [("new",), ("alert",)])
        assert connection.execute("SELECT * FROM counter WHERE name = 'new'").fetchall() == []


def test_only_one_controller_at_a_time_holds_a_store(tmp_path):
    first = Store.open(tmp_path)
    with pytest.raises(Refused) as caught:
        Store.open(tmp_path)
    assert caught.value.key == "store.held"
    first.close()
    Store.open(tmp_path).close()
