"""What no single value of a site file can show: contradictions between its parts.

The rules look at plain values of any shape, so that they speak even where the schema has already found
something else wrong nearby.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from edge.site.errors import Finding, Place
from edge.site.naming import unknown
from edge.site.plain import Plain, part, parts
from edge.site.sections import HOURS

THIS_BOX = frozenset({"127.0.0.1", "::1", "localhost"})
STREAM_SCHEMES = ("rtsp", "rtsps")
SMALLEST_ZONE = 0.0005  # of the picture: a zone of 20 x 20 pixels in 1280 x 720

PLACES = frozenset({"file", "environment"})  # where a secret may be kept

_SECRET_PARAMETERS = frozenset({"password", "passwd", "pass", "pwd", "token", "secret"})


def findings(data: Plain) -> Iterator[Finding]:
    """Yield every contradiction in a site file's plain values."""
    yield from _timezone(part(data, "site"))
    for name, camera in parts(data, "cameras"):
        yield from _camera(camera, ("cameras", name))
    yield from _forbidden_zones(data)
    yield from _vehicle_hours(data)
    uplink = part(part(data, "uplink"), "mqtt")
    yield from _mqtt(uplink, ("uplink", "mqtt"))


def _camera(camera: Plain, place: Place) -> Iterator[Finding]:
    roles = camera.get("roles")
    if isinstance(roles, list) and "face" in roles and camera.get("purpose") == "security":
        yield Finding((*place, "purpose"), "site.face_needs_purpose")
    for key in ("source", "main_source"):
        yield from _source(camera.get(key), (*place, key))
    source = camera.get("source")
    if camera.get("loop") is True and isinstance(source, str) and "://" in source:
        yield Finding((*place, "loop"), "site.loop_needs_file")
    yield from credentials(camera, place)
    for name, zone in parts(camera, "zones"):
        yield from _polygon(zone.get("polygon"), (*place, "zones", name, "polygon"))


def _source(source: object, place: Place) -> Iterator[Finding]:
    """Judge a stream's address; what it says is never repeated, it may hold a password."""
    if not isinstance(source, str):
        return
    if re.match(r"[^@]*:[^@]*@", source) or ("://" in source and "@" in source):
        yield Finding(place, "site.source_with_password")
    elif "://" in source:
        key = _address_fault(source)
        if key is not None:
            yield Finding(place, key, {"schemes": ", ".join(STREAM_SCHEMES)})


def _address_fault(address: str) -> str | None:
    try:
        url = urlsplit(address)
        reachable = bool(url.hostname) and url.port != 0
    except ValueError:
        return "site.source_no_address"
    if {name.lower() for name, _ in parse_qsl(url.query)} & _SECRET_PARAMETERS:
        return "site.source_with_secret"
    if url.scheme.lower() not in STREAM_SCHEMES:
        return "site.source_scheme"
    return None if reachable else "site.source_no_address"


def credentials(section: Plain, place: Place) -> Iterator[Finding]:
    """Judge a pair of username and password, and where the password is kept."""
    password = section.get("password")
    if password is None:
        return
    if section.get("username") is None:
        yield Finding((*place, "password"), "site.password_without_username")
    yield from kept_in_one_place(password, (*place, "password"))


def kept_in_one_place(secret: object, place: Place) -> Iterator[Finding]:
    """Judge where a password or token is kept: in a file or in an environment variable."""
    if isinstance(secret, Mapping):
        places = [key for key in PLACES if secret.get(key) is not None]
        if len(places) != 1 and PLACES.issuperset(secret):
            yield Finding(place, "site.secret_place")


def _polygon(polygon: object, place: Place) -> Iterator[Finding]:
    corners = _corners(polygon)
    if len(corners) < 3:
        return
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*corners, corners[0]])) / 2
    if abs(area) < SMALLEST_ZONE:
        yield Finding(place, "site.polygon_flat")


def _corners(polygon: object) -> list[tuple[float, float]]:
    """Return a polygon's corners, none when the schema has something to say about them."""
    found: list[tuple[float, float]] = []
    for corner in polygon if isinstance(polygon, list) else ():
        if not (isinstance(corner, list) and len(corner) == 2):
            return []
        x, y = corner
        if not (isinstance(x, int | float) and isinstance(y, int | float) and 0 <= x <= 1 and 0 <= y <= 1):
            return []
        found.append((float(x), float(y)))
    return found


def _forbidden_zones(data: Plain) -> Iterator[Finding]:
    cameras = dict(parts(data, "cameras"))
    zones = [f"{name}/{zone}" for name, camera in cameras.items() for zone in part(camera, "zones")]
    known = [*zones, *part(data, "cameras")]
    rules = part(data, "people").get("unknown_forbidden")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if not isinstance(rule, Mapping):
            continue
        place: Place = ("people", "unknown_forbidden", index)
        yield from unknown("zone", rule.get("zone"), known, (*place, "zone"))
        yield from _hours(rule.get("hours"), (*place, "hours"))


def _vehicle_hours(data: Plain) -> Iterator[Finding]:
    yield from _hours(part(data, "vehicles").get("unknown_hours"), ("vehicles", "unknown_hours"))


def _hours(hours: object, place: Place) -> Iterator[Finding]:
    for index, text in enumerate(hours if isinstance(hours, list) else ()):
        if isinstance(text, str) and re.fullmatch(HOURS, text):
            begin, _, end = text.partition("-")
            if begin == end:
                yield Finding((*place, index), "site.hours_empty")


def _mqtt(mqtt: Plain, place: Place) -> Iterator[Finding]:
    host = mqtt.get("host")
    if mqtt.get("tls") is False:
        if isinstance(host, str) and host not in THIS_BOX:
            yield Finding((*place, "tls"), "site.plain_only_here")
        if mqtt.get("ca_file") is not None:
            yield Finding((*place, "ca_file"), "site.ca_without_tls")
    if isinstance(host, str) and ("://" in host or "@" in host or "/" in host):
        yield Finding((*place, "host"), "site.host_is_url")
    yield from credentials(mqtt, place)


def _timezone(site: Plain) -> Iterator[Finding]:
    name = site.get("timezone")
    if not isinstance(name, str):
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        nearest = near[0] if near else "Asia/Shanghai"
        yield Finding(("site", "timezone"), "site.timezone_unknown", {"nearest": nearest})
