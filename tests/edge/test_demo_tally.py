"""What a demo's last line counts."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.demo import memory
from edge.demo.tally import Tally, percentile

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


def test_a_demo_without_alerts_has_not_succeeded():
    assert not Tally(observations=5).succeeded


def test_one_unacknowledged_alert_is_a_failure():
    tally = Tally(decided={"a": 1.0, "b": 2.0}, acknowledged={"a": 1.5})
    assert not tally.succeeded
    assert tally.outstanding == {"b"}


def test_every_alert_acknowledged_is_a_success():
    assert Tally(decided={"a": 1.0}, acknowledged={"a": 1.5, "a.1": 2.0}).succeeded


def test_the_summary_tells_latencies_from_the_deciding_frame():
    tally = Tally(
        observations=7,
        decided={"a": 10.0, "b": 20.0, "c": 30.0},
        acknowledged={"a": 10.1, "b": 20.3},
        controller_rss_mb=71.26,
        worker_rss_mb=393.42,
    )
    assert tally.summary() == {
        "observations": 7,
        "alerts": 3,
        "acknowledged": 2,
        "latency_ms": {"p50": 100.0, "p99": 300.0, "max": 300.0},
        "controller_rss_mb": 71.3,
        "worker_rss_mb": 393.4,
    }


def test_nothing_acknowledged_has_no_latencies():
    assert Tally().summary()["latency_ms"] == {"p50": None, "p99": None, "max": None}


@given(NUMBERS, st.integers(1, 100))
def test_a_percentile_is_a_value_with_that_share_at_or_under_it(values: list[float], share: int):
    found = percentile(values, share)
    assert found in values
    assert sum(v <= found for v in values) >= share / 100 * len(values)
    assert sum(v < found for v in values) < share / 100 * len(values)


def test_the_kernel_tells_our_own_peak_memory():
    assert 5 < memory.peak_mb(os.getpid()) < 20_000


def test_a_process_that_is_gone_weighs_nothing_and_has_no_children():
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    pid = int(gone.stdout)
    assert memory.peak_mb(pid) == 0.0
    assert memory.children(pid) == []


def test_a_child_is_seen_while_it_lives():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in memory.children(os.getpid())
    finally:
        child.communicate(b"\n", timeout=10)
    assert child.pid not in memory.children(os.getpid())


@pytest.mark.parametrize("share", [1, 50, 100])
def test_no_values_have_no_percentile(share: int):
    assert percentile([], share) is None
