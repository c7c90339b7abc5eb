"""What happened, as frozen values: what workers, drivers and the box itself report and the journal keeps.

Observations are msgspec structs with a tag, so that one type crosses the worker's pipe (MessagePack),
lies in the journal (JSON) and goes through replay unchanged. Places in a picture are fractions of its
width and height. `mono_s` is the monotonic time of the deciding frame, or of its replayed footage.
"""

from typing import Literal

import msgspec

from drivers.said import (
    ArmedChanged,
    CardPresented,
    CodeScanned,
    ContactChanged,
    DensityMeasured,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    OrderDone,
    PassageLogged,
    PatrolBadge,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.box_events import (
    DoorAlarmed,
    DoorFreed,
    DoorNotFreed,
    DoorSecured,
    FaceProven,
    FaceUnproven,
    GuardAsked,
    ModeSet,
    OpeningOrdered,
    OrderGiven,
    PassageDecided,
    PassScanned,
    PersonPassed,
    PinTyped,
    StrangeDriver,
    TailgatingSeen,
    VehicleOverstays,
    VehiclePassed,
)


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle in a picture, in fractions of its width and height."""

    x: float
    y: float
    width: float
    height: float


class CameraObservation(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What all observations of a camera share."""

    camera: str
    mono_s: float


class FaceSeen(CameraObservation, frozen=True, tag=True, kw_only=True):
    """Several frames of one track agreed: on a subject, or that nobody in the gallery fits.

    `subject` is `person/ID` or `watchlist/ID`, None for an unknown face. `similarity` is the best shot's
    similarity to the nearest gallery entry, None where there was nobody to compare with. A track that
    goes on says so again at intervals, with `repeat` counting from 0.
    """

    track: int
    subject: str | None
    similarity: float | None
    frames_agreed: int
    face_px: int
    box: Box
    zones: tuple[str, ...] = ()
    repeat: int = 0
    picture_score: float = 0.0


class PlateRead(CameraObservation, frozen=True, tag=True, kw_only=True):
    """A plate on which the frames of one track agreed by vote and which the grammar accepts.

    `exact_reads` counts single-frame reads that were exactly `text`.
    """

    track: int
    text: str
    plate_type: str
    colour: str
    confidence: float
    exact_reads: int
    box: Box
    zones: tuple[str, ...] = ()
    repeat: int = 0
    picture_score: float = 0.0


PresenceOf = Literal["person", "vehicle", "movement"]


class PresenceBegan(CameraObservation, frozen=True, tag=True, kw_only=True):
    """A confirmed track entered a zone (or the picture: zone None)."""

    track: int
    what: PresenceOf
    zone: str | None
    box: Box


class PresenceEnded(CameraObservation, frozen=True, tag=True, kw_only=True):
    """The track left; it had been there for `lasted_s`."""

    track: int
    what: PresenceOf
    zone: str | None
    lasted_s: float


class CameraLost(CameraObservation, frozen=True, tag=True, kw_only=True):
    """No fresh frame within the camera's deadline. `reason` is a catalogue key."""

    reason: str
    detail: str
    last_frame_age_s: float | None


class CameraFound(CameraObservation, frozen=True, tag=True, kw_only=True):
    """Frames flow (again); `away_s` is None at the first start."""

    away_s: float | None
    width: int
    height: int
    codec: str


class CameraTampered(CameraObservation, frozen=True, tag=True, kw_only=True):
    """The view is covered, black, frozen or moved."""

    how: Literal["covered", "black", "frozen", "moved"]
    measure: float


class CameraCleared(CameraObservation, frozen=True, tag=True, kw_only=True):
    """A tampered view is as it was."""

    how: Literal["covered", "black", "frozen", "moved"]
    lasted_s: float


class VisionWorkerLost(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A vision worker died or went silent; its cameras are blind until it is found again."""

    worker: int
    cameras: tuple[str, ...]
    reason: str
    detail: str
    mono_s: float


class VisionWorkerFound(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A vision worker is up (again)."""

    worker: int
    cameras: tuple[str, ...]
    away_s: float | None
    mono_s: float


SaidByDevice = (
    CardPresented
    | CodeScanned
    | KeysPressed
    | DoorChanged
    | ExitRequested
    | PassageLogged
    | TamperChanged
    | PowerChanged
    | ZoneChanged
    | ArmedChanged
    | ContactChanged
    | DensityMeasured
    | PatrolBadge
    | DeviceLost
    | DeviceFound
    | OrderDone
)

Observation = (
    FaceSeen
    | PlateRead
    | PresenceBegan
    | PresenceEnded
    | CameraLost
    | CameraFound
    | CameraTampered
    | CameraCleared
    | VisionWorkerLost
    | VisionWorkerFound
    | OpeningOrdered
    | OrderGiven
    | DoorAlarmed
    | PinTyped
    | PassScanned
    | FaceProven
    | FaceUnproven
    | PassageDecided
    | PersonPassed
    | DoorFreed
    | DoorNotFreed
    | DoorSecured
    | ModeSet
    | TailgatingSeen
    | VehiclePassed
    | VehicleOverstays
    | StrangeDriver
    | GuardAsked
    | SaidByDevice
)


class Report(msgspec.Struct, frozen=True):
    """An observation on its way to the controller, with its picture (JPEG) if it has one.

    Pictures stay in memory unless an alert needs them: strangers' faces are not kept.
    """

    observation: Observation
    picture: bytes | None = None


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """An observation as the journal holds it.

    `seq` counts within the journal and never repeats; (`boot`, `mono_s`) orders what one boot saw
    even where the wall clock stepped; `clock_trusted` says whether the wall clock was then believed.
    """

    seq: int
    wall_s: float
    mono_s: float
    boot: str
    clock_trusted: bool
    observation: Observation
