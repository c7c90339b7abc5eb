"""One conversation with one camera: SOAP over HTTP, every wait bounded, one attempt at the password."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import httpx
from onveef import envelopes

from drivers.base import DeviceError, Identity, Misconfigured
from drivers.cameras.onvif_answers import clock_offset_s, document, identity_in, paths_in
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_wiring import OnvifWiring

LARGEST_ANSWER = 2 * 1024 * 1024
CONNECT_S = 3.0
_HEADERS = {
    "User-Agent": "menwei",
    "Accept-Encoding": "identity",
    "Content-Type": "application/soap+xml; charset=utf-8",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """An open conversation in which the password was accepted."""

    wiring: OnvifWiring
    identity: Identity
    services: Mapping[str, str]
    line: "Line"

    async def ask(self, service: str, operation: str, body: str) -> str:
        """Return the answer of one of `services`; raises as `document` does."""
        return await self.line.ask(self.services[service], operation, body)


def converse(wiring: OnvifWiring, work: Callable[[Session], Awaitable[T]]) -> T:
    """Do as `conversing`, and block meanwhile; not to be called from a coroutine."""
    return asyncio.run(conversing(wiring, work))


async def conversing(
    wiring: OnvifWiring, work: Callable[[Session], Awaitable[T]], *, within_s: float | None = None
) -> T:
    """Open a conversation, let `work` ask, and return its result, all within the wiring's time-out.

    Denied: the password is wrong, and it was tried only once.
    """
    async with _opened(wiring, within_s) as (line, identity):
        return await work(Session(wiring, identity, await _services(line), line))


async def identify(wiring: OnvifWiring, *, within_s: float | None = None) -> Identity:
    """Ask who a camera is, and no more: two requests. Raises as `conversing` does."""
    async with _opened(wiring, within_s) as (_, identity):
        return identity


@asynccontextmanager
async def _opened(wiring: OnvifWiring, within_s: float | None) -> AsyncIterator[tuple["Line", Identity]]:
    limit_s = wiring.timeout_s if within_s is None else within_s
    # No proxy of the environment may see a camera; only digests go out, so that Basic is never answered.
    client = httpx.AsyncClient(
        headers=_HEADERS,
        timeout=httpx.Timeout(wiring.timeout_s, connect=min(CONNECT_S, wiring.timeout_s)),
        verify=False,  # noqa: S501 - as OnvifWiring says
        trust_env=False,
    )
    try:
        async with asyncio.timeout(limit_s), client as http:
            line = Line(wiring, http, await _clock_offset_s(Line(wiring, http, None)))
            # First of all: other requests answer a wrong password with nonsense, or not at all.
            yield line, await _identity(line)
    except TimeoutError:
        raise fault("onvif.silent", wiring.camera, f"{limit_s:.1f} s") from None


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a camera. Without the offset of its clock, requests go out unsigned."""

    wiring: OnvifWiring
    http: httpx.AsyncClient
    offset_s: float | None

    async def ask(self, path: str, operation: str, body: str) -> str:
        """Return the answer of the service at `path`; raises as `document` does, or what the network did."""
        envelope, auth = self._signed(body)
        try:
            status, answer = await self._post(self.wiring.address(path), envelope, auth)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise fault("onvif.unreachable", self.wiring.camera, _why(error)) from None
        except httpx.TimeoutException as error:
            raise fault("onvif.silent", self.wiring.camera, _why(error)) from None
        except httpx.RemoteProtocolError:
            raise fault("onvif.malformed", self.wiring.camera, "no HTTP") from None
        except httpx.HTTPError as error:
            raise fault("onvif.broke_off", self.wiring.camera, _why(error)) from None
        return document(self.wiring.camera, operation, status, answer)

    def _signed(self, body: str) -> tuple[str, httpx.Auth | None]:
        user, password = self.wiring.username, self.wiring.password or ""
        if user is None or self.offset_s is None:
            return envelopes.build_envelope(body), None
        envelope = envelopes.build_envelope(
            body, username=user, password=password, clock_offset_s=self.offset_s
        )
        return envelope, httpx.DigestAuth(user, password)

    async def _post(self, address: str, envelope: str, auth: httpx.Auth | None) -> tuple[int, bytes]:
        body = bytearray()
        async with self.http.stream("POST", address, content=envelope.encode(), auth=auth) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise fault("onvif.malformed", self.wiring.camera, f"over {LARGEST_ANSWER} bytes")
        return response.status_code, bytes(body)


async def _clock_offset_s(unsigned: Line) -> float:
    """Return how far the camera's clock is ahead of this box's: it takes no signature of another time."""
    try:
        said = await unsigned.ask(
            unsigned.wiring.path, "GetSystemDateAndTime", envelopes.device_get_system_date_time()
        )
    except DeviceError as error:
        # It may be asked by anybody, and yet some cameras refuse; the next request tells why.
        if error.key in ("onvif.unreachable", "onvif.silent", "onvif.no_service"):
            raise
        return 0.0
    return clock_offset_s(said, datetime.now(UTC))


async def _identity(line: Line) -> Identity:
    began = time.monotonic()
    text = await line.ask(line.wiring.path, "GetDeviceInformation", envelopes.device_get_information())
    return identity_in(text, line.wiring.camera, time.monotonic() - began)


async def _services(line: Line) -> Mapping[str, str]:
    """Return the path of each service."""
    camera, path = line.wiring.camera, line.wiring.path
    try:
        text = await line.ask(path, "GetServices", envelopes.device_get_services())
        found = paths_in(text, camera)
    except Misconfigured:
        found = {}
    if found:
        return found
    text = await line.ask(path, "GetCapabilities", envelopes.device_get_capabilities())
    return paths_in(text, camera, capabilities=True)


def _why(error: httpx.HTTPError) -> str:
    """Return the system's word for it, which lies at the bottom of three libraries' errors."""
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
