"""Sealed templates open for their own subject only; the key file is private and whole."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.refusal import Refused
from edge.store import sealing
from edge.store.sealing import SealingKey, Tampered, load_key, load_or_create_key, seal, unseal

KEY = SealingKey(1, bytes(range(32)))
BOUND = {"subject": "person/1", "engine": "yunet-sface"}


@given(template=st.binary(max_size=2048))
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_opens_for_its_subject(template):
    sealed = seal(KEY, template, **BOUND)
    assert len(sealed) == len(template) + 1 + 12 + 16
    if len(template) > 3:
        assert template not in sealed
        assert unseal(KEY, sealed, **BOUND) == template


def test_sealing_the_same_template_twice_shows_nothing_in_common():
    assert seal(KEY, b"template", **BOUND)[1:] != seal(KEY, b"template", **BOUND)[1:]


@pytest.mark.parametrize(
    "bound",
    [
        {"subject": "person/2", "engine": "yunet-sface"},
        {"subject": "watchlist/1", "engine": "yunet-sface"},
        {"subject": "person/1", "engine": "face_recognition"},
        {"subject": "person/1\0yunet-sface", "engine": ""},
    ],
)
def test_a_template_moved_to_another_row_does_not_open(bound):
    with pytest.raises(Tampered, match="does not open"):
        unseal(KEY, seal(KEY, b"template", **BOUND), **bound)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_template_with_one_bit_turned_does_not_open(data):
    sealed = bytearray(seal(KEY, b"template", **BOUND))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Tampered):
        unseal(KEY, bytes(sealed), **BOUND)


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_template_cut_short_does_not_open(data):
    sealed = seal(KEY, b"template", **BOUND)
    with pytest.raises(Tampered):
        unseal(KEY, sealed[: data.draw(st.integers(0, len(sealed) - 1))], **BOUND)


def test_another_key_and_another_generation_do_not_open_it():
    sealed = seal(KEY, b"template", **BOUND)
    for other in (SealingKey(1, bytes(32)), SealingKey(2, KEY.secret)):
        with pytest.raises(Tampered):
            unseal(other, sealed, **BOUND)


def test_a_key_is_never_printed():
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


def test_a_key_is_made_once_private_and_whole(tmp_path):
    path = tmp_path / "templates.key"
    first = load_or_create_key(path)
    assert path.stat().st_mode & 0o7777 == 0o600
    assert load_or_create_key(path) == first == load_key(path)
    assert len(first.secret) == 32
    assert [p.name for p in tmp_path.iterdir()] == ["templates.key"]


def test_of_many_who_make_the_key_at_once_all_get_the_same(tmp_path):
    path = tmp_path / "templates.key"
    barrier = threading.Barrier(8)
    keys = []

    def make():
        barrier.wait(10)
        keys.append(load_or_create_key(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 8
    assert len({key.secret for key in keys}) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["templates.key"]


def test_who_comes_second_takes_the_key_of_the_first(tmp_path):
    path = tmp_path / "templates.key"
    first = load_or_create_key(path)
    sealing.create_private_file(path, bytes(33))
    assert load_key(path) == first


def test_an_interrupted_making_leaves_no_key_behind(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sealing.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        load_or_create_key(tmp_path / "templates.key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_key_that_others_may_read_is_refused(mode, tmp_path):
    path = tmp_path / "templates.key"
    load_or_create_key(path)
    path.chmod(mode)
    with pytest.raises(Refused, match="chmod 600") as caught:
        load_key(path)
    assert caught.value.key == "registers.key_mode"


@pytest.mark.parametrize(
    "content", [b"", b"\x01", b"\x01" + b"k" * 31, b"\x01" + b"k" * 33, b"\x00" + b"k" * 32]
)
def test_a_key_of_a_wrong_size_is_refused(content, tmp_path):
    path = tmp_path / "templates.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Refused) as caught:
        load_or_create_key(path)
    assert caught.value.key == "registers.key_size"
    assert path.read_bytes() == content


def test_a_missing_key_is_told(tmp_path):
    with pytest.raises(Refused) as caught:
        load_key(tmp_path / "templates.key")
    assert caught.value.key == "registers.key_missing"


def test_a_folder_in_the_place_of_the_key_is_refused(tmp_path):
    (tmp_path / "templates.key").mkdir(mode=0o700)
    with pytest.raises(Refused) as caught:
        load_or_create_key(tmp_path / "templates.key")
    assert caught.value.key == "registers.key_mode"
