"""What the box itself ordered, found and decided about devices, doors and lanes, as frozen values.

They go to the journal and through the rules like everything else that happens; see `edge.events`.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec


class Check(msgspec.Struct, frozen=True):
    """One condition that was looked at: its name (catalogue `access.check_NAME`), its outcome, its values."""

    name: str
    passed: bool
    values: Mapping[str, str] = {}


class DeviceObservation(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What the box itself knows of a device; what the device said is one of `drivers.said`."""

    device: str
    mono_s: float


class OpeningOrdered(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door was told to open for `pulse_s`: by whom (`operator/NAME`, `test`) and why. OrderDone follows."""

    order: str
    pulse_s: float
    by: str
    why: str


class OrderGiven(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A device was told to do something but to open: by whom (`operator/NAME`) and why. OrderDone follows.

    `what` is the verb, its object and its measure: `pulse:siren:500`, `switch:lamp:on`, `arm`, `bypass:3`.
    """

    order: str
    what: str
    by: str
    why: str


class DoorAlarmed(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door was opened while nobody was let through, or stands open for too long."""

    alarm: Literal["forced", "held"]


class PinTyped(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A code was typed at a door and judged: whose PIN it is, never the digits.

    `problem` is why it is no good; `subject` is whom the keypad number or the card shown before named,
    `credential` the PIN that fits; `reader` has the keypad.
    """

    subject: str | None
    credential: int | None
    problem: str | None = None
    duress: bool = False
    reader: str | None = None


class PassScanned(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A code was held before a door's scanner and its signature judged; `problem` is why it is no good."""

    visitor: int | None
    problem: str | None = None


class FaceProven(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A face at a door was proven live, by its terminal or by a challenge that it met."""

    subject: str
    by: Literal["terminal", "challenge"]


class FaceUnproven(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A face at a door did not meet the challenge to show that it is live.

    `ignored`: nobody began to turn; `late`, `lost` from sight; `jumped` from one angle to another as swapped
    pictures do; `astray`: turned to the other side.
    """

    subject: str
    camera: str
    why: Literal["ignored", "late", "lost", "jumped", "astray"]


class PassageDecided(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A request to pass a door or lane was decided; OpeningOrdered follows one that was granted.

    `reason` and the checks' names are catalogue keys; `notices` are what was let pass and must be told
    (`soft_anti_passback`). `asked` are the factors or the plate; `lane` is set where a vehicle asked,
    `camera` where one sees who asks at a door.
    """

    granted: bool
    reason: str
    subjects: tuple[str, ...]
    asked: tuple[str, ...]
    trace: tuple[Check, ...]
    duress: bool = False
    notices: tuple[str, ...] = ()
    order: str | None = None
    lane: str | None = None
    camera: str | None = None


class PersonPassed(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door was opened by whom it was granted."""

    subjects: tuple[str, ...]


class DoorFreed(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door is unlocked until further notice: by its schedule, by fire."""

    by: Literal["schedule", "first_person", "fire"]
    subject: str | None = None


class DoorNotFreed(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door that fire should open did not take its order.

    `fail` is what its lock does without power: `safe` opens, `secure` stays locked.
    """

    order: str
    refused: str
    fail: Literal["safe", "secure"]


class DoorSecured(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A door that was freed is locked again."""

    by: Literal["schedule", "first_person", "fire", "lockdown"]


class ModeSet(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An operator began or ended a mode of the whole site."""

    mode: Literal["lockdown"]
    on: bool
    by: str
    why: str
    mono_s: float


class TailgatingSeen(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """More people went through a door than it was opened for."""

    camera: str
    people: int
    granted: int


class VehiclePassed(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A vehicle drove through a lane; `plate` is None where nobody could read it.

    `device` is the lane's barrier.
    `notices` are what was found: `entered_twice`, `left_unseen`, `type_differs`, `colour_differs`,
    `unadmitted` (behind a vehicle that was let through), `by_operator`, `read_changed` (another plate was
    admitted at first).
    """

    lane: str
    plate: str | None
    direction: Literal["in", "out"]
    inside: int
    notices: tuple[str, ...] = ()


class VehicleOverstays(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A vehicle that may not stay is still inside after `hours`."""

    lane: str
    plate: str
    hours: float


class StrangeDriver(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A registered car left with none of its usual faces at the wheel: information.

    `faces` counts the other faces that were seen there.
    """

    lane: str
    plate: str
    owner: str
    faces: int = 0


class GuardAsked(DeviceObservation, frozen=True, tag=True, kw_only=True):
    """A vehicle waits and its plate cannot be read, or is not admitted: a guard must look and may open."""

    lane: str
    camera: str
    reason: str
    plate: str | None = None
