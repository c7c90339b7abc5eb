"""A camera's media profiles, and which of them Menwei should watch."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from onveef.parsers import parse_profiles

from drivers.cameras.onvif_names import printable
from drivers.cameras.onvif_xml import parsed

# The motion gate looks at 320 x 180 pixels: a smaller picture shows less than that.
SMALLEST_WATCHED_PX = 320 * 180
_MOST_PX, _MOST_FPS = 100_000, 1000
DECODED = frozenset({"H264", "H265"})
_SECRET = re.compile(r"(?:[/?&;_](?:password|passwd|pass|pwd)|[?&](?:token|secret))=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream a camera offers. `view` tells which lens it shows; 0 pixels: the camera did not say.

    `address` is an RTSP address without user and password, None where the camera offers none that may be
    written down.
    """

    token: str
    name: str
    view: str
    encoding: str
    width: int
    height: int
    fps: int | None
    ptz: bool
    address: str | None = None

    @property
    def pixels(self) -> int:
        """The size of its picture."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to write for one view: `source` to watch, `main` the larger one, None where there is none."""

    source: Profile
    main: Profile | None


def profiles_in(text: str, camera: str) -> tuple[Profile, ...]:
    """Return the profiles of an answer to GetProfiles, of either media service, without addresses.

    Malformed: it cannot be read.
    """
    found = []
    for said in parsed(parse_profiles, text, camera):
        video = said.get("video_encoder", {})
        profile = Profile(
            token=said["token"],
            name=printable(said["name"]),
            view=printable(said.get("video_source", {}).get("source_token", "")),
            encoding=printable(video.get("encoding", "")).upper().replace(".", ""),
            width=_within(video.get("width"), _MOST_PX) or 0,
            height=_within(video.get("height"), _MOST_PX) or 0,
            fps=_within(video.get("fps_limit"), _MOST_FPS),
            ptz="ptz" in said,
        )
        if profile.token:
            found.append(profile)
    return tuple(found)


def clean_address(said: str, host: str) -> str | None:
    """Return an RTSP address at the host that answered, without credentials.

    None: it is none that the camera driver opens, or a password stands where it cannot be taken out.
    """
    try:
        parts = urlsplit(said)
        port = parts.port
    except ValueError:
        return None
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.scheme.lower() != "rtsp" or not parts.hostname or _SECRET.search(rest):
        return None
    if not (rest.isascii() and rest.isprintable()):
        return None
    where = f"[{host}]" if ":" in host else host
    return f"rtsp://{where}{'' if port is None else f':{port}'}{rest}"


def suggestions(profiles: Iterable[Profile]) -> tuple[Suggestion, ...]:
    """Return what to watch of each view: the smallest stream that shows enough, and the largest."""
    views: dict[str, list[Profile]] = {}
    for profile in profiles:
        if profile.address is not None and profile.encoding in DECODED:
            views.setdefault(profile.view, []).append(profile)
    return tuple(_suggestion(offered) for offered in views.values())


def _within(number: int | None, most: int) -> int | None:
    return number if number is not None and 0 < number <= most else None


def _suggestion(offered: list[Profile]) -> Suggestion:
    largest = max(offered, key=_worth)
    enough = [p for p in offered if p.pixels >= SMALLEST_WATCHED_PX]
    source = min(enough, key=lambda p: (p.pixels, p.encoding, p.token)) if enough else largest
    return Suggestion(source, largest if largest.pixels > source.pixels else None)


def _worth(profile: Profile) -> tuple[int, bool, int, str]:
    # Of two alike the H.264: it costs a third less to decode and plays in a browser.
    return profile.pixels, profile.encoding == "H264", profile.fps or 0, profile.token
