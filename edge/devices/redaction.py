"""What may leave the box for support: pure. Nothing is kept but what is known to say nothing of people.

Numbers, switches, paths, ids and words from closed lists stay. Every other text is replaced, so that a key
that is added to the site file later stays at home until somebody lists it here. Free texts are where
installers write names, telephone numbers and plates.

Limit: a name in Latin letters that somebody made an id or the path of a file is only found where the
registers know it.
"""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

from edge.site.schema import Site
from edge.site.sections import HOURS, VARIABLE, Section

REDACTED = "redacted"

_WORD = r"[A-Za-z0-9][A-Za-z0-9_/+-]{0,63}"
_PATH = r"/[^\x00-\x1f]*"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
_IPV6 = r"[0-9A-Fa-f:.]{2,45}"
# Texts of the site file that stay, by the name of their key, where they look as they should.
_KEPT: Mapping[str, str] = {
    **dict.fromkeys(("id", "kind", "language", "timezone", "driver", "format", "parity"), _WORD),
    **dict.fromkeys(("roles", "purpose", "face_engine", "severity"), _WORD),
    **dict.fromkeys(("zone", "cameras", "output", "outputs", "raise_output", "lower_output"), _WORD),
    **dict.fromkeys(("guards", "door_contact", "camera"), _WORD),
    **dict.fromkeys(("hours", "unknown_hours"), HOURS),
    **dict.fromkeys(("host", "listen_host"), f"{_HOST}|{_IPV6}"),
    "port": _PATH,
    "profile": f"{_WORD}|{_PATH}",
    "environment": VARIABLE,
}
_KEY = r"[A-Za-z0-9_-]{1,40}"
_ADDRESSES = ("source", "main_source")
# Whatever another package's driver asks for: only that package knows what is in there.
_SEALED = ("settings",)

_PAIR = r"[0-9A-Fa-f]{2}"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # Hardware addresses as they are written: 80:56:F2:7B:47:1D, 8056.f27b.471d, 8056F27B471D.
        rf"(?<![0-9A-Fa-f]){_PAIR}([:_-])(?:{_PAIR}\1){{4}}{_PAIR}(?![0-9A-Fa-f])",
        r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![0-9A-Fa-f])",
        r"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?![0-9A-Za-z])",
        # An IPv6 address that was made of one.
        r"[0-9A-Fa-f:]*[Ff]{2}:[Ff][Ee][0-9A-Fa-f:]*",
        # Keys.
        r"[0-9A-Fa-f]{32,}",
        # Plates.
        r"[\u4e00-\u9fff][A-Z][·.\s]?[A-Z0-9]{4,6}[\u4e00-\u9fff]?",
    )
)


def site(known: Site) -> dict[str, object]:
    """Return the site file as it was loaded, without anything that tells a secret or names anybody."""
    return _section(known)


def scrubbed(value: object, names: frozenset[str]) -> object:
    """Return a JSON value in which no text holds a hardware address, a key, a plate or one of `names`.

    The second line of defence: it also finds what lies in a path or in what a device says of itself.
    """
    # The longest first: a name may hold another one.
    return _scrubbed(value, sorted(names, key=len, reverse=True))


def matching(text: str, pattern: str) -> str:
    """Return `text` where the whole of it looks as it should, else that it was replaced."""
    return text if re.fullmatch(pattern, text) else REDACTED


def _section(section: Section) -> dict[str, object]:
    return {name: _value(name, getattr(section, name)) for name in type(section).model_fields}


def _value(name: str, value: object) -> object:
    if name in _SEALED:
        return REDACTED
    if isinstance(value, Section):
        return _section(value)
    if isinstance(value, Mapping):
        return _mapping(name, value)
    if isinstance(value, frozenset | tuple | list):
        below = sorted(value) if isinstance(value, frozenset) else value
        return [_value(name, each) for each in below]
    return _leaf(name, value)


def _leaf(name: str, value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Path():
            return _path(str(value))
        case str():
            return _address(value) if name in _ADDRESSES else _text(name, value)
        case _:
            return REDACTED


def _mapping(name: str, value: Mapping[object, object]) -> dict[str, object]:
    told: dict[str, object] = {}
    for number, (key, below) in enumerate(value.items(), 1):
        fine = re.fullmatch(_KEY, str(key))
        told[str(key) if fine else f"{REDACTED}-{number}"] = _value(name, below)
    return told


def _text(name: str, text: str) -> str:
    pattern = _KEPT.get(name)
    if pattern is None or (name in {"host", "listen_host"} and not _is_host(text)):
        return REDACTED
    return _path(matching(text, pattern))


def _path(text: str) -> str:
    """Return a path without the folders and files that bear a Chinese name: it may be somebody's."""
    return "/".join(step if step.isascii() else REDACTED for step in text.split("/"))


def _address(source: str) -> str:
    """Return a stream's scheme, host and port: makers write users, passwords and tokens into all the rest."""
    try:
        parts = urlsplit(source)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return REDACTED
    if not parts.scheme.isalpha() or not _is_host(host):
        return REDACTED
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}/{REDACTED}"


def _is_host(text: str) -> bool:
    """Say whether a text is a host: `user:word@host` and `user:word` are none."""
    if ":" not in text:
        return re.fullmatch(_HOST, text) is not None
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _scrubbed(value: object, names: Sequence[str]) -> object:
    match value:
        case str():
            return _scrubbed_text(value, names)
        case Mapping():
            return {_scrubbed_text(str(key), names): _scrubbed(below, names) for key, below in value.items()}
        case list() | tuple():
            return [_scrubbed(below, names) for below in value]
        case _:
            return value


def _scrubbed_text(text: str, names: Sequence[str]) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(REDACTED, text)
    for name in names:
        text = text.replace(name, REDACTED)
    return text
