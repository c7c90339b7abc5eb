from contextlib import closing

import pytest

from edge.store import outbox
from edge.store.database import open_database
from edge.store.outbox import Backlog, Content, Waiting


@pytest.fixture
def connection(tmp_path):
    with closing(open_database(tmp_path / "d")) as opened:
        yield opened


def fill(connection, lane, count, after=0):
    for sequence in range(1, count + 1):
        row = Waiting(id=f"{lane}{sequence}", lane=lane, sequence=sequence, after=after)
        outbox.queue(connection, row, Content("{}", None), wall_s=100.0 + sequence)


def test_rows_wait_in_order_until_each_is_acknowledged(connection):
    fill(connection, "alerts", 4)
    assert [row.sequence for row in outbox.waiting(connection, "alerts", 3)] == [1, 2, 3]
    assert outbox.acknowledge(connection, ["alerts2", "unheard of"], 200.0) == 1
    assert [row.sequence for row in outbox.waiting(connection, "alerts", 3)] == [1, 3, 4]


def test_an_id_acknowledged_again_changes_nothing(connection):
    fill(connection, "alerts", 1)
    outbox.acknowledge(connection, ["alerts1"], 200.0)
    assert outbox.acknowledge(connection, ["alerts1"], 300.0) == 0
    assert connection.execute("SELECT acknowledged_wall_s FROM outbox").fetchone() == (200.0,)


def test_the_backlog_names_both_lanes_and_the_oldest(connection):
    assert outbox.backlog(connection) == Backlog(0, 0, None)
    fill(connection, "alerts", 2)
    fill(connection, "pictures", 3)
    outbox.acknowledge(connection, ["alerts1", "pictures1"], 200.0)
    assert outbox.backlog(connection) == Backlog(1, 2, 102.0)


def test_attempts_in_vain_are_counted(connection):
    fill(connection, "pictures", 1)
    outbox.note_unanswered(connection, ["pictures1"])
    outbox.note_unanswered(connection, ["pictures1"])
    assert outbox.content(connection, "pictures1").attempts == 2


def test_a_row_that_is_not_there_has_no_content(connection):
    with pytest.raises(KeyError):
        outbox.content(connection, "nobody")
