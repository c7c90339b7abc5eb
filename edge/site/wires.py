"""What a site file may say of doors, fence, barrier, sirens, probes, patrol readers, scanners, PTZ cameras.

A wire is one cable, port or socket of the box, and its devices are written under it, each with an id that is
unique in the whole file. What no single value can show is judged by `edge.site.wire_rules`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from edge.site.sections import Identifier, Secret, Section

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400]


class Device(Section):
    """What every device has."""

    name: str = Field(min_length=1, description="What guards call it.")
    place: str = Field(min_length=1, description="Where it is: printed in every alert.")


class OsdpDoor(Section):
    """The door that an OSDP reader or controller guards."""

    contact_input: int | None = Field(
        0, ge=0, le=31, description="Input number of the door contact; null where none is wired."
    )
    contact_open_when_active: bool = Field(True, description="Whether the contact is active while open.")  # noqa: FBT003
    exit_input: int | None = Field(
        1, ge=0, le=31, description="Input number of the exit button; null where none is wired."
    )
    lock_output: int = Field(0, ge=0, le=31, description="Output number that releases the lock.")
    held_after_s: float = Field(30.0, ge=1, le=3600, description="Open for so long it counts as held open.")


class OsdpReader(Device):
    """One OSDP reader or door controller on the bus."""

    address: int = Field(ge=0, le=126, description="OSDP address.")
    key_file: Path = Field(description="Secure Channel key of this reader, made by `menwei osdp keyset`.")
    door: OsdpDoor | None = Field(
        default_factory=OsdpDoor, description="The door it guards; null for a reader without one."
    )
    patrol_point: bool = Field(False, description="Patrollers badge here: its cards are check-ins.")  # noqa: FBT003
    lost_after_s: float = Field(5.0, ge=2, le=60, description="Without a word for so long it is lost.")


class OsdpWire(Section):
    """OSDP readers on one RS-485 port."""

    kind: Literal["osdp"] = Field(description="OSDP (IEC 60839-11-5) with Secure Channel.")
    port: str = Field(min_length=1, description="Serial port, best under /dev/serial/by-id.")
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = Field(9600, description="Baud rate.")
    readers: dict[Identifier, OsdpReader] = Field(min_length=1, description="The readers, each under its id.")


class UhppoteDoor(Device):
    """One door of a UHPPOTE controller."""

    number: int = Field(ge=1, le=4, description="Which door of the controller.")
    held_after_s: float = Field(30.0, ge=1, le=3600, description="Open for so long it counts as held open.")


class UhppoteController(Device):
    """One UHPPOTE controller."""

    serial: int = Field(ge=1, lt=1 << 32, description="Serial number, as printed on the board.")
    host: str = Field(min_length=7, description="Its IPv4 address.")
    port: int = Field(60000, ge=1, le=65535, description="Its UDP port.")
    doors: dict[Identifier, UhppoteDoor] = Field(min_length=1, description="Its doors, each under its id.")
    poll_ms: int = Field(500, ge=200, le=10_000, description="How often its state is read.")
    lost_after_s: float = Field(5.0, ge=2, le=60, description="Without an answer for so long it is lost.")


class UhppoteWire(Section):
    """UHPPOTE controllers on the gate's own network."""

    kind: Literal["uhppote"] = Field(description="UHPPOTE door controllers over UDP.")
    listen_host: str = Field(description="This box's address on the gate's network, where events arrive.")
    listen_port: int = Field(60001, ge=1, le=65535, description="UDP port for events.")
    controllers: dict[Identifier, UhppoteController] = Field(
        min_length=1, description="The controllers, each under its id."
    )


class FenceZone(Section):
    """One zone of a fence host."""

    name: str = Field(min_length=1, description="Which stretch of the fence, as guards call it.")
    cameras: tuple[Identifier, ...] = Field((), description="Cameras that see it, the best first.")


class Fence(Device):
    """One fence host."""

    unit: int = Field(ge=1, le=247, description="Modbus address.")
    profile: str = Field(
        min_length=1,
        description="Register map: a shipped one by its name, or a file (*.yaml) beside the site file.",
    )
    zones: dict[str, FenceZone] = Field(
        min_length=1, description="The zones in use, under their names in the profile."
    )
    lost_after_s: float = Field(3.0, ge=1, le=60, description="Without an answer for so long it is lost.")


class RelayOutput(Section):
    """One relay of a board."""

    channel: int = Field(ge=0, le=31, description="Channel, counted from 0.")
    longest_ms: int = Field(
        60_000, ge=100, le=3_276_700, description="Longest pulse; the board itself ends it."
    )
    lasting: bool = Field(False, description="May be switched on until further notice: lights only.")  # noqa: FBT003


class RelayContact(Section):
    """One input of a board."""

    address: int = Field(ge=0, le=65535, description="Modbus address of the input.")
    function: Literal[1, 2] = Field(2, description="2 for discrete inputs, 1 for coils.")
    normally_closed: bool = Field(False, description="Whether it reads 0 when it happens.")  # noqa: FBT003
    name: str | None = Field(None, description="What guards call it; its key if absent.")


class RelayLock(Device):
    """A door's lock on a relay."""

    output: str = Field(description="The board's output that releases it.")
    door_contact: str | None = Field(
        None, description="The board's contact that is closed while the door is."
    )
    held_after_s: float = Field(30.0, ge=1, le=3600, description="Open for so long it counts as held open.")


class RelayBarrier(Device):
    """A barrier on two relays."""

    raise_output: str = Field(description="The board's output that raises the arm.")
    lower_output: str = Field(description="The board's output that lowers it.")
    guards: tuple[str, ...] = Field(
        (), description="Contacts closed while a car stands below; without one the arm is never lowered."
    )
    pulse_ms: int = Field(700, ge=100, le=10_000, description="How long a button press lasts.")
    travel_s: float = Field(6.0, ge=1, le=60, description="How long the arm takes.")


class RelaySounder(Device):
    """A siren, or a siren with its strobe."""

    outputs: tuple[str, ...] = Field(min_length=1, description="The board's outputs that sound and flash.")
    longest_s: float = Field(180.0, ge=1, le=900, description="Longest stretch of sound.")
    rest_s: float = Field(10.0, ge=0, le=600, description="Pause after a stretch.")


class RelayBoard(Device):
    """One relay board and what hangs on it."""

    unit: int = Field(ge=1, le=247, description="Modbus address.")
    outputs: dict[Identifier, RelayOutput] = Field(default_factory=dict, description="Its relays by name.")
    contacts: dict[Identifier, RelayContact] = Field(default_factory=dict, description="Its inputs by name.")
    locks: dict[Identifier, RelayLock] = Field(default_factory=dict, description="Locks on it.")
    barriers: dict[Identifier, RelayBarrier] = Field(default_factory=dict, description="Barriers on it.")
    sounders: dict[Identifier, RelaySounder] = Field(
        default_factory=dict, description="Sirens and strobes on it."
    )
    debounce_ms: int = Field(0, ge=0, le=5000, description="How long an input must hold to count.")
    lost_after_s: float = Field(3.0, ge=1, le=60, description="Without an answer for so long it is lost.")


class ModbusWire(Section):
    """Fence hosts and relay boards on one Modbus bus."""

    kind: Literal["modbus"] = Field(description="Modbus RTU on a serial port, or over a serial server.")
    port: str | None = Field(None, min_length=1, description="Serial port, best under /dev/serial/by-id.")
    host: str | None = Field(None, min_length=1, description="Serial server that passes RTU frames through.")
    tcp_port: int = Field(4196, ge=1, le=65535, description="The serial server's TCP port.")
    baud: Baud = Field(9600, description="Baud rate of the RS-485 wire.")
    parity: Literal["none", "even", "odd"] = Field("none", description="Parity.")
    stop_bits: Literal[1, 2] = Field(1, description="Stop bits.")
    answer_ms: int | None = Field(
        None, ge=20, le=5000, description="How long a station may think; the line's usual time if absent."
    )
    fences: dict[Identifier, Fence] = Field(default_factory=dict, description="Fence hosts on the bus.")
    relay_boards: dict[Identifier, RelayBoard] = Field(
        default_factory=dict, description="Relay boards on the bus."
    )


class Probe(Device):
    """One Wi-Fi probe."""

    sender: str | None = Field(
        None,
        min_length=1,
        description="What tells it from others on this wire: IP address, id in its posts, or topic.",
    )
    near_dbm: int = Field(-65, ge=-100, le=-20, description="Signal from which a device counts as near.")
    lost_after_s: float = Field(
        120.0, ge=5, le=3600, description="Silent for so long it is lost: longer than its quietest night."
    )


class ProbeSerialWire(Section):
    """A Wi-Fi probe that writes TZ00x lines on a serial port."""

    kind: Literal["probe-serial"] = Field(description="TZ00x text lines on a serial port.")
    port: str = Field(min_length=1, description="Serial port, best under /dev/serial/by-id.")
    baud: Baud = Field(115200, description="Baud rate.")
    probes: dict[Identifier, Probe] = Field(min_length=1, max_length=1, description="The probe under its id.")


class ProbeUdpWire(Section):
    """Wi-Fi probes that send TZ00x lines in UDP datagrams."""

    kind: Literal["probe-udp"] = Field(description="TZ00x text lines in UDP datagrams.")
    listen_host: str = Field(description="This box's address on the gate's network.")
    listen_port: int = Field(ge=1, le=65535, description="UDP port.")
    probes: dict[Identifier, Probe] = Field(min_length=1, description="The probes, each under its id.")


class ProbeMqttWire(Section):
    """Wi-Fi probes that publish JSON."""

    kind: Literal["probe-mqtt"] = Field(description="JSON posts over MQTT.")
    host: str = Field(min_length=1, description="The broker's host name or address.")
    port: int = Field(1883, ge=1, le=65535, description="The broker's TCP port.")
    topics: tuple[str, ...] = Field(min_length=1, description="Topics to listen to; + and # are fine.")
    username: str | None = Field(None, description="User name at the broker.")
    password: Secret | None = Field(None, description="Where the broker's password is kept.")
    tls: bool = Field(False, description="Encrypt and verify.")  # noqa: FBT003
    ca_file: Path | None = Field(None, description="Certificate authority of the broker.")
    probes: dict[Identifier, Probe] = Field(min_length=1, description="The probes, each under its id.")


class ProbeHttpWire(Section):
    """Wi-Fi probes that post JSON."""

    kind: Literal["probe-http"] = Field(description="JSON posts over HTTP.")
    listen_host: str = Field(description="This box's address on the gate's network.")
    listen_port: int = Field(ge=1, le=65535, description="TCP port.")
    token: Secret | None = Field(None, description="Where the token is kept that posts must carry.")
    probes: dict[Identifier, Probe] = Field(min_length=1, description="The probes, each under its id.")


class PatrolReader(Device):
    """A serial RFID reader at a patrol point."""

    format: Literal["id12", "line"] = Field("id12", description="What it sends for a tag.")
    reads: int = Field(1, ge=1, le=10, description="Reads that must agree; 2 for readers without checksum.")
    lost_after_s: float = Field(5.0, ge=1, le=60, description="Its port gone for so long it is lost.")


class PatrolWire(Section):
    """A patrol point's RFID reader on a serial port."""

    kind: Literal["patrol-serial"] = Field(description="RFID reader that writes tags on a serial port.")
    port: str = Field(min_length=1, description="Serial port, best under /dev/serial/by-id.")
    baud: Baud = Field(9600, description="Baud rate.")
    readers: dict[Identifier, PatrolReader] = Field(
        min_length=1, max_length=1, description="The reader under its id."
    )


class CodeScanner(Device):
    """A scanner of QR codes; the door that it opens names it under access.doors."""

    lost_after_s: float = Field(5.0, ge=1, le=60, description="Its port gone for so long it is lost.")


class QrWire(Section):
    """A QR scanner on a serial port."""

    kind: Literal["qr-serial"] = Field(description="QR scanner that writes each code as a line of text.")
    port: str = Field(min_length=1, description="Serial port, best under /dev/serial/by-id.")
    baud: Baud = Field(9600, description="Baud rate.")
    scanners: dict[Identifier, CodeScanner] = Field(
        min_length=1, max_length=1, description="The scanner under its id."
    )


class PtzPreset(Section):
    """One direction that a camera can be turned to."""

    name: str = Field(min_length=1, description="What guards call it.")
    preset: str = Field(min_length=1, description="Its token or name in the camera.")


class PtzCamera(Device):
    """One PTZ camera that is asked and turned by ONVIF."""

    host: str = Field(min_length=1, description="Its host name or address.")
    port: int = Field(80, ge=1, le=65535, description="TCP port of its ONVIF service.")
    username: str | None = Field(None, description="Its ONVIF user; cameras often keep these apart.")
    password: Secret | None = Field(None, description="Where that user's password is kept.")
    camera: Identifier | None = Field(None, description="The camera of this file whose picture it turns.")
    presets: dict[Identifier, PtzPreset] = Field(
        default_factory=dict, description="Directions it can be turned to, each under its id."
    )
    poll_s: float = Field(30.0, ge=1, le=3600, description="How often it is asked who it is.")
    lost_after_s: float = Field(
        60.0, ge=2, le=7200, description="Without an answer for so long it is lost: longer than poll_s."
    )


class OnvifWire(Section):
    """PTZ cameras on one network."""

    kind: Literal["onvif"] = Field(description="PTZ cameras, turned to their presets by ONVIF.")
    cameras: dict[Identifier, PtzCamera] = Field(min_length=1, description="The cameras, each under its id.")


class ExtensionWire(Section):
    """A wire whose driver another package brings (entry point group `menwei.drivers`)."""

    kind: Literal["extension"] = Field(description="A driver that another package brings.")
    driver: str = Field(min_length=1, description="Name of its entry point.")
    devices: dict[Identifier, Device] = Field(min_length=1, description="Its devices, each under its id.")
    settings: dict[str, Any] = Field(default_factory=dict, description="What the driver asks for.")


Wire = Annotated[
    OsdpWire
    | UhppoteWire
    | ModbusWire
    | ProbeSerialWire
    | ProbeUdpWire
    | ProbeMqttWire
    | ProbeHttpWire
    | PatrolWire
    | QrWire
    | OnvifWire
    | ExtensionWire,
    Field(discriminator="kind"),
]
