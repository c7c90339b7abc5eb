"""The control socket with real clients: whatever they do, the others are served and the server goes on."""

import asyncio
import json
import logging
import os
import socket
import stat
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from drivers.said import CardPresented, DoorChanged, KeysPressed
from edge.clock import SystemClock
from edge.control import client as client_module
from edge.control import followers, server, socket_file
from edge.control.client import ControlClient
from edge.control.messages import (
    AskHealth,
    Done,
    Dropped,
    Follow,
    GiveOrder,
    NotDone,
    Observed,
    Standing,
    encode,
)
from edge.control.server import MOST_CLIENTS, ControlServer, Services
from edge.orders import Open
from edge.refusal import Refused
from edge.store import layout

STANDING = Standing(site="s", name="小区", wall_s=1.0, devices=(), cameras=())


class Served:
    """A server on a thread of its own, with services that a test may change."""

    def __init__(self, storage):
        self.storage = storage
        self.path = layout.control_socket(storage)
        self.given = []
        self.standing = lambda: STANDING
        self.server = None
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._stop = asyncio.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def _work(self):
        self._loop.run_until_complete(self._run())

    async def _run(self):
        services = Services(self._stand, self._give)
        self.server = ControlServer(self.path, services, SystemClock())
        try:
            await self.server.start()
        except Refused as error:
            self._failure = error
            return
        finally:
            self._up.set()
        await self._stop.wait()
        await self.server.stop()

    def _stand(self):
        return self.standing()

    async def _give(self, order):
        self.given.append(order)
        return Done("o-1", None, 0.1)

    def begin(self):
        self._thread.start()
        assert self._up.wait(10)
        if self._failure:
            self._thread.join(10)
            raise self._failure

    def publish(self, *observations):
        asyncio.run_coroutine_threadsafe(self._publish(observations), self._loop).result(10)

    async def _publish(self, observations):
        self.server.publish(observations)

    def followers(self):
        return len(self.server._followers)

    def end(self):
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._loop.close()


@contextmanager
def served(storage):
    one = Served(storage)
    try:
        one.begin()
        yield one
    finally:
        one.end()


@pytest.fixture
def box(tmp_path):
    with served(tmp_path) as one:
        yield one


@contextmanager
def raw(box):
    """A client that says whatever it likes."""
    with socket_file.connect(box.path, 10.0) as sock, sock.makefile("rb") as lines:
        yield sock, lines


def eventually(holds, within_s=10.0):
    until_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def works(box):
    with ControlClient(box.storage) as client:
        assert client.ask(AskHealth()) == STANDING
    return True


def order(**changes):
    fields = {"device": "north", "what": Open(), "by": "li", "why": "delivery", "asked_mono_s": 1.0}
    return GiveOrder(**(fields | changes))


def test_health_and_orders_are_answered_one_after_another(box):
    with ControlClient(box.storage) as client:
        assert client.ask(AskHealth()) == STANDING
        assert client.ask(order()) == Done("o-1", None, 0.1)
        assert client.ask(AskHealth()) == STANDING
    assert box.given == [order()]


def test_only_its_owner_may_use_the_socket(box):
    mode = box.path.stat().st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
    assert [file.name for file in box.storage.iterdir()] == ["control.sock"]


def test_the_socket_is_gone_when_the_daemon_is(tmp_path):
    with served(tmp_path) as box:
        assert works(box)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refused, match="no daemon answers"):
        ControlClient(tmp_path)


def test_a_socket_that_a_crash_left_is_replaced(tmp_path):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(layout.control_socket(tmp_path)))
    left.close()
    (tmp_path / ".control.sock.new").touch()
    with pytest.raises(Refused, match="no daemon answers"):
        ControlClient(tmp_path)
    with served(tmp_path) as box:
        assert works(box)


@pytest.mark.parametrize("make", [os.mkdir, lambda path: path.write_text("a diary"), os.mkfifo])
def test_what_is_no_socket_is_left_alone_and_refused(tmp_path, make):
    make(layout.control_socket(tmp_path))
    with pytest.raises(Refused, match="is in the way of the control socket"), served(tmp_path):
        pass
    assert layout.control_socket(tmp_path).exists()


def test_a_folder_that_is_gone_is_refused_in_a_sentence(tmp_path):
    with (
        pytest.raises(Refused, match=r"cannot be made \(No such file or directory\)"),
        served(tmp_path / "x"),
    ):
        pass


def test_a_path_longer_than_a_socket_address_is_none_the_worse(tmp_path):
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    with served(deep) as box:
        assert len(str(box.path)) > 240
        assert works(box)


def test_a_socket_of_another_user_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def denied(path, timeout_s):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(client_module.socket_file, "connect", denied)
    with pytest.raises(Refused, match="is not yours to use"):
        ControlClient(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"\xff\xfe\n",
        b'{"type":"format_disk"}\n',
        b'{"type":"order"}\n',
        b"[" * 3000 + b"\n",
    ],
)
def test_a_malformed_request_is_answered_and_the_conversation_goes_on(box, line):
    with raw(box) as (sock, lines):
        sock.sendall(line)
        answer = json.loads(lines.readline())
        assert (answer["type"], answer["key"]) == ("refused", "control.malformed")
        sock.sendall(encode(AskHealth()))
        assert json.loads(lines.readline())["type"] == "standing"
    assert box.given == []


def test_requests_in_one_packet_and_in_single_bytes_are_all_answered(box):
    with raw(box) as (sock, lines):
        sock.sendall(encode(AskHealth()) * 20)
        assert [json.loads(lines.readline())["type"] for _ in range(20)] == ["standing"] * 20
        for byte in encode(AskHealth()):
            sock.sendall(bytes([byte]))
        assert json.loads(lines.readline())["type"] == "standing"


@pytest.mark.parametrize("flood", [b"x" * 100_000, b" " * 5000 + b"\n"])
def test_a_line_without_end_is_refused_and_hung_up_on(box, flood):
    with raw(box) as (sock, lines):
        said = []
        with suppress(ConnectionError):  # hung up on before it had said it all
            sock.sendall(flood)
            said = lines.readlines()
        assert all(json.loads(line)["key"] == "control.too_long" for line in said)
    assert works(box)


def test_a_line_just_too_long_is_told_so(box):
    with raw(box) as (sock, lines):
        sock.sendall(b"x" * 4097 + b"\n")
        assert json.loads(lines.readline())["key"] == "control.too_long"
        assert lines.readline() == b""


def test_half_a_request_and_a_hang_up_harm_nobody(box):
    for part in (b"", b'{"type":"hea', b'{"type":"follow"}\n', b'{"type":"health"}\n' * 50):
        with raw(box) as (sock, _):
            sock.sendall(part)
    assert works(box)
    eventually(lambda: not box.server._clients)
    assert box.followers() == 0


def test_more_clients_than_may_are_told_so_and_leave_room_again(box):
    many = [ControlClient(box.storage) for _ in range(MOST_CLIENTS)]
    try:
        assert all(client.ask(AskHealth()) == STANDING for client in many)
        with raw(box) as (_, lines):
            assert json.loads(lines.readline())["key"] == "control.too_many"
            assert lines.readline() == b""
        many.pop().__exit__(None, None, None)
        eventually(lambda: len(box.server._clients) < MOST_CLIENTS)
        assert works(box)
    finally:
        for client in many:
            client.__exit__(None, None, None)


def test_who_asks_nothing_makes_room(box, monkeypatch):
    monkeypatch.setattr(server, "IDLE_S", 0.2)
    with raw(box) as (_, lines):
        assert lines.readline() == b""


def test_a_failure_of_ours_is_logged_and_answered_and_the_next_request_too(box, caplog):
    def broken():
        raise ZeroDivisionError("inside")

    box.standing = broken
    with caplog.at_level(logging.ERROR, "menwei.control"), ControlClient(box.storage) as client:
        with pytest.raises(Refused, match=r"the daemon failed \(ZeroDivisionError\)"):
            client.ask(AskHealth())
        box.standing = lambda: STANDING
        assert client.ask(AskHealth()) == STANDING
    assert "inside" in caplog.text


def test_a_refusal_reaches_the_command_in_the_language_of_its_user(box):
    async def refuse(asked):
        return NotDone("control.not_able", "north {cannot} do that", {"device": "north"})

    box.server._services = Services(box.standing, refuse)
    with (
        ControlClient(box.storage) as client,
        pytest.raises(Refused, match=r"north \{cannot\} do that") as no,
    ):
        client.ask(order())
    assert (no.value.key, no.value.values) == ("control.not_able", {"device": "north"})


def test_who_follows_is_told_everything_from_then_on_in_order(box):
    said = [DoorChanged(device="north", mono_s=float(n), position="open") for n in range(50)]
    box.publish(DoorChanged(device="north", mono_s=-1.0, position="closed"))
    with ControlClient(box.storage) as one, ControlClient(box.storage) as other:
        one.follow()
        other.follow()
        box.publish(*said[:20])
        box.publish(*said[20:], KeysPressed(device="north", mono_s=1.0, keys="4711"))
        for client in (one, other):
            told = [client.next(10.0) for _ in range(51)]
            assert [t.observation for t in told[:50]] == said
            assert told[50].observation.keys == "••••"
            assert client.next(0.05) is None


def test_who_reads_too_slowly_is_told_how_many_were_dropped_and_the_others_miss_nothing(box):
    padded = [CardPresented(device="n" * 2000, mono_s=float(n), bits=1, data=b"\x80") for n in range(3000)]
    with ControlClient(box.storage) as slow, ControlClient(box.storage) as quick:
        slow.follow()
        quick.follow()
        heard = []
        for n in range(0, 3000, 100):
            box.publish(*padded[n : n + 100])
            while len(heard) < n + 100:
                heard.append(quick.next(10.0))
        assert [h.observation.mono_s for h in heard] == [float(n) for n in range(3000)]
        told, number = [], 0
        while number < 3000:
            told.append(slow.next(10.0))
            match told[-1]:
                case Observed(observation=seen):
                    # What is missing is exactly what was said to be.
                    assert seen.mono_s == number
                    number += 1
                case Dropped(count=count):
                    number += count
        dropped = sum(t.count for t in told if isinstance(t, Dropped))
        assert 0 < dropped <= 3000 - followers.MOST_WAITING
        assert number == 3000
        # Once is enough.
        box.publish(padded[0])
        assert slow.next(10.0).observation == padded[0]
        assert slow.next(0.1) is None


def test_what_waits_for_somebody_who_never_reads_is_bounded(box):
    big = CardPresented(device="n" * 20_000, mono_s=1.0, bits=1, data=b"\x80")
    with ControlClient(box.storage) as deaf:
        deaf.follow()
        for _ in range(100):
            box.publish(*[big] * 100)
        (follower,) = box.server._followers
        assert len(follower._waiting) == followers.MOST_WAITING
        assert follower._dropped > 9000
        assert works(box)
    eventually(lambda: box.followers() == 0)


def test_nothing_more_can_be_asked_by_who_follows(box):
    with ControlClient(box.storage) as client:
        client.follow()
        with pytest.raises(Refused, match="ended the conversation"):
            client.ask(Follow())


def test_the_end_of_the_daemon_is_told_to_who_is_connected(tmp_path):
    with served(tmp_path):
        client, follower = ControlClient(tmp_path), ControlClient(tmp_path)
        client.ask(AskHealth())
        follower.follow()
    for one in (client, follower):
        with one, pytest.raises(Refused, match="ended the conversation"):
            one.next(5.0)


def test_a_daemon_that_hangs_is_told_so(box):
    box.standing = lambda: time.sleep(1.0) or STANDING
    with ControlClient(box.storage) as client, pytest.raises(Refused, match="does not answer within 0 s"):
        client.ask(AskHealth(), within_s=0.1)


def test_a_daemon_that_talks_nonsense_is_refused(tmp_path):
    listener = socket_file.listen(layout.control_socket(tmp_path))
    with listener, ControlClient(tmp_path) as client:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"200 OK\r\n")
            with pytest.raises(Exception, match="cannot be understood") as refused:
                client.next(5.0)
    assert refused.value.key == "control.bad_answer"
