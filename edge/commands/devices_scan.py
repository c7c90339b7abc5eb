"""`menwei devices scan`: the serial ports of this box, or who is on a bus or a network, ready to paste."""

import math
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
from rich.text import Text

from drivers.base import DeviceError
from drivers.doors import osdp_scan, uhppote_scan
from drivers.doors.osdp_scan import FoundReader
from drivers.fences import profile_files
from drivers.fences.profile import Profile
from drivers.fences.reading import reads
from drivers.listening.serial_ports import lasting_name, serial_ports, used_by
from drivers.modbus import scan as modbus_scan
from drivers.modbus.frames import Read
from drivers.modbus.recognising import RegisterMap
from drivers.modbus.scan import FoundStation
from drivers.modbus.wiring import Line, SerialLine, TcpLine
from edge import catalogue
from edge.commands import tables
from edge.commands.opening import site_option
from edge.commands.tables import Column
from edge.devices import snippets
from edge.devices.snippets import Ids
from edge.refusal import Refused
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.roster import roster
from edge.site.schema import Site

BAUDS = ("1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200", "230400")
_PARITY: Mapping[str, Literal["N", "E", "O"]] = {"none": "N", "even": "E", "odd": "O"}
_LISTEN_S = 3.0
# What a scan may take beyond what is expected where nobody answers.
_TIMES, _MORE_S = 1.5, 60.0
_BROKEN_OFF = 130

T = TypeVar("T")
Ended = DeviceError | KeyboardInterrupt | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options ask for; None where nothing was said."""

    bauds: tuple[int, ...]
    parity: str
    first: int | None
    last: int | None
    seconds: float | None
    answer_ms: int | None

    def units(self, usual: range) -> range:
        """Return from which to which unit is asked."""
        first = usual[0] if self.first is None else self.first
        return range(first, (max(usual[-1], first) if self.last is None else self.last) + 1)


@click.command("scan")
@click.option(
    "--modbus", "bus", metavar="PORT|HOST:PORT", help="Ask a Modbus bus, or one behind a serial server."
)
@click.option("--osdp", "osdp_port", metavar="PORT", help="Ask an OSDP bus.")
@click.option(
    "--uhppote",
    "interface",
    metavar="ADDRESS",
    help="Ask the network where this box has ADDRESS for controllers.",
)
@click.option("--baud", "bauds", multiple=True, type=click.Choice(BAUDS), help="May be given several times.")
@click.option("--parity", type=click.Choice(list(_PARITY)), default="none", show_default=True)
@click.option("--first", type=int, help="First address; 1 for Modbus, 0 for OSDP.")
@click.option("--last", type=int, help="Last address; 32 for Modbus, 15 for OSDP.")
@click.option("--seconds", type=click.FloatRange(0.5, 7200), help="The scan ends then at the latest.")
@click.option("--answer-ms", type=click.IntRange(20, 5000), help="How long to wait for each answer.")
@site_option
def command(
    bus: str | None,
    osdp_port: str | None,
    interface: str | None,
    bauds: tuple[str, ...],
    site_file: Path | None,
    **how: Any,
) -> None:
    """List the serial ports of this box, or find out who is on a bus, with lines for the site file.

    Only questions are sent. Stop `menwei run` before: two programs cannot share a bus.
    """
    asked = Asked(bauds=tuple(map(int, bauds)) or (9600,), **how)
    if sum(target is not None for target in (bus, osdp_port, interface)) > 1:
        raise Refused("scan.one_target", "choose one of --modbus, --osdp and --uhppote")
    site = _site(site_file)
    if bus is not None:
        _scan_modbus(_line(bus, asked.parity), asked, site)
    elif osdp_port is not None:
        _scan_osdp(lasting_name(osdp_port, serial_ports()), asked, site)
    elif interface is not None:
        _scan_uhppote(interface, asked, site)
    else:
        _list_ports(site)


def _list_ports(site: Site | None) -> None:
    ports = serial_ports()
    if not ports:
        _tell("scan.no_ports")
        sys.exit(1)
    wired = {} if site is None else dict(_ports_of(site))
    rows = [
        (port.name, port.device, port.maker, port.product, port.serial_number, used_by(port, wired) or "")
        for port in ports
    ]
    _print_table(("port", "device", "maker", "product", "serial", "wire"), rows)


def _scan_modbus(line: Line, asked: Asked, site: Site | None) -> None:
    answer_s = modbus_scan.ANSWER_S if asked.answer_ms is None else asked.answer_ms / 1000
    units = asked.units(modbus_scan.DEFAULT_UNITS)
    plan = modbus_scan.Plan(line, asked.bauds, units, answer_s=answer_s)
    plan = replace(plan, seconds=_at_most(asked, plan.expected_s()))
    _tell_plan(line.place, units, asked.bauds, plan.expected_s())
    profiles = {name: profile_files.load(name) for name in profile_files.shipped()}
    maps = {name: _map_of(profile) for name, profile in profiles.items()}
    calls = modbus_scan.scan(plan, maps, lambda at: _show(at.unit, at.baud, at.asked, at.of))
    found, ended = _gathered(calls)
    _print_table(("unit", "baud", "heard", "guess", "firmware"), map(_row_of_station, found))
    zones = {name: tuple(profile.zones) for name, profile in profiles.items()}
    _print_snippet(snippets.modbus(line, found, zones, _ids(site), _say))
    _end(found, ended, "scan.nobody_modbus")


def _scan_osdp(port: str, asked: Asked, site: Site | None) -> None:
    answer_s = osdp_scan.ANSWER_S if asked.answer_ms is None else asked.answer_ms / 1000
    addresses = asked.units(osdp_scan.DEFAULT_ADDRESSES)
    plan = osdp_scan.Plan(port, asked.bauds, addresses, answer_s=answer_s)
    plan = replace(plan, seconds=_at_most(asked, plan.expected_s()))
    _tell_plan(port, addresses, asked.bauds, plan.expected_s())
    calls = osdp_scan.find_readers(
        plan, time.monotonic, lambda at: _show(at.address, at.baud, at.asked, at.of)
    )
    found, ended = _gathered(calls)
    columns = ("unit", "baud", "heard", "maker", "model", "serial", "firmware", "secure")
    _print_table(columns, map(_row_of_reader, found))
    _print_snippet(snippets.osdp(port, found, _ids(site), _say))
    _end(found, ended, "scan.nobody_osdp")


def _scan_uhppote(address: str, asked: Asked, site: Site | None) -> None:
    seconds = _LISTEN_S if asked.seconds is None else asked.seconds
    _tell("scan.listening", to_stderr=True, address=address, seconds=f"{seconds:g}")
    ended = None
    scan = uhppote_scan.Scan((), 0)
    try:
        scan = uhppote_scan.find_controllers(address, seconds)
    except KeyboardInterrupt as interrupt:
        ended = interrupt
    rows = [(str(found.serial), found.host, str(found.port), found.firmware) for found in scan.controllers]
    _print_table(("serial", "host", "udp_port", "firmware"), rows)
    if scan.malformed:
        _tell("scan.no_answers", to_stderr=True, count=scan.malformed)
    _print_snippet(snippets.uhppote(address, scan.controllers, _ids(site), _say))
    _end(scan.controllers, ended, "scan.nobody_uhppote")


def _gathered(calls: Iterator[T]) -> tuple[list[T], Ended]:
    """Return what was found, and what broke it off if anything."""
    found: list[T] = []
    ended: Ended = None
    try:
        for one in calls:
            found.append(one)  # noqa: PERF402 - what is there already must outlive the error
    except (DeviceError, KeyboardInterrupt) as error:
        ended = error
    _show_nothing()
    return found, ended


def _end(found: Sequence[object], ended: Ended, nobody: str) -> None:
    """Say why there is no more, and leave with the exit code that tells it: 0 only for a whole scan.

    Raises the error that broke it off.
    """
    if isinstance(ended, KeyboardInterrupt):
        _tell("scan.broken_off", to_stderr=True)
        sys.exit(_BROKEN_OFF)
    if ended is not None:
        raise ended
    if not found:
        _tell(nobody)
        sys.exit(1)


def _line(where: str, parity: str) -> Line:
    """Return the serial port or the serial server that `where` names."""
    server = None if "/" in where else re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+)):(\d{1,5})", where)
    if server is None:
        return SerialLine(lasting_name(where, serial_ports()), parity=_PARITY[parity])
    if not 1 <= int(server[3]) <= 65535:
        raise Refused("scan.bad_port", "{port} is no TCP port: 1 to 65535", port=server[3])
    return TcpLine(server[1] or server[2], int(server[3]))


def _map_of(profile: Profile) -> RegisterMap:
    at = profile.firmware
    return RegisterMap(reads(profile), None if at is None else Read(at.function, at.address, 1))


def _at_most(asked: Asked, expected_s: float) -> float:
    return expected_s * _TIMES + _MORE_S if asked.seconds is None else asked.seconds


def _site(named: Path | None) -> Site | None:
    """Return the site, None where there is none; one that has errors must not keep anybody from scanning."""
    try:
        return load(locate(named, os.environ, Path.cwd()))
    except Refused:
        return None
    except SiteErrors as errors:
        if named is not None:
            raise
        _tell("scan.site_refused", to_stderr=True, file=errors.file)
        return None


def _ports_of(site: Site) -> Iterator[tuple[str, str]]:
    for name, wire in site.wires.items():
        port = getattr(wire, "port", None)
        if isinstance(port, str):
            yield name, port


def _ids(site: Site | None) -> Ids:
    return Ids(() if site is None else (*site.cameras, *site.wires, *roster(site.wires)))


def _row_of_station(found: FoundStation) -> tuple[str, ...]:
    kinds = [*found.guess.profiles]
    if found.guess.version and found.guess.coils:
        kinds.insert(0, _say("relay_board"))
    heard = _say(f"heard_{found.heard}")
    return str(found.unit), str(found.baud), heard, ", ".join(kinds), found.guess.version


def _row_of_reader(found: FoundReader) -> tuple[str, ...]:
    known = found.identity
    told = ("", "", "", "") if known is None else (known.maker, known.model, known.serial, known.firmware)
    secure = "" if found.secure_channel is None else _say("yes" if found.secure_channel else "no")
    return str(found.address), str(found.baud), _say(f"heard_{found.heard}"), *told, secure


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    told = [[Text(cell) for cell in row] for row in rows]
    if told:
        tables.show([Column(_say(f"column_{column}")) for column in columns], told)


def _print_snippet(lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            click.echo("\n# " + _say("paste"))
        click.echo(line)


def _tell_plan(place: str, units: range, bauds: Sequence[int], expected_s: float) -> None:
    rates = ", ".join(map(str, bauds))
    values = {"place": place, "first": units[0], "last": units[-1], "bauds": rates}
    _tell("scan.asking", to_stderr=True, seconds=math.ceil(expected_s), **values)


def _show(unit: int, baud: int, asked: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(
            "\r\x1b[K" + _say("progress", unit=unit, baud=baud, asked=asked, of=of), nl=False, err=True
        )


def _show_nothing() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def _say(name: str, **values: object) -> str:
    return catalogue.text(f"scan.{name}", catalogue.language_of(), **values)


def _tell(key: str, *, to_stderr: bool = False, **values: object) -> None:
    click.echo(catalogue.text(key, catalogue.language_of(), **values), err=to_stderr)
