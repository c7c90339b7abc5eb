from hypothesis import given, settings
from hypothesis import strategies as st

from models.geometry import Box
from models.people.regions import merged, regions

ARM, LEG, FAR = Box(100, 100, 30, 20), Box(105, 121, 20, 60), Box(400, 100, 30, 60)
BOXES = st.builds(
    Box,
    st.integers(0, 300).map(float),
    st.integers(0, 300).map(float),
    st.integers(1, 80).map(float),
    st.integers(1, 80).map(float),
)


def test_parts_that_nearly_touch_are_one_region():
    assert merged([ARM, FAR, LEG]) == [FAR, Box(100, 100, 30, 81)]


def test_the_followed_come_first_and_then_what_moves_most():
    track = Box(250, 80, 40, 90)
    assert regions([ARM, FAR], [track], 3) == [track, FAR, ARM]


def test_what_moves_within_a_followed_person_is_that_person():
    track = Box(90, 90, 60, 100)
    assert regions([ARM, LEG, FAR], [track], 3) == [track, FAR]


def test_never_more_regions_than_the_limit():
    assert regions([ARM, LEG, FAR], [Box(250, 80, 40, 90)], 1) == [Box(250, 80, 40, 90)]
    assert regions([ARM], [], 0) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(BOXES, max_size=12))
def test_merging_loses_nothing_and_leaves_nothing_to_merge(boxes):
    hulls = merged(boxes)
    assert merged(hulls) == hulls
    for box in boxes:
        assert any(
            h.x <= box.x
            and h.y <= box.y
            and h.x + h.width >= box.x + box.width
            and h.y + h.height >= box.y + box.height
            for h in hulls
        )
