"""Who is asked to turn the head before a door, what the reader shows, and when nobody is asked any more."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.challenging import (
    ANSWERED_WITHIN_S,
    COUNTED_S,
    MOST_ASKED,
    MOST_FAILURES,
    REST_S,
    TRY_AGAIN,
    USE_A_CARD,
    Challenging,
    Grounds,
    observe,
    tick,
)
from edge.box_events import FaceProven, FaceUnproven
from edge.clock import Moment
from edge.events import Box, FaceSeen
from edge.orders import Show
from edge.vision.messages import Challenge
from models.faces.liveness import ORDERS
from tests.edge.access_site import LI, WANG, door, policy, register


def entrance(name="north", **wishes):
    settings = {"face_cameras": frozenset({"cam"}), "liveness": frozenset({"challenge"})}
    return door(name, {"face"}, {"card"}, **{**settings, **wishes})


@dataclass
class Gate:
    doors: tuple = field(default_factory=lambda: (entrance(),))
    state: Challenging = field(default_factory=lambda: Challenging("t"))
    now_s: float = 1000.0
    luck: int = 0
    asked: list = field(default_factory=list)
    shown: list = field(default_factory=list)

    def observe(self, seen):
        grounds = Grounds(policy(*self.doors), register(), lambda below: self.luck % below)
        answer = observe(self.state, grounds, seen, Moment(5000.0, self.now_s))
        self.state = answer.state
        self.asked += answer.challenges
        self.shown += answer.orders
        return answer

    def face(self, subject=WANG, track=1, similarity=0.8, frames=3, camera="cam", late_s=0.0):
        return self.observe(
            FaceSeen(
                camera=camera, mono_s=self.now_s - late_s, track=track, subject=subject,
                similarity=similarity, frames_agreed=frames, face_px=90, box=Box(0, 0, 1, 1),
            )
        )  # fmt: skip

    def proven(self, subject=WANG, by="challenge", at="north"):
        return self.observe(FaceProven(device=at, mono_s=self.now_s, subject=subject, by=by))

    def failed(self, why, subject=WANG, at="north"):
        return self.observe(
            FaceUnproven(device=at, mono_s=self.now_s, subject=subject, camera="cam", why=why)
        )

    def wait(self, seconds):
        self.now_s += seconds
        self.state = tick(self.state, Moment(5000.0, self.now_s))

    def texts(self):
        return [order.what.text for order in self.shown]


def test_a_door_without_a_display_shows_the_order_at_its_reader():
    gate = Gate((entrance(signals=False, readers=frozenset({"post"})),))
    gate.face()
    gate.failed("wrong")
    assert [order.device for order in gate.shown] == ["post", "post"]
    assert [one.door for one in gate.asked] == ["north"]


@pytest.mark.parametrize("luck", range(6))
def test_a_known_face_is_asked_to_turn_in_an_order_of_luck_and_the_reader_shows_it(luck):
    gate = Gate(luck=luck)
    gate.face(track=7)
    (asked,) = gate.asked
    assert asked == Challenge("cam", 7, "north", WANG, ORDERS[luck], 0.5, 1000.0)
    (order,) = gate.shown
    arrows = "  ".join("<-" if side == "left" else "->" for side in ORDERS[luck])
    assert order.device == "north"
    assert order.what == Show(f"TURN YOUR HEAD  {arrows}", ANSWERED_WITHIN_S)
    assert order.expires_mono_s == 1003.0


@pytest.mark.parametrize(
    "unfit",
    [
        {"subject": None},
        {"subject": "person/77"},
        {"subject": "watchlist/1"},
        {"similarity": 0.49},
        {"similarity": None},
        {"frames": 2},
        {"camera": "other"},
        {"late_s": 3.1},
    ],
)
def test_a_face_that_could_not_open_the_door_anyway_is_not_asked(unfit):
    gate = Gate()
    gate.face(**unfit)
    assert (gate.asked, gate.shown) == ([], [])


@pytest.mark.parametrize(
    "at",
    [
        entrance(liveness=frozenset({"terminal", "second_factor"})),
        entrance(signals=False),
        door("north", {"card"}, face_cameras=frozenset({"cam"}), liveness=frozenset({"challenge"})),
    ],
)
def test_where_a_turned_head_opens_nothing_or_nobody_can_be_told_how_nobody_is_asked(at):
    gate = Gate(doors=(at,))
    gate.face()
    assert gate.asked == []


def test_one_is_asked_at_a_time_at_a_door_and_one_face_at_one_door():
    gate = Gate(doors=(entrance(), entrance("south")))
    gate.face()
    gate.face()
    assert [(one.door, one.track) for one in gate.asked] == [("north", 1)]
    gate.face(LI, track=2)
    assert [(one.door, one.track) for one in gate.asked] == [("north", 1), ("south", 2)]
    gate.face("person/3", track=3)
    assert len(gate.asked) == 2


def test_who_was_proven_live_is_not_asked_again_at_once():
    gate = Gate()
    gate.face()
    gate.proven()
    gate.wait(5)
    gate.face()
    assert len(gate.asked) == 1
    gate.wait(REST_S)
    gate.face()
    assert len(gate.asked) == 2
    assert gate.texts().count(TRY_AGAIN) == 0


def test_what_a_terminal_says_answers_no_challenge():
    gate = Gate()
    gate.face()
    gate.proven(by="terminal")
    assert "north" in gate.state.pending


def test_who_only_walks_by_is_left_alone_and_nothing_is_held_against_the_door():
    gate = Gate()
    for track in range(20):
        gate.face(subject=(WANG, LI)[track % 2], track=track)
        gate.failed("ignored", subject=(WANG, LI)[track % 2])
        gate.face(subject=(WANG, LI)[track % 2], track=track)
        gate.wait(40)
    assert gate.texts().count(TRY_AGAIN) == 0
    assert gate.state.failed_s == {}


@pytest.mark.parametrize("why", ["late", "lost", "jumped", "astray"])
def test_who_fails_may_try_again_until_the_door_asks_nobody_for_a_while(why):
    gate = Gate()
    for _ in range(MOST_FAILURES):
        gate.face()
        gate.failed(why)
        gate.wait(1)
    assert len(gate.asked) == MOST_FAILURES
    assert [text for text in gate.texts() if "TURN" not in text] == [TRY_AGAIN, TRY_AGAIN, USE_A_CARD]
    gate.face()
    gate.face(LI, track=2)
    assert len(gate.asked) == MOST_FAILURES
    gate.wait(COUNTED_S)
    gate.face(LI, track=3)
    assert len(gate.asked) == MOST_FAILURES + 1


def test_who_leaves_until_an_order_fits_is_not_asked_for_ever():
    gate = Gate()
    for track in range(10):
        gate.face(track=track)
        gate.failed("ignored")
        gate.wait(5)
    assert len(gate.asked) == MOST_ASKED
    gate.face(LI, track=50)
    assert gate.asked[-1].subject == LI
    gate.wait(COUNTED_S)
    gate.face(track=60)
    assert gate.asked[-1].subject == WANG


def test_a_challenge_that_no_worker_answers_is_let_go():
    gate = Gate()
    gate.face()
    gate.wait(ANSWERED_WITHIN_S - 0.1)
    gate.face(LI, track=2)
    assert len(gate.asked) == 1
    gate.wait(0.2)
    gate.face(LI, track=2)
    assert len(gate.asked) == 2


def test_an_answer_that_nobody_was_asked_for_frees_no_door():
    gate = Gate()
    gate.face()
    gate.proven(subject=LI)
    gate.failed("ignored", subject=LI)
    assert gate.state.pending["north"].subject == WANG


def test_every_order_has_an_id_of_its_own():
    gate = Gate()
    for track in range(4):
        gate.face(track=track)
        gate.failed("late")
        gate.wait(150)
    ids = [order.id for order in gate.shown]
    assert len(set(ids)) == len(ids) == 8
    assert all(one.startswith("tc") for one in ids)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("face"), st.sampled_from([WANG, LI]), st.integers(1, 3)),
        st.tuples(st.just("proven"), st.sampled_from([WANG, LI])),
        st.tuples(st.just("failed"), st.sampled_from(["ignored", "late", "astray"])),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 10.0, 25.0])),
    ),
    max_size=40,
)


@given(ACTS)
def test_over_any_course_a_door_asks_one_at_a_time_and_lets_few_attempts_fail(acts):
    gate, failed_s = Gate(), []
    for act, *rest in acts:
        before = gate.state.pending
        if act == "failed" and "north" in before:
            gate.failed(*rest, subject=before["north"].subject)
            failed_s += [] if rest == ["ignored"] else [gate.now_s]
        elif act != "failed":
            answer = getattr(gate, act)(*rest)
            if act == "face" and answer.challenges:
                lately = [s for s in failed_s if gate.now_s - s < COUNTED_S]
                assert len(lately) < MOST_FAILURES
                assert "north" not in tick(Challenging(pending=before), Moment(0.0, gate.now_s)).pending
