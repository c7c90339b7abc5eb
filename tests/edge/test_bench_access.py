"""What `menwei bench access` measures, on a small compound."""

import math

from edge.bench import access, access_decisions
from edge.bench.access import Sizes
from edge.bench.figures import Figure

SMALL = Sizes(people=300, cards=6, slow_cards=3, changes=1, cars=1, cars_within_s=60.0)


def values(figures: list[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def test_decisions_are_timed_one_by_one() -> None:
    found = values(access_decisions.figures(people=300, decisions=300))
    assert found["people, credentials registered"] == 1200
    assert found["schedules"] == 200
    assert 0 < found["decide, p99"] < 100
    assert found["decisions a second on one core"] > 0


def test_a_gate_is_measured_from_card_and_plate_to_lock_and_barrier() -> None:
    found = values(access.gate_figures(SMALL))
    assert found["cards"] == 6
    assert found["cars let through"] >= 1
    assert not [name for name, value in found.items() if math.isnan(value)]
    assert found["cameras' frames decoded meanwhile"] > 1
