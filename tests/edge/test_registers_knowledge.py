"""Which plates are expected: those of visitors who may still come."""

from contextlib import closing

import pytest

from edge.registers import knowledge
from edge.store.database import open_database

NOW = 1_800_000_000.0


@pytest.fixture
def box(tmp_path):
    with closing(open_database(tmp_path / "menwei.db")) as connection:
        yield connection


def visit(box, plate, from_s=NOW, until_s=NOW + 60, cancelled_s=None):
    row = ("来客", plate, "拜访", from_s, until_s, 1, cancelled_s, b"nonce", "老王", NOW)
    box.execute(
        "INSERT INTO visitors (name, plate, purpose, from_s, until_s, passes, cancelled_s, nonce, added_by,"
        " added_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def expected(box):
    return knowledge.gather(box).expected_plates


def test_a_visitors_plate_is_expected_in_every_span_of_its_visits(box):
    visit(box, "鄂A12345")
    visit(box, "鄂A12345", NOW + 100, NOW + 200)
    assert expected(box) == {"鄂A12345": ((NOW, NOW + 60), (NOW + 100, NOW + 200))}


def test_visitors_on_foot_and_cancelled_visits_are_not(box):
    visit(box, None)
    visit(box, "鄂A12345", cancelled_s=NOW)
    assert expected(box) == {}
