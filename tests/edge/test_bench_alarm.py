"""An alarm at the fence is an alert within half a second, the community server there or away."""

import math

from edge.bench import alarm


def test_alarms_become_alerts_here_and_at_the_community_server():
    arrived_s, decided_s = alarm.measure(hosts=1, zones=6)
    assert (len(arrived_s), len(decided_s)) == (3, 3)
    # Generous for a busy machine; the bench itself holds the goal.
    assert all(0 < taken_s < 5 for taken_s in (*arrived_s, *decided_s))


def test_a_slow_alarm_and_one_that_never_came_each_miss_the_goal():
    assert all(figure.reached for figure in alarm.figures([0.2] * 5, [0.1] * 5))
    assert not all(figure.reached for figure in alarm.figures([0.2, 0.6], [0.1]))
    assert not all(figure.reached for figure in alarm.figures([0.2], [0.1, 0.7]))
    assert not all(figure.reached for figure in alarm.figures([0.2, math.nan], [0.1]))
    assert not all(figure.reached for figure in alarm.figures([0.2], [0.1, math.nan]))
