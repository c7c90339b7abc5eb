"""What a site file may say of who passes which door or lane, when, and with what.

Doors are devices of the file's wires, under their own ids; lanes get ids here. What no single value can show
(a schedule that nobody wrote) is judged by `edge.site.access_rules`.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edge.access.policy import Factor, Liveness
from edge.access.register import Parking, PersonKind
from edge.site.sections import DATES, HoursText, Identifier, Section

ALL = "all"
"""Written among the openings of a right: every door and lane."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DatesText = Annotated[str, StringConstraints(pattern=DATES)]


class WeeklyHours(Section):
    """The same hours on some days of the week."""

    days: frozenset[Day] = Field(min_length=1, description="Days of the week.")
    hours: tuple[HoursText, ...] = Field(
        min_length=1,
        description='Local times "07:00-22:00"; past midnight is fine and belongs to the day it begins on.',
    )


class ScheduleSection(Section):
    """Hours of the week, and of holidays."""

    name: str = Field(min_length=1, description="What people call it.")
    weekly: tuple[WeeklyHours, ...] = Field((), description="Days and hours; days not written have none.")
    holiday: tuple[HoursText, ...] = Field(
        (), description="Hours on holidays, whatever the day of the week; none if absent."
    )


class DoorGroup(Section):
    """Doors and lanes that rights, exceptions and visitors' passes name together."""

    name: str = Field(min_length=1, description="What people call it.")
    openings: tuple[Identifier, ...] = Field(min_length=1, description="Ids of doors and lanes.")


class RightSection(Section):
    """Who may pass what, when: people who fit every one of kinds, buildings and organisations."""

    kinds: frozenset[PersonKind] = Field(
        frozenset(), description="Kinds of registered people; every kind if empty."
    )
    buildings: frozenset[str] = Field(
        frozenset(), description="Tied to one of these buildings, as the register names them; any if empty."
    )
    organisations: frozenset[str] = Field(
        frozenset(), description="Tied to one of these organisations; any if empty."
    )
    openings: tuple[Identifier, ...] = Field(
        min_length=1, description="Ids of doors, lanes and door groups, or all."
    )
    schedule: Identifier | None = Field(None, description="When; always if absent.")


class AntiPassbackSection(Section):
    """The door leads from one area into another, and who is not in the first cannot pass it twice."""

    mode: Literal["hard", "soft", "timed"] = Field(
        description="hard refuses; soft lets pass and tells; timed refuses the same person for some minutes."
    )
    from_area: Identifier = Field(description="The area before the door.")
    to_area: Identifier = Field(description="The area behind it.")
    minutes: float | None = Field(None, gt=0, le=1440, description="For timed: how many minutes.")


class DoorSection(Section):
    """One door: the ways through it, and what it does without power, in a fire, and by the hour."""

    ways: tuple[Annotated[frozenset[Factor], Field(min_length=1)], ...] = Field(
        description="Alternatives, each a list of what must be shown; [] is for operators alone."
    )
    fail: Literal["safe", "secure"] = Field(
        description="What the lock does without power, as commissioned: safe unlocks, secure stays locked."
    )
    within_s: float = Field(10.0, ge=2, le=60, description="All that a way asks is shown within so long.")
    open_ms: int = Field(3000, ge=100, le=60_000, description="How long the lock is released.")
    anti_passback: AntiPassbackSection | None = Field(None, description="Areas that the door divides.")
    two_persons: Identifier | None = Field(
        None, description="Schedule in which two different people must show themselves."
    )
    unlocked: Identifier | None = Field(None, description="Schedule in which the door stays unlocked.")
    first_person: bool = Field(True, description="It unlocks by schedule only after the first person passed.")  # noqa: FBT003
    opens_on_fire: bool = Field(True, description="A fire contact unlocks it.")  # noqa: FBT003
    face_cameras: tuple[Identifier, ...] = Field((), description="Cameras whose faces ask to pass here.")
    liveness: frozenset[Liveness] = Field(
        frozenset({"second_factor"}),
        min_length=1,
        description="What proves a face alive: the terminal, a challenge on its display, another factor.",
    )
    entrance: str | None = Field(
        None, description="camera/zone that counts who goes through, to notice tailgating."
    )
    scanners: tuple[Identifier, ...] = Field((), description="QR scanners at this door.")
    readers: tuple[Identifier, ...] = Field(
        (), description="Readers without a door of their own whose cards and PINs count here."
    )


class LaneSection(Section):
    """One lane for vehicles: its plate cameras, its barrier, which way it leads, whom it admits."""

    name: str = Field(min_length=1, description="What guards call it.")
    place: str = Field(min_length=1, description="Where it is: printed in every alert.")
    cameras: tuple[Identifier, ...] = Field(min_length=1, description="Cameras that read its plates.")
    barrier: Identifier = Field(
        description="The barrier, or a door that raises an arm; two lanes may share one."
    )
    direction: Literal["in", "out"] = Field(description="Whether it leads in or out.")
    admits: tuple[Parking, ...] = Field(
        ("resident", "rented", "staff", "service"),
        description="Parking rights that open it by plate.",
    )
    free_exit: bool = Field(True, description="A lane that leads out lets every vehicle out.")  # noqa: FBT003
    schedule: Identifier | None = Field(None, description="When it opens by plate; always if absent.")
    presence: str | None = Field(
        None, description="board/contact that is closed while a vehicle waits or passes."
    )
    wheel_cameras: tuple[Identifier, ...] = Field((), description="Cameras that see the driver's face.")
    strange_driver_alert: bool = Field(
        False,  # noqa: FBT003
        description="Alert, and not only note, when a car leaves with none of its usual faces at the wheel.",
    )


class Access(Section):
    """Who may pass which door or lane, when, and with what. Without rights nobody may."""

    schedules: dict[Identifier, ScheduleSection] = Field(
        default_factory=dict, description="Hours, each schedule under its id."
    )
    holidays: tuple[DatesText, ...] = Field(
        (), description='Dates "2026-10-01", or spans "2026-10-01/2026-10-07", both days included.'
    )
    door_groups: dict[Identifier, DoorGroup] = Field(
        default_factory=dict, description="Groups of doors and lanes, each under its id."
    )
    rights: tuple[RightSection, ...] = Field((), description="Who may pass what, when.")
    doors: dict[Identifier, DoorSection] = Field(
        default_factory=dict,
        description="Doors under their devices' ids; one that is not written opens by card for 3 seconds.",
    )
    interlocks: tuple[tuple[Identifier, ...], ...] = Field(
        (), description="Lists of doors of which only one may stand open at a time."
    )
    lanes: dict[Identifier, LaneSection] = Field(
        default_factory=dict, description="Lanes for vehicles, each under its id."
    )
    fire: tuple[str, ...] = Field((), description="board/contact that is closed while there is fire.")
    lockdown_admits: frozenset[PersonKind] = Field(
        frozenset({"official"}), description="Kinds of people who may pass in a lockdown."
    )
    face_similarity: float = Field(
        0.5, ge=0.3, lt=1, description="Similarity from which a face may count as a factor."
    )
    face_frames: int = Field(3, ge=2, le=20, description="Frames that must agree on it.")
    overstay_hours: float = Field(72.0, gt=0, le=8784, description="Visitors' vehicles may stay so long.")
    capacity: int | None = Field(None, ge=1, le=100_000, description="Parking spaces inside.")
