"""What an answer to an ONVIF request means: what it says, or which of the four families it is.

All are pure functions of what came; `camera` only names it in an error.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from onveef import parsers
from onveef.parsers import fault_is_unsupported, find_local, has_soap_fault, parse_fault

from drivers.base import DeviceError, Identity
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_names import printable
from drivers.cameras.onvif_xml import bounded, decoded, parsed

# Most cameras say ter:NotAuthorized; others only put it into words, and some into words of their own.
_UNAUTHORISED = ("authoriz", "authoris", "authority", "authentic", "password")


@dataclass(frozen=True, slots=True)
class Preset:
    """A direction that was saved in a camera."""

    token: str
    name: str


def document(camera: str, operation: str, status: int, body: bytes) -> str:
    """Return the answer's text, which holds what `operation` asked for; the status is HTTP's.

    Denied, Transient, Misconfigured: the camera answered something else. Malformed: no ONVIF.
    """
    if status in (401, 403):
        raise fault("onvif.denied", camera, f"HTTP {status}")
    if 300 <= status < 400 or status in (404, 405):
        raise fault("onvif.no_service", camera, f"HTTP {status}")
    text = decoded(body)
    if has_soap_fault(text):
        raise _refusal(camera, text)
    if status >= 500:
        raise fault("onvif.busy", camera, f"HTTP {status}")
    if status >= 400:
        raise fault("onvif.rejected", camera, f"HTTP {status}")
    if find_local(bounded(text, camera), f"{operation}Response") is None:
        raise fault("onvif.malformed", camera, f"no {operation}Response")
    return text


def clock_offset_s(text: str, now: datetime) -> float:
    """Return how far a camera's clock is ahead of `now`, 0.0 where it names no time that exists."""
    try:
        utc = parsers.parse_system_datetime(text).get("UTCDateTime")
        return (datetime(**utc, tzinfo=UTC) - now).total_seconds() if utc else 0.0
    except (TypeError, ValueError, ArithmeticError):
        return 0.0


def identity_in(text: str, camera: str, latency_s: float) -> Identity:
    """Return who a camera says that it is; what it leaves out is empty."""
    said = parsed(parsers.parse_device_information, text, camera)
    keys = ("Manufacturer", "Model", "SerialNumber", "FirmwareVersion")
    maker, model, serial, firmware = (printable(said.get(key, "")) for key in keys)
    return Identity(maker, model, serial, firmware, latency_s)


def paths_in(text: str, camera: str, *, capabilities: bool = False) -> dict[str, str]:
    """Return the path of each service that an answer to GetServices, or to GetCapabilities, names.

    The host is left out: it is what the camera believes, not where it answered.
    """
    parser = parsers.parse_capabilities if capabilities else parsers.parse_services
    found = parsed(parser, text, camera)
    return {name: path for name, address in found.items() if (path := _path(address)) is not None}


def presets_in(text: str, camera: str) -> tuple[Preset, ...]:
    """Return the presets of an answer to GetPresets."""
    said = parsed(parsers.parse_ptz_presets, text, camera)
    return tuple(Preset(each["token"], printable(each["name"])) for each in said if each["token"])


def _path(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path.startswith("/") and path.isascii() and path.isprintable() else None


def _refusal(camera: str, text: str) -> DeviceError:
    bounded(text, camera)
    reason = parse_fault(text)
    said = reason.lower().replace(" ", "")
    if "NotAuthorized" in text or any(word in said for word in _UNAUTHORISED):
        return fault("onvif.denied", camera, printable(reason))
    if fault_is_unsupported(reason) or "ActionNotSupported" in text:
        return fault("onvif.rejected", camera, f"not supported: {printable(reason)}")
    return fault("onvif.rejected", camera, printable(reason))
