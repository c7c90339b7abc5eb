"""libosdp's control panel for one bus, driven from one thread.

The extension module is used directly: its Python wrapper keeps every event a second time in a queue that
nobody empties, and refreshes from a thread of its own.
"""

import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import osdp_sys

from drivers.doors.osdp_port import OsdpPort
from drivers.doors.osdp_wiring import OsdpReaderWiring

Token = TypeVar("Token")
Outcome = Literal["confirmed", "refused", "dropped"]
_TAKEN_UP_OR_GIVEN_UP = (osdp_sys.EVENT_NOTIFICATION, osdp_sys.EVENT_NOTIFICATION_PD_STATUS)
_OUTCOMES: dict[int, Outcome] = {
    osdp_sys.COMPLETION_OK: "confirmed",
    osdp_sys.COMPLETION_FAILED: "refused",
}


class OsdpPanel(Generic[Token]):
    """The readers of one bus by their number in `readers`. All methods belong to one thread.

    Raises ValueError where libosdp takes no such set-up.
    """

    def __init__(
        self,
        port: OsdpPort,
        readers: Sequence[tuple[OsdpReaderWiring, bytes]],
        *,
        secure: bool = True,
    ) -> None:
        """`secure` False lets a reader in install mode take its key; for nothing else."""
        osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
        flags = osdp_sys.FLAG_ENABLE_NOTIFICATION | (osdp_sys.FLAG_ENFORCE_SECURE if secure else 0)
        self._heard: _Heard[Token] = _Heard([deque() for _ in readers])
        channel = _Channel(port)
        self._panel = osdp_sys.ControlPanel([_info(w, key, channel, flags) for w, key in readers])
        # The extension's objects are not seen by the garbage collector: what they hold must not hold them.
        self._panel.set_event_callback(self._heard.on_event)
        self._panel.set_command_completion_callback(self._heard.on_done)
        self._port = port
        self._addresses = [wiring.address for wiring, _ in readers]
        self._online = self._secure = 0

    def refresh(self) -> None:
        """Let libosdp work; call it at least every 50 ms."""
        self._panel.refresh()
        self._online, self._secure = self._panel.status(), self._panel.sc_status()

    def secure(self, reader: int) -> bool:
        """Whether a Secure Channel is open to the reader."""
        return bool(self._online & self._secure & 1 << reader)

    def decided(self, reader: int) -> bool:
        """Whether the library ever took the reader up or gave it up."""
        return reader in self._heard.decided

    def released(self, reader: int) -> bool:
        """Whether the library has let go of the reader."""
        return not self._panel.is_pd_enabled(reader)

    def events(self) -> list[tuple[int, dict[str, Any]]]:
        """Return what readers told since the last call: (reader, event)."""
        events, self._heard.events = self._heard.events, []
        return events

    def done(self) -> list[tuple[int, Token, Outcome]]:
        """Return what became of commands since the last call: (reader, token, outcome)."""
        done, self._heard.done = self._heard.done, []
        return done

    def submit(self, reader: int, command: dict[str, Any], token: Token) -> bool:
        """Queue a command; `done` tells its token. False: it was not taken."""
        tokens = self._heard.tokens[reader]
        tokens.append(token)
        if self._panel.submit_command(reader, command):
            return True
        tokens.pop()
        return False

    def drop(self, reader: int) -> None:
        """Let go of the reader: nothing more is sent to it, nor what was sent repeated."""
        self._port.cut_off(self._addresses[reader])
        self._panel.flush_commands(reader)
        self._panel.disable_pd(reader)

    def take_up(self, reader: int) -> None:
        """Begin with the reader anew; commands left over from before are not sent."""
        self._panel.flush_commands(reader)
        tokens = self._heard.tokens[reader]
        self._heard.done += [(reader, token, "dropped") for token in tokens]
        tokens.clear()
        self._port.restore(self._addresses[reader])
        self._panel.enable_pd(reader)

    def has_display(self, reader: int) -> bool:
        """Whether the reader said that it can show text."""
        compliance, _ = self._panel.check_capability(reader, osdp_sys.CAP_READER_TEXT_OUTPUT)
        return bool(compliance)

    def identity(self, reader: int) -> dict[str, int]:
        """Return what the reader said of itself."""
        told: dict[str, int] = self._panel.get_pd_id(reader)
        return told


@dataclass(slots=True)
class _Heard(Generic[Token]):
    """What the library told, and the tokens of the commands it holds, by reader and in their order."""

    tokens: list[deque[Token]]
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    done: list[tuple[int, Token, Outcome]] = field(default_factory=list)
    decided: set[int] = field(default_factory=set)

    def on_event(self, reader: int, event: dict[str, Any]) -> int:
        if (event.get("event"), event.get("type")) == _TAKEN_UP_OR_GIVEN_UP:
            self.decided.add(reader)
        self.events.append((reader, event))
        return 0

    def on_done(self, reader: int, command: dict[str, Any], status: int) -> None:
        del command
        if self.tokens[reader]:
            self.done.append((reader, self.tokens[reader].popleft(), _OUTCOMES.get(status, "dropped")))


class _Channel:
    """The port as libosdp sees it. The extension never lets go of its channel, so this does not hold it."""

    def __init__(self, port: OsdpPort) -> None:
        self.id = port.id
        self._port = weakref.ref(port)

    def read(self, max_bytes: int) -> bytes:
        port = self._port()
        return b"" if port is None else port.read(max_bytes)

    def write(self, buf: bytes) -> int:
        port = self._port()
        return len(buf) if port is None else port.write(buf)

    def flush(self) -> None:
        port = self._port()
        if port is not None:
            port.flush()


def _info(wiring: OsdpReaderWiring, key: bytes, channel: _Channel, flags: int) -> dict[str, Any]:
    return {
        "name": wiring.id,
        "address": wiring.address,
        "flags": flags,
        "scbk": key,
        "channel": channel,
        # A panel tells nothing of itself; the extension asks all the same.
        "version": 0,
        "model": 0,
        "vendor_code": 0,
        "serial_number": 0,
        "firmware_version": 0,
    }
