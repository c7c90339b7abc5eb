import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alerts import book as alert_book
from edge.alerts.alert import Alert, Picture
from edge.alerts.book import Book, Cause, Improved, Merged, Raised, Settled, elapse, step
from edge.clock import Moment
from edge.linkage.effects import RaiseAlert, Sentence, SettleAlert

GAP_S = 60.0


def effect(key="unknown_vehicle:南门:鄂A12345", gap_s=GAP_S, longest_s=None):
    return RaiseAlert(
        rule="unknown_vehicle", key=key, severity="notice", place="南门", gap_s=gap_s, longest_s=longest_s,
        text=Sentence("alerts.unknown_vehicle", {"place": "南门", "plate": "鄂A12345"}), why=(),
    )  # fmt: skip


def cause(mono_s, seq=1, picture=None, wall_s=None):
    now = Moment(1000.0 + mono_s if wall_s is None else wall_s, mono_s)
    return Cause(site="s", boot="b", seq=seq, now=now, picture=picture)


def picture(score, content="a"):
    return Picture(content * 64, "2026-11-20", score)


def told(effects_at):
    """Return all changes of effects given as (effect, cause)."""
    book, changes = Book(), []
    for wanted, why in effects_at:
        book, changed = step(book, wanted, why)
        changes += changed
    return book, changes


def test_one_visit_is_one_alert_with_a_count():
    book, changes = told((effect(), cause(n * 50.0, seq=n)) for n in range(5))
    assert [type(change) for change in changes] == [Raised, Merged, Merged, Merged, Merged]
    (alert,) = book.open.values()
    assert (alert.count, alert.first_mono_s, alert.last_mono_s) == (5, 0.0, 200.0)


def test_after_the_gap_it_is_another_visit_and_another_alert():
    _, changes = told([(effect(), cause(0.0, seq=1)), (effect(), cause(GAP_S + 0.1, seq=2))])
    assert [type(change) for change in changes] == [Raised, Settled, Raised]
    assert changes[0].alert.id == changes[1].alert.id != changes[2].alert.id
    assert [change.alert.sequence for change in changes] == [1, 1, 2]


def test_a_different_alarm_at_the_same_place_is_another_alert():
    _, changes = told([(effect(), cause(0.0)), (effect(key="watched_plate:南门:鄂A12345"), cause(0.0))])
    assert [type(change) for change in changes] == [Raised, Raised]
    assert changes[0].alert.id != changes[1].alert.id


def test_a_better_picture_replaces_the_first_and_a_slightly_better_one_does_not():
    shots = [picture(0.5, "a"), picture(0.55, "b"), picture(0.9, "c"), picture(0.8, "d")]
    book, changes = told((effect(), cause(n, picture=shot)) for n, shot in enumerate(shots))
    assert [type(change) for change in changes] == [Raised, Merged, Improved, Merged]
    (alert,) = book.open.values()
    assert (alert.picture, alert.revision, alert.count) == (shots[2], 1, 4)


def test_the_first_picture_of_an_alert_that_had_none_is_better_than_none():
    _, changes = told([(effect(), cause(0.0)), (effect(), cause(1.0, picture=picture(0.0)))])
    assert isinstance(changes[1], Improved)


def lost(seconds, gap_s=None):
    return RaiseAlert(
        rule="device_lost", key="device_lost:north", severity="warning", place="南门", gap_s=gap_s,
        text=Sentence("alerts.device_lost", {"device": f"读卡器{seconds:g}", "place": "南门"}),
        why=(Sentence("alerts.why_silent", {"seconds": f"{seconds:.1f}"}),),
    )  # fmt: skip


def test_what_begins_again_before_it_was_settled_says_why_it_began_again():
    over = SettleAlert("device_lost:north", calm_s=60.0)
    book, changes = told([(lost(5.0), cause(0.0)), (over, cause(10.0)), (lost(9.0), cause(30.0))])
    assert [type(change) for change in changes] == [Raised, Merged, Merged]
    (alert,) = book.open.values()
    assert "9.0" in alert.why[0].en
    assert "读卡器9" in alert.text.zh
    assert (alert.id, alert.count, alert.first_mono_s) == (changes[0].alert.id, 2, 0.0)


def test_what_goes_on_still_says_why_it_began():
    book, _ = told([(lost(5.0), cause(0.0)), (lost(9.0), cause(30.0))])
    assert "5.0" in book.open["device_lost:north"].why[0].en
    book, _ = told([(lost(5.0, gap_s=60.0), cause(0.0)), (lost(9.0, gap_s=60.0), cause(30.0))])
    assert "5.0" in book.open["device_lost:north"].why[0].en


def test_what_stands_until_it_is_settled_merges_for_days_and_settles_once():
    standing = effect(key="camera_lost:north", gap_s=None)
    rounds = [(standing, cause(day * 86_400.0)) for day in range(4)]
    end = SettleAlert("camera_lost:north")
    book, changes = told([*rounds, (end, cause(4 * 86_400.0)), (end, cause(5 * 86_400.0))])
    assert [type(change) for change in changes] == [Raised, Merged, Merged, Merged, Settled]
    assert changes[-1].alert.state == "settled"
    assert changes[-1].alert.settled_wall_s == 1000.0 + 4 * 86_400.0
    assert book.open == {}


def test_a_loose_plug_that_comes_and_goes_is_one_alert_that_settles_when_it_stays():
    lost, found = effect(key="camera_lost:north", gap_s=None), SettleAlert("camera_lost:north", calm_s=60.0)
    flapping = [(what, cause(n * 20.0)) for n, what in enumerate([lost, found] * 5)]
    book, changes = told(flapping)
    assert [type(change) for change in changes] == [Raised, *[Merged] * 9]
    assert changes[-1].alert.count == 5
    assert elapse(book, Moment(0.0, 180.0 + 60.0))[1] == ()
    _, (settled,) = elapse(book, Moment(0.0, 180.0 + 60.1))
    assert isinstance(settled, Settled)


def test_a_camera_that_is_lost_again_stands_again_however_long():
    lost, found = effect(key="camera_lost:north", gap_s=None), SettleAlert("camera_lost:north", calm_s=60.0)
    book, _ = told([(lost, cause(0.0)), (found, cause(20.0)), (lost, cause(30.0))])
    assert elapse(book, Moment(0.0, 90_000.0))[1] == ()


def test_a_visit_that_lasts_too_long_is_followed_by_a_new_alert():
    long = effect(longest_s=300.0)
    _, changes = told((long, cause(n * 30.0, seq=n)) for n in range(25))
    assert sum(isinstance(change, Raised) for change in changes) == 3


def test_visits_end_by_time_alone_and_what_stands_does_not():
    book, _ = told([(effect(), cause(0.0)), (effect(key="camera_lost:x", gap_s=None), cause(0.0))])
    assert elapse(book, Moment(0.0, GAP_S)) == (book, ())
    after, changes = elapse(book, Moment(0.0, GAP_S + 1))
    assert [change.alert.key for change in changes] == [effect().key]
    assert list(after.open) == ["camera_lost:x"]


def test_a_wall_clock_that_steps_neither_ends_nor_splits_a_visit():
    walls = [1000.0, 500.0, 90_000.0, 3.0]
    _, changes = told((effect(), cause(n * 10.0, wall_s=wall)) for n, wall in enumerate(walls))
    assert [type(change) for change in changes] == [Raised, Merged, Merged, Merged]


def test_an_alert_goes_on_after_a_restart_by_the_age_the_wall_clock_tells():
    _, (raised,) = told([(effect(), cause(5000.0, wall_s=1000.0))])
    soon = alert_book.resume(raised.alert, "next", Moment(1030.0, 2.0))
    late = alert_book.resume(raised.alert, "next", Moment(2000.0, 2.0))
    back = alert_book.resume(raised.alert, "next", Moment(10.0, 2.0))
    ends = [elapse(Book({a.key: a}), Moment(0.0, 3.0))[1] for a in (soon, late, back)]
    assert [len(changes) for changes in ends] == [0, 1, 0]


def test_the_same_journal_gives_the_same_ids():
    effects = [(effect(), cause(n * 70.0, seq=n)) for n in range(5)]
    assert told(effects) == told(effects)


def test_an_alert_survives_the_way_through_json():
    _, (raised,) = told([(effect(), cause(0.0, picture=picture(0.5)))])
    assert msgspec.json.decode(msgspec.json.encode(raised.alert), type=Alert) == raised.alert


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0, 100), st.floats(0, 1)), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_whatever_happens_counts_add_up_ids_are_unique_and_sequences_have_no_gap(history):
    book, changes, mono_s, raised_effects = Book(), [], 0.0, 0
    for seq, (key, settle, pause_s, score) in enumerate(history, start=1):
        mono_s += pause_s
        wanted = SettleAlert(key) if settle else effect(key=key, longest_s=500.0)
        raised_effects += not settle
        book, changed = step(book, wanted, cause(mono_s, seq, picture(score, chr(97 + seq % 26))))
        changes += changed
    latest = {change.alert.id: change.alert for change in changes}
    raised = [change.alert for change in changes if isinstance(change, Raised)]
    assert sum(alert.count for alert in latest.values()) == raised_effects
    assert len({alert.id for alert in raised}) == len(raised)
    assert [alert.sequence for alert in raised] == list(range(1, len(raised) + 1))
    assert set(book.open.values()) == {a for a in latest.values() if a.state == "open"}
    visits = sorted((a for a in latest.values()), key=lambda a: (a.key, a.first_mono_s, a.sequence))
    assert all(a.last_mono_s - a.first_mono_s <= 500.0 + GAP_S for a in visits)
    revisions = [(c.alert.id, c.alert.revision) for c in changes if not isinstance(c, Merged)]
    assert len(set(revisions)) == len(revisions)
