"""A simulated PTZ camera: who it is, its streams and presets by ONVIF, its faults as verbs."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import unescape

from drivers.sim import onvif_answers as answers
from drivers.sim.onvif_answers import Answer
from drivers.sim.onvif_wire import OnvifWire, Request

MAKER, MODEL, FIRMWARE = "Menwei", "Simulated PTZ", "1.0"
# Cameras refuse a signature that is older or younger than this by their own clock.
_SIGNED_WITHIN_S = 300.0


class OnvifCamera:
    """One camera on a port of this machine. Its verbs may be called from any thread.

    `presets` are names by token. Without a user anybody may ask. `wall` returns seconds since 1970; its own
    clock is `wall` plus `skew_s`. `position` is the token it was last turned to, None after a (re)start;
    `refused` counts the requests that were not or wrongly signed.
    """

    def __init__(
        self,
        serial: str,
        presets: Mapping[str, str],
        *,
        wall: Callable[[], float],
        username: str | None = None,
        password: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.serial = serial
        self.presets = dict(presets)
        self.position: str | None = None
        self.refused = 0
        self.skew_s = 0.0
        self.wire = OnvifWire(self.answer, host, port)
        self._username = username
        self._password = self._right = password or ""
        self._wall = wall
        self._operations: Mapping[str, Callable[[Request], Answer]] = {
            "GetDeviceInformation": lambda _: answers.device(MAKER, MODEL, self.serial, FIRMWARE),
            "GetServices": lambda _: answers.services("device", "media", "ptz", host=self.where),
            "GetProfiles": lambda _: answers.profiles(
                answers.profile("main", "H264", 1920, 1080, ptz=True),
                answers.profile("sub", "H264", 640, 360, ptz=True),
            ),
            "GetStreamUri": lambda request: answers.stream(
                f"rtsp://{self.wire.host}:554/{_named('ProfileToken', request)}"
            ),
            "GetPresets": lambda _: answers.presets(self.presets.items()),
            "GotoPreset": self._turn,
        }

    @property
    def where(self) -> str:
        """Where it answers, as HOST:PORT."""
        return f"{self.wire.host}:{self.wire.port}"

    def start(self) -> None:
        """Begin to answer. OSError: its port cannot be had."""
        self.wire.plug()

    def stop(self) -> None:
        """Take it away; may be called again."""
        self.wire.unplug()

    def unplug(self) -> None:
        """Pull its cable: nobody listens any more."""
        self.wire.unplug()

    def plug(self) -> None:
        """Put the cable back."""
        self.wire.plug()

    def stall(self) -> None:
        """Hang: connections are taken and nothing is answered."""
        self.wire.stall()

    def resume(self) -> None:
        """Answer again."""
        self.wire.resume()

    def wrong_key(self) -> None:
        """Change its password."""
        self._password = f"{self._right}?"

    def right_key(self) -> None:
        """Give it back the password that it had."""
        self._password = self._right

    def restart(self) -> None:
        """Switch it off and on: it is where its maker parks it."""
        plugged = self.wire.plugged
        self.unplug()
        self.position = None
        if plugged:
            self.plug()

    def swap(self, serial: str) -> None:
        """Put another camera of the same model, wired alike, in its place."""
        self.serial = serial
        self.restart()

    def answer(self, request: Request) -> Answer:
        """Return what it says to a request."""
        if request.operation == "GetSystemDateAndTime":
            return answers.clock(datetime.fromtimestamp(self._now(), UTC))
        if not self._signed(request):
            self.refused += 1
            return answers.fault("Sender not authorized", "ter:NotAuthorized")
        operation = self._operations.get(request.operation)
        if operation is None:
            return answers.fault("not implemented", "ter:ActionNotSupported")
        return operation(request)

    def _turn(self, request: Request) -> Answer:
        token = _named("PresetToken", request)
        if token not in self.presets:
            return answers.fault("No such preset token", "ter:NoToken")
        self.position = token
        return answers.gone()

    def _signed(self, request: Request) -> bool:
        """Whether the WS-UsernameToken is ours: base64(SHA-1(nonce + created + password)), and fresh."""
        if self._username is None:
            return True
        user, digest, nonce, created = (
            _named(tag, request) for tag in ("Username", "Password", "Nonce", "Created")
        )
        try:
            signed = base64.b64decode(nonce, validate=True) + f"{created}{self._password}".encode()
            age_s = self._now() - datetime.fromisoformat(created).timestamp()
        except ValueError:
            return False
        wanted = base64.b64encode(hashlib.sha1(signed).digest()).decode()  # noqa: S324 - the standard's own
        return (user, digest) == (self._username, wanted) and abs(age_s) <= _SIGNED_WITHIN_S

    def _now(self) -> float:
        return self._wall() + self.skew_s


def _named(tag: str, request: Request) -> str:
    found = re.search(rf"<\w+:{tag}\b[^>]*>([^<]*)<", request.body)
    return unescape(found[1]) if found else ""
