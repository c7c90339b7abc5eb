"""What is remembered of passing over a restart."""

import pytest

from edge.access.stepping import Entered, Left, ModeChanged, Moved, PassUsed, Remembered
from edge.store import passing
from edge.store.database import open_database, transaction


@pytest.fixture
def database(tmp_path):
    connection = open_database(tmp_path / "menwei.db")
    yield connection
    connection.close()


def remember(connection, *memory):
    with transaction(connection):
        passing.write(connection, memory)
    return passing.read(connection)


def test_nothing_is_remembered_at_first(database):
    assert passing.read(database) == Remembered()


def test_the_last_use_of_a_pass_and_the_last_place_of_a_person_hold(database):
    held = remember(
        database, PassUsed(4, 1), PassUsed(4, 2), Moved("person/1", "in", 5), Moved("person/1", "out", 6)
    )
    assert held.uses == {4: 2}
    assert held.whereabouts == {"person/1": "out"}


def test_a_mode_holds_until_it_is_ended(database):
    assert remember(database, ModeChanged("lockdown", True, "operator/li", "drill", 1)).modes == {"lockdown"}
    assert remember(database, ModeChanged("lockdown", True, "operator/wu", "fight", 2)).modes == {"lockdown"}
    assert remember(database, ModeChanged("lockdown", False, "operator/li", "over", 3)).modes == frozenset()


def test_a_stay_ends_with_its_exit(database):
    assert remember(database, Entered("鄂A12345", "in", 10.0)).inside == {"鄂A12345": ("in", 10.0)}
    assert remember(database, Left("鄂A12345", "out", 20.0)).inside == {}
    row = database.execute("SELECT plate, entry, entered_wall_s, exit, left_wall_s FROM vehicle_stays")
    assert row.fetchall() == [("鄂A12345", "in", 10.0, "out", 20.0)]


def test_an_exit_without_entry_is_a_stay_of_its_own(database):
    assert remember(database, Left("鄂A12345", "out", 20.0)).inside == {}
    row = database.execute("SELECT plate, entry, entered_wall_s, exit, left_wall_s FROM vehicle_stays")
    assert row.fetchall() == [("鄂A12345", None, None, "out", 20.0)]


def test_of_two_entries_the_later_one_counts_and_leaves_first(database):
    held = remember(database, Entered("鄂A12345", "in", 10.0), Entered("鄂A12345", "side", 30.0))
    assert held.inside == {"鄂A12345": ("side", 30.0)}
    assert remember(database, Left("鄂A12345", "out", 40.0)).inside == {"鄂A12345": ("in", 10.0)}
