"""A simulated OSDP reader with a lock, a door contact, an exit button, a housing and a supply."""

import contextlib
import math
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.doors.osdp_frames import Command, Frame, Reply
from drivers.sim.osdp_session import DEFAULT_KEY, SecureSession

CONTACT, EXIT_BUTTON = 0, 1
_NAK_COMMAND, _NAK_SEQUENCE, _NAK_SECURITY = 3, 4, 5
_TIMED_ON = 5
_FOR_A_WHILE = (3, 4)
# Function code, compliance, number: cards, LEDs, buzzer, CRC; a display; AES-128; one reader.
_CAPABILITIES, _DISPLAY, _SECURE, _ONE_READER = (
    bytes.fromhex(text) for text in ("030101 040101 050101 080100", "060101", "090101", "0e0001")
)


@dataclass(frozen=True, slots=True)
class Plate:
    """What is printed on the reader and what it tells of itself."""

    vendor: int = 0x123456
    model: int = 7
    version: int = 2
    serial: int = 1001
    firmware: tuple[int, int, int] = (1, 4, 2)

    def encoded(self) -> bytes:
        """Return the body of a PDID reply."""
        vendor, serial = self.vendor.to_bytes(3, "little"), self.serial.to_bytes(4, "little")
        return vendor + bytes([self.model, self.version]) + serial + bytes(self.firmware)


@dataclass(frozen=True, slots=True)
class Terminals:
    """Where the door is wired: input numbers (None: nothing there), the lock's output; whether words show."""

    contact: int | None = 0
    exit_button: int | None = 1
    contact_open_when_active: bool = True
    lock: int = 0
    display: bool = True


@dataclass(slots=True)
class Inside:
    """What a reader feels and does, as a test may set and read it."""

    contact_open: bool = False
    exit_pressed: bool = False
    tampered: bool = False
    power_failed: bool = False
    unlocked_until_s: float = 0.0
    leds: list[bytes] = field(default_factory=list)
    beeps: list[bytes] = field(default_factory=list)
    text: str = ""
    text_until_s: float = 0.0
    openings: list[float] = field(default_factory=list)


class OsdpReader:
    """One reader. Its verbs may be called from any thread; `answer` belongs to the line.

    `key` None means install mode: it speaks with the published default key until it is given one.
    Commands in `not_able` are refused, as by a reader that lacks what they are about.
    """

    def __init__(
        self,
        address: int,
        key: bytes | None,
        mono: Callable[[], float],
        *,
        plate: Plate | None = None,
        nonce: Callable[[int], bytes] = secrets.token_bytes,
        secure_channel: bool = True,
        terminals: Terminals | None = None,
    ) -> None:
        self.address = address
        self.key = key
        self.inside = Inside()
        self.plate = plate or Plate()
        self.dead = False
        self.slow_s = 0.0
        self.not_able: frozenset[Command] = frozenset()
        self._terminals = terminals or Terminals()
        self._mono = mono
        self._nonce = nonce
        self.secure_channel = secure_channel
        self._session: SecureSession | None = None
        self._waiting: deque[tuple[Reply, bytes]] = deque()
        self._last: tuple[Frame, Frame] | None = None
        self._output_told = False

    @property
    def secure(self) -> bool:
        """Whether a Secure Channel is open."""
        return self._session is not None and self._session.open

    def card(self, bits: int, data: bytes) -> None:
        """Hold a card to the reader; `data` is left-aligned."""
        self._waiting.append((Reply.RAW, bytes([0, 1]) + bits.to_bytes(2, "little") + data))

    def keys(self, digits: str) -> None:
        """Press keys; `*` and `#` travel as 0x7F and 0x0D."""
        raw = digits.replace("*", "\x7f").replace("#", "\r").encode("ascii")
        self._waiting.append((Reply.KEYPAD, bytes([0, len(raw)]) + raw))

    def contact(self, *, is_open: bool) -> None:
        """Open or close the door."""
        self.inside.contact_open = is_open
        self._waiting.append((Reply.ISTATR, self._inputs()))

    def exit_button(self, *, pressed: bool) -> None:
        """Press or release the exit button."""
        self.inside.exit_pressed = pressed
        self._waiting.append((Reply.ISTATR, self._inputs()))

    def tamper(self, *, tampered: bool) -> None:
        """Open or close the housing."""
        self.inside.tampered = tampered
        self._waiting.append((Reply.LSTATR, self._local()))

    def power(self, *, failed: bool) -> None:
        """Fail or restore the supply."""
        self.inside.power_failed = failed
        self._waiting.append((Reply.LSTATR, self._local()))

    def rekey(self, key: bytes | None) -> None:
        """Hold another key from now on, as a swapped reader does."""
        self.key = key
        self.restart()

    def unplug(self) -> None:
        """Take the power away: nothing is answered, the session is lost."""
        self.dead = True
        self._session = self._last = None

    def plug(self) -> None:
        """Give the power back."""
        self.restart()
        self.dead = False

    def stall(self) -> None:
        """Hang: nothing is answered, the session is kept."""
        self.dead = True

    def resume(self) -> None:
        """Go on after a stall."""
        self.dead = False

    def restart(self) -> None:
        """Start again: the session and what nobody fetched are lost, the lock falls to."""
        self._session = self._last = None
        self._waiting.clear()
        self.inside.unlocked_until_s = 0.0
        self._output_told = False

    def unlocked(self) -> bool:
        """Return whether the lock is released now."""
        return self._mono() < self.inside.unlocked_until_s

    def shown(self) -> str:
        """Return what its display shows now."""
        return self.inside.text if self._mono() < self.inside.text_until_s else ""

    def answer(self, frame: Frame) -> Frame | None:
        """Return the reply to one frame of the panel, None where the reader keeps silent."""
        if self.dead or frame.reply or frame.address not in (self.address, 0x7F):
            return None
        if self._last is not None and frame == self._last[0] and frame.sequence != 0:
            return self._last[1]
        if frame.sequence == 0:
            self._session = None
        reply = self._reply(frame)
        self._last = frame, reply
        return reply

    def _reply(self, frame: Frame) -> Frame:
        if frame.code == Command.CHLNG:
            return self._challenged(frame)
        if frame.code == Command.SCRYPT:
            return self._proven(frame)
        if frame.mac:
            return self._in_session(frame)
        if frame.code in (Command.POLL, Command.ID, Command.CAP):
            poll_only = frame.code == Command.POLL
            code, data = (Reply.ACK, b"") if poll_only else self._carry_out(frame.code, frame.data)
            return self._plain(frame, code, data)
        return self._plain(frame, Reply.NAK, bytes([_NAK_SECURITY]))

    def _in_session(self, frame: Frame) -> Frame:
        session = self._session
        if session is None or not session.open:
            return self._plain(frame, Reply.NAK, bytes([_NAK_SECURITY]))
        data = session.unseal(frame)
        if data is None:
            self._session = None
            return self._plain(frame, Reply.NAK, bytes([_NAK_SECURITY]))
        code, body = self._carry_out(frame.code, data)
        return session.seal(self._plain(frame, code, body))

    def _carry_out(self, code: int, data: bytes) -> tuple[Reply, bytes]:
        """Do what a command asks for; what is not known is refused."""
        if code in self.not_able:
            return Reply.NAK, bytes([_NAK_COMMAND])
        told = self._told(code)
        if told is not None:
            return told
        match code:
            case Command.OUT:
                return self._output(data)
            case Command.LED:
                self.inside.leds.append(data)
            case Command.BUZ:
                self.inside.beeps.append(data)
            case Command.TEXT:
                return self._text(data)
            case Command.KEYSET if len(data) == 18:
                self.key = data[2:]
            case _:
                return Reply.NAK, bytes([_NAK_COMMAND])
        return Reply.ACK, b""

    def _told(self, code: int) -> tuple[Reply, bytes] | None:
        """Return the answer to a question, None where the command is none."""
        if code == Command.POLL:
            return self._news()
        answers = {
            Command.ID: (Reply.PDID, self.plate.encoded()),
            Command.CAP: (Reply.PDCAP, self._capabilities()),
            Command.LSTAT: (Reply.LSTATR, self._local()),
            Command.ISTAT: (Reply.ISTATR, self._inputs()),
            Command.OSTAT: (Reply.OSTATR, self._outputs(unlocked=self.unlocked())),
        }
        return next((told for command, told in answers.items() if command == code), None)

    def _output(self, data: bytes) -> tuple[Reply, bytes]:
        if len(data) != 4 or data[0] != self._terminals.lock or data[1] != _TIMED_ON:
            return Reply.NAK, bytes([_NAK_COMMAND])
        now_s = self._mono()
        self.inside.openings.append(now_s)
        self.inside.unlocked_until_s = now_s + int.from_bytes(data[2:], "little") * 0.1
        return Reply.ACK, b""

    def _text(self, data: bytes) -> tuple[Reply, bytes]:
        """Show a text: for a while where the second byte says so, else until the next one."""
        if not self._terminals.display or len(data) < 6 or len(data) != 6 + data[5]:
            return Reply.NAK, bytes([_NAK_COMMAND])
        until_s = self._mono() + data[2] if data[1] in _FOR_A_WHILE else math.inf
        self.inside.text, self.inside.text_until_s = data[6:].decode("ascii", "replace"), until_s
        return Reply.ACK, b""

    def _news(self) -> tuple[Reply, bytes]:
        with contextlib.suppress(IndexError):
            return self._waiting.popleft()
        if self._output_told != self.unlocked():
            self._output_told = not self._output_told
            return Reply.OSTATR, self._outputs(unlocked=self._output_told)
        return Reply.ACK, b""

    def _capabilities(self) -> bytes:
        wired = bytes([1, 1, len(self._inputs()), 2, 1, len(self._outputs(unlocked=False))])
        display = _DISPLAY if self._terminals.display else b""
        return wired + _CAPABILITIES + display + (_SECURE if self.secure_channel else b"") + _ONE_READER

    def _inputs(self) -> bytes:
        at = self._terminals
        active = {
            at.contact: self.inside.contact_open == at.contact_open_when_active,
            at.exit_button: self.inside.exit_pressed,
        }
        count = 1 + max(1, at.contact or 0, at.exit_button or 0)
        return bytes(active.get(number, False) for number in range(count))

    def _outputs(self, *, unlocked: bool) -> bytes:
        return bytes(self._terminals.lock) + bytes([unlocked])

    def _local(self) -> bytes:
        return bytes([self.inside.tampered, self.inside.power_failed])

    def _challenged(self, frame: Frame) -> Frame:
        genuine = len(frame.data) == 8 and frame.security[:1] == b"\x11"
        if not genuine or not self.secure_channel:
            return self._plain(frame, Reply.NAK, bytes([_NAK_SECURITY]))
        self._session = session = SecureSession(self.key or DEFAULT_KEY, frame.data, self._nonce(8))
        data = self.plate.encoded()[:8] + session.nonce + session.cryptogram
        # Whatever key the panel has in mind, a reader answers with its own and says which kind it is.
        return self._plain(frame, Reply.CCRYPT, data, bytes([0x12, self.key is not None]))

    def _proven(self, frame: Frame) -> Frame:
        session = self._session
        first = None if session is None or session.open else session.accept(frame.data)
        if first is None:
            self._session = None
            return self._plain(frame, Reply.NAK, bytes([_NAK_SECURITY]))
        return self._plain(frame, Reply.RMAC_I, first, b"\x14\x01")

    def _plain(self, frame: Frame, code: Reply, data: bytes, security: bytes = b"") -> Frame:
        return Frame(
            self.address,
            reply=True,
            sequence=frame.sequence,
            code=code,
            data=data,
            security=security,
            crc=frame.crc,
        )
