"""How a device or a camera stands, in the words of one language."""

from collections.abc import Iterator

from edge import catalogue
from edge.alerts.alert import tell
from edge.catalogue import Language
from edge.control.messages import CameraStanding, DeviceStanding, Point
from edge.linkage.effects import Sentence

_QUIET = frozenset({"normal"})


def state_of(device: DeviceStanding, language: Language) -> str:
    """Return a device's states in words; what was last known, said so, while it is not online."""

    def say(key: str, /, **values: object) -> str:
        return catalogue.text(f"devices.{key}", language, **values)

    words = say("between").join(say(key, **values) for key, values in _words(device))
    if not words or device.online:
        return words
    return say("last_known", words=words)


def state_of_camera(camera: CameraStanding, language: Language) -> str:
    """Return a camera's state in words."""
    return catalogue.text(f"devices.camera_{camera.state}", language)


def reason_of(device: DeviceStanding, language: Language) -> str:
    """Return why a device is not there; empty where there is nothing to say."""
    return "" if device.reason is None else worded(why(device, device.reason, device.detail), language)


def reason_of_camera(camera: CameraStanding, language: Language) -> str:
    """Return why a camera is not there; empty where there is nothing to say."""
    if camera.reason is None:
        return ""
    values = {"camera": camera.name, "detail": camera.detail}
    return worded(Sentence(camera.reason, values, unworded(camera.reason, camera.detail)), language)


def why(device: DeviceStanding, key: str, detail: str = "") -> Sentence:
    """Return a driver's reason as a sentence about a device."""
    values = {"device": device.name, "wire": device.wire, "detail": detail}
    return Sentence(key, values, unworded(key, detail))


def unworded(key: str, detail: str = "") -> Sentence:
    """Return what is told of a reason that the catalogue lacks, or that asks for more than is known."""
    return Sentence("devices.reason", {"code": key, "detail": detail or "-"})


def worded(sentence: Sentence, language: Language) -> str:
    """Return a sentence in one language."""
    told = tell(sentence)
    return told.zh if language == "zh-CN" else told.en


def age(seconds: float | None) -> str:
    """Return an age in its two leading figures, `-` for never."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"


def _words(device: DeviceStanding) -> Iterator[tuple[str, dict[str, object]]]:
    if device.condition is not None:
        yield f"door_{device.condition}", {}
    zones = [point for point in device.points if point.point.startswith("zone:")]
    for zone in zones:
        if zone.state not in _QUIET:
            yield f"zone_{zone.state}", _named(zone)
    normal = sum(zone.state in _QUIET for zone in zones)
    if normal:
        yield "zones_normal", {"count": normal}
    for point in device.points:
        yield from _word(point, device.condition)


def _word(point: Point, condition: str | None) -> Iterator[tuple[str, dict[str, object]]]:
    of, _, _ = point.point.partition(":")
    if of == "contact":
        yield f"contact_{point.state}", _named(point)
    elif of == "armed":
        yield point.state, {}
    elif (of, point.state) == ("housing", "open") and condition != "tampered":
        yield "housing_open", {}
    elif (of, point.state) == ("power", "battery"):
        yield "power_battery", {}


def _named(point: Point) -> dict[str, object]:
    return {"id": point.point.partition(":")[2], "name": point.name}
