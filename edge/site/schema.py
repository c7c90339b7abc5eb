"""What a site file may say: every key with its unit, bounds and description.

One schema makes the errors of `menwei check`, the editor's completion and the reference page. What no single
value can show (a zone that no camera has) is judged by `edge.site.rules`; a site file is read by
`edge.site.loading`.
"""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from edge.site.access import Access
from edge.site.sections import TOPIC, Fraction, HoursText, Identifier, Secret, Section, Severity
from edge.site.wires import Wire


class SiteSection(Section):
    """The compound that this box guards."""

    id: Identifier = Field(description="Short name in topics and file names: small letters, digits, hyphens.")
    name: str = Field(min_length=1, description="The compound's name as people say it.")
    timezone: str = Field("Asia/Shanghai", description="IANA time zone; hours in this file are local to it.")
    language: Literal["zh-CN", "en"] = Field("zh-CN", description="Language of alerts and of the terminal.")

    @property
    def zone_info(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)


class PictureZone(Section):
    """A named part of one camera's picture."""

    name: str = Field(min_length=1, description="What the place is called.")
    polygon: tuple[tuple[Fraction, Fraction], ...] = Field(
        min_length=3, description="Corners as [x, y] fractions of the picture's width and height, in order."
    )


class Camera(Section):
    """One camera, its streams, what it is for and what may be done with its picture."""

    name: str = Field(min_length=1, description="What guards call it.")
    place: str = Field(min_length=1, description="Where it looks: printed in every alert.")
    source: str = Field(
        min_length=1,
        description="Stream or file to watch: rtsp://host/path without user or password, or a path.",
    )
    main_source: str | None = Field(
        None,
        description="Second, larger stream of the same view for naming and evidence; decoded only on demand.",
    )
    username: str | None = Field(None, description="User name for the streams.")
    password: Secret | None = Field(None, description="Where the streams' password is kept.")
    roles: frozenset[Literal["face", "plate", "overview"]] = Field(
        min_length=1, description="What to look for in its picture."
    )
    purpose: Literal["access", "watchlist", "security"] = Field(
        description="Why it looks. Only access and watchlist recognise faces; security records presence."
    )
    analyse_fps: float = Field(5.0, gt=0, le=25, description="Pictures a second to analyse.")
    min_face_px: int = Field(
        36, ge=24, le=400, description="Width below which a face is never named, in pixels."
    )
    min_plate_px: int = Field(
        60, ge=40, le=400, description="Width below which a plate is not read, in pixels."
    )
    lost_after_s: float = Field(5.0, ge=1, le=60, description="Without a fresh frame for so long it is lost.")
    loop: bool = Field(False, description="For a file: play it again and again at its own speed.")  # noqa: FBT003
    zones: dict[Identifier, PictureZone] = Field(
        default_factory=dict, description="Named parts of the picture."
    )


class Recognition(Section):
    """How sure to be before a name or a plate is published."""

    face_engine: Literal["yunet-sface", "face_recognition"] = Field(
        "yunet-sface", description="Which engine."
    )
    raise_similarity: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Similarity from which a face is named; engine's measured figure if absent.",
    )
    margin: float | None = Field(None, ge=0, lt=1, description="Lead over the runner-up that a name needs.")
    agreeing_frames: int = Field(3, ge=2, le=10, description="Frames that must agree on a name.")
    agreeing_reads: int = Field(2, ge=2, le=10, description="Frames that must agree on a plate.")
    workers: int = Field(1, ge=1, le=8, description="Vision processes; cameras are dealt out between them.")


class ForbiddenHours(Section):
    """Unknown people may not be in these zones in these hours."""

    zone: str = Field(description="camera/zone, or the camera alone for its whole picture.")
    hours: tuple[HoursText, ...] = Field(
        min_length=1, description='Local times "22:00-06:00"; past midnight is fine, "00:00-24:00" is always.'
    )
    severity: Severity = Field("warning", description="Severity of the alert.")


class PeoplePolicy(Section):
    """When people who are not registered raise an alert."""

    unknown_forbidden: tuple[ForbiddenHours, ...] = Field(
        (), description="Zones and hours forbidden to unknowns."
    )
    visit_gap_s: float = Field(
        60, ge=5, le=3600, description="Seen again within so long, it is the same visit and the same alert."
    )


class VehiclePolicy(Section):
    """When vehicles that are not registered raise an alert."""

    unknown_alert: bool = Field(True, description="Alert when a plate is read that nobody registered.")  # noqa: FBT003
    unknown_hours: tuple[HoursText, ...] = Field(
        ("00:00-24:00",), min_length=1, description="In these hours."
    )
    severity: Severity = Field("notice", description="Severity of the alert.")
    visit_gap_s: float = Field(
        300, ge=5, le=86400, description="Seen again within so long, it is the same visit."
    )


class MqttUplink(Section):
    """The community server's broker."""

    host: str = Field(min_length=1, description="Host name or address.")
    port: int = Field(8883, ge=1, le=65535, description="TCP port.")
    username: str | None = Field(None, description="User name at the broker.")
    password: Secret | None = Field(None, description="Where the broker's password is kept.")
    tls: bool = Field(True, description="Encrypt and verify. Turn off only for a broker on this box.")  # noqa: FBT003
    ca_file: Path | None = Field(
        None, description="Certificate authority of the broker; the system's if absent."
    )
    topic_prefix: str = Field("menwei", pattern=TOPIC, description="First part of every topic.")
    resend_after_s: float = Field(
        10, ge=1, le=600, description="Send again when not acknowledged within so long."
    )


class Uplink(Section):
    """Where alerts go."""

    mqtt: MqttUplink = Field(description="MQTT broker of the community server.")


class Storage(Section):
    """Where the box keeps what it knows."""

    directory: Path = Field(description="Folder for database, evidence and key; relative to the site file.")


class Retention(Section):
    """How long each kind of record is kept."""

    observations_days: int = Field(
        30, ge=30, le=365, description="Journal (the regulations ask for 30 days)."
    )
    alerts_days: int = Field(180, ge=30, le=3650, description="Closed alerts.")
    evidence_days: int = Field(30, ge=1, le=365, description="Evidence pictures.")


class Console(Section):
    """The web console's address."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8443, ge=1, le=65535, description="TCP port.")


class Site(Section):
    """One gate box."""

    site: SiteSection = Field(description="The compound that this box guards.")
    cameras: dict[Identifier, Camera] = Field(min_length=1, description="The cameras, each under its id.")
    wires: dict[Identifier, Wire] = Field(
        default_factory=dict,
        description="Doors, fence, barrier, sirens, probes and patrol readers, each by the wire it hangs on.",
    )
    access: Access = Field(
        default_factory=Access, description="Who may pass which door or lane, when, and with what."
    )
    recognition: Recognition = Field(
        default_factory=Recognition, description="How sure to be before a name or a plate is published."
    )
    people: PeoplePolicy = Field(
        default_factory=PeoplePolicy, description="When unknown people raise an alert."
    )
    vehicles: VehiclePolicy = Field(
        default_factory=VehiclePolicy, description="When unknown vehicles raise an alert."
    )
    uplink: Uplink = Field(description="Where alerts go.")
    storage: Storage = Field(description="Where the box keeps what it knows.")
    retention: Retention = Field(default_factory=Retention, description="How long records are kept.")
    console: Console = Field(default_factory=Console, description="The web console.")
