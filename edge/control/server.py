"""The control socket of the running daemon. Whatever a client does, the daemon goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from drivers.base import Malformed
from edge.clock import Clock
from edge.control import followers, socket_file
from edge.control.followers import Follower
from edge.control.messages import (
    LONGEST_REQUEST,
    Act,
    Answer,
    AskHealth,
    Follow,
    Following,
    Standing,
    decode_request,
    encode,
    not_done,
)
from edge.events import Observation
from edge.refusal import Refused

MOST_CLIENTS = 16
# A client that asks nothing for so long, or takes no answer, makes room for another.
IDLE_S = 300.0
TAKEN_WITHIN_S = 10.0
PARTED_WITHIN_S = 5.0

log = logging.getLogger("menwei.control")


@dataclass(frozen=True, slots=True)
class Services:
    """What is asked for: how everything stands, and what operators want done."""

    standing: Callable[[], Standing]
    act: Callable[[Act], Awaitable[Answer]]


class ControlServer:
    """Answers at `path`. Used in one event loop; `start` once, `stop` ends every conversation."""

    def __init__(self, path: Path, services: Services, clock: Clock) -> None:
        self._path = path
        self._services = services
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._followers: set[Follower] = set()

    async def start(self) -> None:
        """Begin to answer. Refused: the socket cannot be made."""
        sock = socket_file.listen(self._path)
        self._server = await asyncio.start_unix_server(self._connected, sock=sock, limit=LONGEST_REQUEST)

    async def stop(self) -> None:
        """End every conversation and take the socket away; may be called again."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        self._path.unlink(missing_ok=True)
        for client in tuple(self._clients):
            client.cancel()
        if self._clients:
            _, stuck = await asyncio.wait(tuple(self._clients), timeout=PARTED_WITHIN_S)
            if stuck:
                log.error("%d control clients cannot be parted with: %s", len(stuck), stuck)
        await server.wait_closed()

    def publish(self, observations: Iterable[Observation]) -> None:
        """Tell everybody who follows."""
        followers.tell_all(self._followers, observations, self._clock.wall())

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._clients) > MOST_CLIENTS:
                await self._send(writer, not_done(_too_many()))
            else:
                await self._answer_all(reader, writer)
            await self._part(writer)
        except (ConnectionError, TimeoutError):
            log.info("a control client went away, or neither asked nor read")
        except Exception:
            log.exception("the conversation with a control client failed")
        finally:
            writer.transport.abort()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                await self._send(writer, not_done(_too_long()))
                return
            try:
                request = decode_request(line)
            except Malformed as error:
                await self._send(writer, not_done(error))
                continue
            if isinstance(request, Follow):
                await self._let_follow(reader, writer)
                return
            await self._send(writer, await self._answer(request))

    async def _answer(self, request: AskHealth | Act) -> Answer:
        try:
            if isinstance(request, AskHealth):
                return self._services.standing()
            return await self._services.act(request)
        except Exception as error:
            log.exception("a control request failed: %s", type(request).__name__)
            return not_done(error)

    async def _let_follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        follower = Follower()
        self._followers.add(follower)
        tasks = [
            asyncio.ensure_future(self._tell(follower, writer)),
            # Its end, or anything more it says, ends it.
            asyncio.ensure_future(reader.read(1)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._followers.discard(follower)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, follower: Follower, writer: asyncio.StreamWriter) -> None:
        await self._send(writer, Following())
        while True:
            for told in await follower.take():
                writer.write(encode(told))
                # However long it takes: what comes meanwhile is queued, and then counted.
                await writer.drain()

    async def _part(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        async with asyncio.timeout(TAKEN_WITHIN_S):
            await writer.wait_closed()

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        writer.write(encode(answer))
        async with asyncio.timeout(TAKEN_WITHIN_S):
            await writer.drain()


def _too_many() -> Refused:
    return Refused(
        "control.too_many",
        "{most} clients are connected to the control socket already: close one first",
        most=MOST_CLIENTS,
    )


def _too_long() -> Refused:
    return Refused("control.too_long", "a request has at most {most} bytes in its line", most=LONGEST_REQUEST)
