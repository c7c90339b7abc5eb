"""A camera on 127.0.0.1 that answers as its script says, also as no camera should."""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from drivers.sim import onvif_answers
from drivers.sim.onvif_answers import Answer, device, fault, gone, presets, profile, profiles, stream
from drivers.sim.onvif_wire import OnvifWire, Request

DEVICE = device("海康威视", "DS-2", "C1", "V5.7")


def services(*names: str, host: str = "10.9.8.7") -> Answer:
    """Services at an address that is nobody's: a camera behind a translator says so."""
    return onvif_answers.services(*names, host=host)


def clock(ahead: timedelta = timedelta()) -> Answer:
    return onvif_answers.clock(datetime.now(UTC) + ahead)


def _stream_of(request: Request) -> Answer:
    token = re.search(r"ProfileToken>(\w+)<", request.body)[1]
    return stream(f"rtsp://10.9.8.7:554/{token}")


Script = dict[str, Answer | Callable[[Request], Answer]]


def script(**more: Answer | Callable[[Request], Answer]) -> Script:
    """What an ordinary camera with two streams and two presets answers."""
    return {
        "GetSystemDateAndTime": clock(),
        "GetServices": services("media", "ptz"),
        "GetProfiles": profiles(
            profile("main", "H264", 1920, 1080, ptz=True), profile("sub", "H264", 640, 360, ptz=True)
        ),
        "GetStreamUri": _stream_of,
        "GetPresets": presets([("1", "大门"), ("2", "Lane")]),
        "GotoPreset": gone(),
    } | more


class Responder:
    """Answers each operation as its script says, and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script: Script = {"GetDeviceInformation": DEVICE} | script
        self.wire = OnvifWire(self._answer)
        self.wire.plug()

    @property
    def where(self) -> str:
        return f"{self.wire.host}:{self.wire.port}"

    @property
    def asked(self) -> list[Request]:
        return self.wire.asked

    def operations(self) -> list[str]:
        return [request.operation for request in self.asked]

    def _answer(self, request: Request) -> Answer:
        told = self.script.get(request.operation, fault("not implemented", "ter:ActionNotSupported"))
        return told(request) if callable(told) else told


@contextlib.contextmanager
def responding(script: Script) -> Iterator[Responder]:
    responder = Responder(script)
    try:
        yield responder
    finally:
        responder.wire.unplug()
