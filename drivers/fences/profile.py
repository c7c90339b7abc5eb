"""What a fence host's register map may say: every key with its bounds and its description.

A profile maps zones to the places where a host (or the dry-contact module wired to its relays) keeps what it
knows. How to write one is told in drivers/fences/PROFILES.md and at the top of profiles/generic-16di.yaml.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from drivers.modbus.frames import LONGEST_PULSE_MS, Function
from drivers.said import ZoneState

ZoneMeaning = Literal["alarm", "open_wire", "short", "tamper", "low_voltage", "fault", "bypassed"]
HostMeaning = Literal["tamper", "fault", "mains_lost", "armed"]
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
Address = Annotated[int, Field(ge=0, le=0xFFFF)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Point(_Section):
    """One bit: a coil (1), a discrete input (2), or a bit of a holding (3) or an input register (4)."""

    function: Function = Field(description="1 coil, 2 discrete input, 3 holding register, 4 input register.")
    address: Address = Field(description="Address on the wire, from 0: 10001 in a manual is 0 here.")
    bit: int | None = Field(None, ge=0, le=15, description="Bit of a register, 0 is the lowest.")
    polarity: Literal["normally_open", "normally_closed"] = Field(
        "normally_open", description="normally_open: 1 means it is so; normally_closed: 0 means it is so."
    )

    @model_validator(mode="after")
    def _bit_where_registers(self) -> Self:
        if self.function in (3, 4) and self.bit is None:
            raise PydanticCustomError("bit_missing", "a register needs a bit")
        if self.function in (1, 2) and self.bit is not None:
            raise PydanticCustomError("bit_needless", "coils and inputs have no bits")
        return self


class ZoneMark(Point):
    """A bit that says something of a zone."""

    meaning: ZoneMeaning = Field(description="What the zone is when the bit says so.")


class HostMark(Point):
    """A bit that says something of the host. Its fault is every zone's fault."""

    meaning: HostMeaning = Field(description="What the host is when the bit says so.")


class Register(_Section):
    """A whole holding (3) or input register (4)."""

    function: Literal[3, 4] = Field(description="3 holding register, 4 input register.")
    address: Address = Field(description="Address on the wire, from 0.")


class States(Register):
    """A register that holds a zone's state as a number."""

    values: dict[int, ZoneState] = Field(
        min_length=1, description="What each number means; others are unknown."
    )


class Voltage(Register):
    """A register that holds a zone's fence voltage."""

    volts_per_count: float = Field(1.0, gt=0, le=10_000, description="Volts that one count stands for.")
    low_below_v: float | None = Field(
        None, gt=0, le=20_000, description="Below so many volts the zone has low voltage."
    )


class Firmware(Register):
    """A register that holds the firmware's version."""

    scale: float = Field(1.0, gt=0, le=1, description="0.01 makes 2.00 of 200.")


class Write(_Section):
    """An order to the host: set a coil (5) or a register (6), or let a coil pulse (5 with pulse_ms)."""

    function: Literal[5, 6] = Field(description="5 coil, 6 holding register.")
    address: Address = Field(description="Address on the wire, from 0; with pulse_ms the channel, from 0.")
    value: int = Field(1, ge=0, le=0xFFFF, description="For a coil 1 or 0, for a register any number.")
    pulse_ms: int | None = Field(
        None, ge=100, le=LONGEST_PULSE_MS, description="The board ends it after so long; in steps of 100 ms."
    )

    @model_validator(mode="after")
    def _coils_are_bits(self) -> Self:
        if self.function == 5 and self.value > 1:
            raise PydanticCustomError("coil_value", "a coil is 0 or 1")
        if self.function == 6 and self.pulse_ms is not None:
            raise PydanticCustomError("pulse_register", "only a coil can pulse")
        return self


class Zone(_Section):
    """Where one zone is read, and how it is bypassed."""

    marks: tuple[ZoneMark, ...] = Field((), description="Bits that say something of the zone.")
    states: States | None = Field(None, description="Register that holds the zone's state.")
    voltage: Voltage | None = Field(None, description="Register that holds the zone's voltage.")
    bypass: Write | None = Field(None, description="Order that takes the zone out.")
    restore: Write | None = Field(None, description="Order that takes it in again.")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if not self.marks and self.states is None:
            raise PydanticCustomError("zone_blind", "a zone needs marks or states")
        return self


class Profile(_Section):
    """The register map of one kind of fence host."""

    maker: str = Field(min_length=1, description="Who makes it.")
    model: str = Field(min_length=1, description="What it is called.")
    debounce_ms: int = Field(
        0, ge=0, le=5000, description="A change must last so long; two equal readings are asked for anyway."
    )
    zones: dict[ZoneName, Zone] = Field(min_length=1, description="The zones, each under its name.")
    host: tuple[HostMark, ...] = Field((), description="Bits that say something of the host itself.")
    arm: Write | None = Field(None, description="Order that arms the host.")
    disarm: Write | None = Field(None, description="Order that disarms it.")
    firmware: Firmware | None = Field(None, description="Register that holds the firmware's version.")
