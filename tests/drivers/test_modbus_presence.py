"""Lost once, found once."""

from drivers.modbus.presence import Found, Lost, Presence, failed, heard, judged


def test_a_station_is_found_at_its_first_word_and_only_then():
    state, news = heard(Presence(0.0), 1.0)
    assert news == Found(None)
    assert heard(state, 2.0)[1] is None


def test_silence_is_told_once_and_the_return_with_the_time_away():
    state, _ = heard(Presence(0.0), 1.0)
    assert judged(state, 4.0, 3.0)[1] is None
    state, lost = judged(state, 4.5, 3.0)
    assert lost == Lost(3.5)
    state, again = judged(state, 9.0, 3.0)
    assert again is None
    state, found = heard(state, 11.0)
    assert found == Found(10.0)


def test_a_station_that_never_answered_is_lost_without_an_age():
    state = failed(Presence(0.0), "modbus.noise", "ff")
    state, lost = judged(state, 3.1, 3.0)
    assert lost == Lost(None)
    assert (state.reason, state.detail) == ("modbus.noise", "ff")
    assert heard(state, 8.0)[1] == Found(None)
