"""When a reader is lost and found and when its link is begun anew, on a clock turned by hand."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.doors.osdp_supervising import Act, Patience, Seen, begin, step

PATIENCE = Patience()
LOST_AFTER_S = 5.0


class Link:
    """A reader under supervision: its state, the time, and what was to be done."""

    def __init__(self):
        self.now_s, self.watch, self.acts = 100.0, begin(100.0), []

    def see(self, *, secure=False, released=False, heard=False, word_s=None):
        word_s = self.now_s if heard else word_s
        seen = Seen(secure=secure, released=released, word_s=word_s)
        self.watch, acts = step(self.watch, seen, self.now_s, LOST_AFTER_S, PATIENCE)
        self.acts += [(self.now_s, act) for act in acts]
        return list(acts)

    def spend(self, seconds, step_s=0.25, **seen):
        """Let time pass and return what was to be done meanwhile."""
        done = []
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            done += self.see(**seen)
        return done


def connected():
    link = Link()
    assert link.see(secure=True, heard=True) == [Act.FOUND, Act.READ]
    return link


def test_a_reader_is_found_and_read_once_it_is_secure():
    link = connected()
    assert link.spend(60, secure=True, heard=True) == []
    assert (link.watch.found, link.watch.reconnects) == (True, 0)


def test_a_reader_that_answers_without_a_secure_channel_is_not_found():
    link = Link()
    assert Act.FOUND not in link.spend(10, heard=True)


def test_a_reader_that_was_never_heard_is_lost_after_its_deadline_and_once():
    link = Link()
    assert Act.LOST not in link.spend(4.75)
    assert link.spend(0.25).count(Act.LOST) == 1
    assert Act.LOST not in link.spend(600)


def test_a_reader_is_lost_when_its_deadline_has_passed_since_its_last_word():
    link = connected()
    word_s = link.now_s
    assert Act.LOST not in link.spend(4.75, secure=True, word_s=word_s)
    assert Act.LOST in link.spend(0.25, secure=True, word_s=word_s)


def test_a_silent_reader_is_taken_for_gone_whatever_the_library_says():
    link = connected()
    word_s = link.now_s
    assert link.spend(PATIENCE.quiet_s - 0.25, secure=True, word_s=word_s) == []
    link.spend(0.25, secure=True, word_s=word_s)
    assert not link.watch.secure


def test_a_short_break_is_read_again_and_not_told():
    link = connected()
    assert not {Act.LOST, Act.FOUND} & set(link.spend(4, released=True))
    assert link.see(secure=True, heard=True) == [Act.READ]
    assert link.watch.reconnects == 1


def test_a_reader_that_comes_back_is_found_and_read_once():
    link = connected()
    link.spend(20, released=True)
    assert link.watch.lost_s is not None
    back = link.spend(5, secure=True, released=True, heard=True)
    assert [act for act in back if act is not Act.ENABLE] == [Act.FOUND, Act.READ]
    assert link.watch.lost_s is None


def test_a_broken_link_is_begun_anew_soon_then_every_few_seconds_then_rarely():
    link = connected()
    broke_s = link.now_s
    link.spend(200, released=True)
    begun = [at_s - broke_s for at_s, act in link.acts if act is Act.ENABLE]
    assert begun[0] <= PATIENCE.first_s + 0.5
    waits = [b - a for a, b in pairwise(begun)]
    assert all(PATIENCE.again_s <= wait <= PATIENCE.again_s + 0.5 for wait in waits[: PATIENCE.tries - 2])
    assert all(PATIENCE.rare_s <= wait <= PATIENCE.rare_s + 0.5 for wait in waits[PATIENCE.tries :])
    assert len(waits) > PATIENCE.tries


def test_a_link_is_not_begun_anew_before_the_library_has_let_go():
    link = connected()
    assert Act.ENABLE not in link.spend(60, released=False)
    assert link.spend(0.25, released=True) == [Act.ENABLE]


def test_a_reader_that_was_let_go_is_not_alive_before_it_was_taken_up_again():
    link = connected()
    link.watch = replace(link.watch, secure=False, resting_s=link.now_s)
    assert link.spend(1, secure=True, heard=True) == []
    assert not link.watch.secure
    assert link.spend(0.25, released=True) == [Act.ENABLE]
    assert link.see(secure=True, heard=True) == [Act.READ]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from([0.25, 1.0, 4.0]))))
def test_over_any_course_lost_and_found_alternate_and_so_do_letting_go_and_taking_up(course):
    link = Link()
    for secure, released, heard, seconds in course:
        link.now_s += seconds
        link.see(secure=secure, released=released, heard=heard, word_s=link.now_s - 3)
    told = [act for _, act in link.acts if act in (Act.LOST, Act.FOUND)]
    assert all(a != b for a, b in pairwise(told))
    switched = [act for _, act in link.acts if act in (Act.DISABLE, Act.ENABLE)]
    assert switched == [Act.DISABLE, Act.ENABLE] * (len(switched) // 2) + [Act.DISABLE] * (len(switched) % 2)
