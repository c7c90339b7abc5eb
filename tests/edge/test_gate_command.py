"""`menwei gate occupancy` as people call it."""

import json
from contextlib import closing

import pytest

from edge.access.stepping import Entered, Left
from edge.registers import vehicles
from edge.store import layout, passing
from edge.store.database import open_database, transaction
from tests.edge.command_line import at_a_site


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path):
    return at_a_site(monkeypatch, capsys, tmp_path)


@pytest.fixture
def drive(menwei, tmp_path):
    menwei("gate", "inside")  # makes the database

    def drive(*memory):
        with closing(open_database(layout.database(tmp_path / "demo-site"))) as box:
            if not vehicles.every_vehicle(box):
                vehicles.add(box, plate="鄂F12345", owner="张三", parking="staff", now=1.0)
            with transaction(box):
                passing.write(box, memory)

    return drive


def test_vehicles_inside_are_counted_by_their_parking_right(menwei, drive):
    drive(Entered("鄂F12345", "in", 10.0), Entered("鄂A99999", "in", 20.0), Entered("?1", "in", 30.0))
    (counted,) = json.loads(menwei("gate", "occupancy", "--json")[1])
    assert (counted["inside"], counted["kinds"]) == (3, {"staff": 1, "unknown": 1, "unread": 1})
    code, out, _ = menwei("gate", "occupancy")
    assert code == 0
    assert out.splitlines()[0] == "staff\t1"
    assert out.splitlines()[-1].startswith("3 vehicles inside")


def test_who_left_is_not_counted(menwei, drive):
    drive(Entered("鄂F12345", "in", 10.0), Left("鄂F12345", "out", 20.0))
    (counted,) = json.loads(menwei("gate", "occupancy", "--json")[1])
    assert (counted["inside"], counted["kinds"]) == (0, {})
