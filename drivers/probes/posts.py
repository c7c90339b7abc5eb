"""JSON that probes post over HTTP or publish over MQTT.

DataSky's devices post `{"id": "00f40f9a", "mmac": .., "data": [{"mac": "..", "rssi": "-89", "range": "77"}]}`
with strings for numbers, plain or as the form field `data`. Sniffers on MQTT publish the same object, a list
of its entries or one entry. Names of networks, router names and the distance guess are not looked at.
"""

import json
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from drivers.base import Malformed
from drivers.probes.heard import Heard, address_of, heard, malformed

LARGEST_POST_BYTES = 256 * 1024
MOST_ENTRIES = 4096
_FORM_FIELD = b"data="
# Later than this, a number can only be milliseconds: it would be the year 5138.
_MILLISECONDS_FROM = 1e11


@dataclass(frozen=True, slots=True)
class Post:
    """What a post tells: the sender's own id, when it heard (wall seconds), and how many bytes were used."""

    sender: str | None
    heard_s: float | None
    heard: tuple[Heard, ...]
    malformed: int
    used: int


def decode_post(body: bytes) -> Post:
    """Return what a post tells; broken entries are counted, the others kept.

    Raises Malformed where the post as a whole cannot be read.
    """
    if len(body) > LARGEST_POST_BYTES:
        raise malformed("size")
    said = _json(_without_form(body))
    entries = _entries(said)
    if len(entries) > MOST_ENTRIES:
        raise malformed("entries")
    found: list[Heard] = []
    broken = 0
    for entry in entries:
        try:
            found.append(_entry(entry))
        except Malformed:
            broken += 1
    return Post(_sender(said), _heard_s(said), tuple(found), broken, len(body))


def _without_form(body: bytes) -> bytes:
    if not body.startswith(_FORM_FIELD):
        return body
    value = body[len(_FORM_FIELD) :].partition(b"&")[0]
    return unquote_to_bytes(value.replace(b"+", b" "))


def _json(body: bytes) -> object:
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    # Raised outside: the decoder's own error holds the whole text, addresses included.
    if said is None:
        raise malformed("json")
    return said


def _entries(said: object) -> list[object]:
    if isinstance(said, list):
        return said
    if isinstance(said, dict):
        if isinstance(said.get("data"), list):
            return list(said["data"])
        if "mac" in said:
            return [said]
        if "id" in said and said.get("data") is None:
            return []
    raise malformed("shape")


def _entry(entry: object) -> Heard:
    if not isinstance(entry, dict) or not isinstance(entry.get("mac"), str):
        raise malformed("entry")
    if not entry["mac"].isascii():
        raise malformed("address")
    rssi = _number(entry.get("rssi"))
    return heard(address_of(entry["mac"].encode("ascii")), None if rssi is None else round(rssi))


def _sender(said: object) -> str | None:
    sender = said.get("id") if isinstance(said, dict) else None
    return sender if isinstance(sender, str) and 0 < len(sender) <= 64 else None


def _heard_s(said: object) -> float | None:
    if not isinstance(said, dict):
        return None
    try:
        at = _number(said.get("ts"))
    except Malformed:
        return None
    if at is None or at <= 0:
        return None
    return at / 1000 if at >= _MILLISECONDS_FROM else at


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= 20:
        value = _parsed(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise malformed("number")
    return float(value)


def _parsed(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
