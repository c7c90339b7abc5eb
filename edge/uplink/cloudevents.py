"""Alerts and pictures as CloudEvents 1.0, JSON format, structured mode.

Extensions: `sequence` (CloudEvents' own extension of that name; digits padded to sort as text), and on
pictures `alert` and `sha256`. Times are RFC 3339 in the site's time zone.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from edge.alerts.alert import Alert, Picture

RAISED = "menwei.alert.raised"
UPDATED = "menwei.alert.updated"
PICTURE = "menwei.picture.kept"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose events these are."""

    site: str
    name: str
    timezone: tzinfo


def alert_event_id(alert: Alert) -> str:
    """Return the id of what is told at an alert's present revision: the alert's own when it was raised."""
    return f"{alert.id}.{alert.revision}" if alert.revision else alert.id


def picture_event_id(alert: Alert) -> str:
    """Return the id under which an alert's present picture is sent."""
    return f"{alert.id}.picture.{alert.revision}"


def alert_event(alert: Alert, origin: Origin, sequence: int) -> str:
    """Return an alert as an event."""
    when = alert.last_wall_s if alert.settled_wall_s is None else alert.settled_wall_s
    event = _envelope(alert_event_id(alert), UPDATED if alert.revision else RAISED, origin, sequence, when)
    event["subject"] = alert.device or alert.camera or alert.kind
    event["datacontenttype"] = "application/json"
    event["data"] = _data(alert, origin)
    return msgspec.json.encode(event).decode()


def picture_event(alert: Alert, picture: Picture, origin: Origin, sequence: int) -> str:
    """Return the event of an alert's picture, still without the picture itself."""
    event = _envelope(picture_event_id(alert), PICTURE, origin, sequence, alert.last_wall_s)
    event |= {
        "subject": alert.device or alert.camera or alert.kind,
        "alert": alert.id,
        "sha256": picture.sha256,
    }
    event["datacontenttype"] = "image/jpeg"
    return msgspec.json.encode(event).decode()


def with_picture(event: str, jpeg: bytes | None) -> str:
    """Put the JPEG into its event; None says that the box no longer has it."""
    fields = msgspec.json.decode(event, type=dict[str, Any])
    if jpeg is None:
        fields |= {"datacontenttype": "application/json", "data": None}
    else:
        fields["data_base64"] = base64.b64encode(jpeg).decode()
    return msgspec.json.encode(fields).decode()


def _envelope(event_id: str, kind: str, origin: Origin, sequence: int, wall_s: float) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/menwei/sites/{origin.site}",
        "type": kind,
        "time": _rfc3339(wall_s, origin.timezone),
        "sequence": f"{sequence:012d}",
    }


def _data(alert: Alert, origin: Origin) -> dict[str, Any]:
    return {
        "alert": alert.id,
        "number": alert.sequence,
        "revision": alert.revision,
        "site": origin.name,
        "kind": alert.kind,
        "severity": alert.severity,
        "state": alert.state,
        "place": alert.place,
        "camera": alert.camera,
        "device": alert.device,
        "zone": alert.zone,
        "subject": alert.subject,
        "first_seen": _rfc3339(alert.first_wall_s, origin.timezone),
        "last_seen": _rfc3339(alert.last_wall_s, origin.timezone),
        "clock_trusted": alert.clock_trusted,
        "count": alert.count,
        "text": alert.text,
        "why": alert.why,
        "picture": alert.picture.sha256 if alert.picture else None,
    }


def _rfc3339(wall_s: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(wall_s, UTC).astimezone(zone).isoformat(timespec="milliseconds")
