"""What is asked and answered at the control socket: one JSON object a line, in UTF-8.

A connection asks as often as it likes, one request after another. `follow` turns it into a stream of what is
observed from then on, which ends when either side closes it; nothing more can be asked on it.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from drivers.base import Malformed
from edge.events import Observation
from edge.orders import What
from edge.refusal import Refusal, Refused

LONGEST_REQUEST = 4096
LONGEST_NAME = 64

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Who = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
_Why = Annotated[str, msgspec.Meta(max_length=200)]


class AskHealth(msgspec.Struct, frozen=True, tag="health", forbid_unknown_fields=True):
    """Ask how every device and camera is; Standing is the answer."""


class Follow(msgspec.Struct, frozen=True, tag="follow", forbid_unknown_fields=True):
    """Ask to be told everything that is observed from now on: Following, then Observed and Dropped."""


class GiveOrder(msgspec.Struct, frozen=True, tag="order", forbid_unknown_fields=True):
    """Order a device to act; Done or NotDone is the answer.

    `by` is the operator's name, `why` the reason, both journalled. `asked_mono_s` is when it was asked, in
    seconds of this machine's CLOCK_MONOTONIC: what got stuck on its way must open no door minutes later.
    """

    device: _Id
    what: What
    by: _Who
    why: _Why
    asked_mono_s: float

    def __post_init__(self) -> None:
        """Refuse what would leave nobody to ask: ValueError."""
        _require_named(self.by, self.why)


class SetMode(msgspec.Struct, frozen=True, tag="mode", forbid_unknown_fields=True):
    """Begin or end a mode of the whole site; ModeTaken is the answer."""

    mode: Literal["lockdown"]
    on: bool
    by: _Who
    why: _Why

    def __post_init__(self) -> None:
        """Refuse what would leave nobody to ask: ValueError."""
        _require_named(self.by, self.why)


class OpenEvery(msgspec.Struct, frozen=True, tag="open_every", forbid_unknown_fields=True):
    """Open all doors, which takes two operators: the first waits, the second within a minute opens.

    AwaitsSecond or Opened is the answer.
    """

    by: _Who
    why: _Why
    asked_mono_s: float

    def __post_init__(self) -> None:
        """Refuse what would leave nobody to ask: ValueError."""
        _require_named(self.by, self.why)


Act = GiveOrder | SetMode | OpenEvery
Request = AskHealth | Follow | Act


def _require_named(by: str, why: str) -> None:
    for field, text in (("by", by), ("why", why)):
        # Nothing that could play tricks on a terminal or a log either.
        if not text.strip() or not text.isprintable():
            raise ValueError(f"an order needs its operator in `by`, its reason in `why`; not so: {field}")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a device that lasts: `point` as in `edge.linkage.states`, `name` what guards call it."""

    point: str
    name: str
    state: str
    since_wall_s: float | None


class DeviceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One device. Ages in seconds, None before the first word; `reason` is a catalogue key.

    `condition` is a door's state in one word, None for what is no door. While the device is not `online`,
    `points` are what was last known.
    """

    device: str
    name: str
    place: str
    kind: str
    wire: str
    online: bool
    last_word_age_s: float | None
    words: int
    malformed: int
    reconnects: int
    reason: str | None
    detail: str
    condition: str | None
    points: tuple[Point, ...]


class CameraStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One camera. Ages in seconds, None before the first; `reason` is a catalogue key."""

    camera: str
    name: str
    place: str
    online: bool
    state: str
    last_packet_age_s: float | None
    last_frame_age_s: float | None
    frames: int
    malformed: int
    reconnects: int
    reason: str | None
    detail: str


class Standing(msgspec.Struct, frozen=True, tag="standing", kw_only=True):
    """How every device and camera is at `wall_s`, in the order of the site file."""

    site: str
    name: str
    wall_s: float
    devices: tuple[DeviceStanding, ...]
    cameras: tuple[CameraStanding, ...]


class Following(msgspec.Struct, frozen=True, tag="following"):
    """From here on everything observed is told."""


class Observed(msgspec.Struct, frozen=True, tag="observed"):
    """Something was observed, and taken in at `wall_s`. Keys pressed are told without saying which."""

    wall_s: float
    observation: Observation


class Dropped(msgspec.Struct, frozen=True, tag="dropped"):
    """So many observations were not told here, because those before were read too slowly."""

    count: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What became of an order: `refused` is None when the device confirmed it, else a catalogue key."""

    order: str
    refused: str | None
    took_s: float


class NotDone(msgspec.Struct, frozen=True, tag="refused"):
    """It was not done: a catalogue key with its values, and the English sentence."""

    key: str
    sentence: str
    values: Mapping[str, str] = {}


class ModeTaken(msgspec.Struct, frozen=True, tag="mode_taken"):
    """The mode was begun or ended: it is journalled and holds at every door."""

    mode: str
    on: bool


class AwaitsSecond(msgspec.Struct, frozen=True, tag="awaits_second"):
    """Another operator must ask for the same within `within_s`."""

    within_s: float


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """What became of opening every door: None where its device confirmed, else a catalogue key."""

    doors: Mapping[str, str | None]


Answer = Standing | Following | Observed | Dropped | Done | NotDone | ModeTaken | AwaitsSecond | Opened

_encoder = msgspec.json.Encoder()
_request: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_answer: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def encode(message: Request | Answer) -> bytes:
    """Return a message as one line."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return what a line asks. Raises Malformed, and nothing else, for what is no request."""
    try:
        return _request.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "control.malformed", "this is no request ({detail}): see edge/control", detail=str(error)
        ) from error


def decode_answer(line: bytes) -> Answer:
    """Return what a line answers. Raises Malformed, and nothing else, for what is no answer."""
    try:
        return _answer.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "control.bad_answer",
            "the daemon answers what cannot be understood ({detail}): restart it, it may be older",
            detail=str(error),
        ) from error


def not_done(error: Exception) -> NotDone:
    """Return why something was not done, as an answer."""
    if not isinstance(error, Refusal):
        error = Refused("control.failed", "the daemon failed ({detail}): see its log", detail=_name(error))
    return NotDone(error.key, str(error), {name: str(value) for name, value in error.values.items()})


def _name(error: Exception) -> str:
    return type(error).__name__
