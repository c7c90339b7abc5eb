"""The serial ports of this box, under names that last, and whether another program holds one.

`/dev/ttyUSB0` is another adapter after the next restart; udev's links below /dev/serial name the adapter by
its serial number, or by the socket it is plugged into.
"""

import errno
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serial.tools.list_ports_linux import SysFS, comports

from drivers.base import DeviceError, Misconfigured, Transient

_ABSENT = "0"
_LONGEST_TEXT = 60

_SENTENCES: dict[str, str] = {
    "scan.no_such_port": "there is no serial port {port}: menwei devices scan lists those of this box",
    "scan.no_serial_port": "{port} is no serial port: menwei devices scan lists those of this box",
    "scan.port_denied": "the serial port {port} may not be opened: add the user to the group dialout",
    "scan.port_held": "{holder} uses the serial port {port}: stop that program first",
    "scan.port_busy": "another program uses the serial port {port}: stop that one first",
    "scan.port_gone": "the serial port {port} cannot be opened ({detail}): check the adapter and its cable",
}
_UNOPENED = {
    errno.ENOENT: "scan.no_such_port",
    errno.ENOTDIR: "scan.no_such_port",
    errno.EACCES: "scan.port_denied",
    errno.EPERM: "scan.port_denied",
    errno.EBUSY: "scan.port_busy",
    errno.EAGAIN: "scan.port_busy",
}


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One port. `name` is for the site file; maker, product and serial number are what the adapter claims."""

    name: str
    device: str
    maker: str = ""
    product: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where ports are looked for: the system's own places, and what describes one by its path."""

    dev: Path = Path("/dev")
    tty: Path = Path("/sys/class/tty")
    listed: Callable[[], Iterable[Any]] = comports
    described: Callable[[str], Any] = SysFS


def serial_ports(sources: Sources = Sources()) -> tuple[SerialPort, ...]:
    """Return the ports that are there, adapters and built-in ones, in the order of their devices."""
    infos = {info.device: info for info in sources.listed() if _is_wired(sources, info.device)}
    # pyserial passes over the built-in ports of most ARM boards.
    for device in _built_in(sources):
        infos.setdefault(device, sources.described(device))
    by_id, by_path = (_links(sources.dev / "serial" / kind) for kind in ("by-id", "by-path"))
    doubtful = {_adapter(info) for device, info in infos.items() if device not in by_id}
    ports = []
    for device, info in infos.items():
        # Adapters without numbers of their own fight for one name: nobody knows which of them has it.
        lasting = by_path if _adapter(info) in doubtful else by_id
        ports.append(_port(lasting.get(device, device), info))
    return tuple(sorted(ports, key=lambda port: _natural(port.device)))


def lasting_name(path: str, ports: Iterable[SerialPort]) -> str:
    """Return the name for the site file of the port at `path`, `path` itself where it is none of `ports`."""
    real = os.path.realpath(path)
    return next((port.name for port in ports if os.path.realpath(port.device) == real), path)


def used_by(port: SerialPort, wired: Mapping[str, str]) -> str | None:
    """Return the wire whose path leads to `port`; `wired` holds the paths by the wires' names."""
    real = os.path.realpath(port.device)
    return next((wire for wire, path in wired.items() if os.path.realpath(path) == real), None)


def require_free(path: str, proc: Path = Path("/proc")) -> None:
    """Raise Transient where another program holds the port, Misconfigured where it cannot be used at all.

    A program without a lock is only seen where this user may see what it has open.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _lock(path, descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        key = _UNOPENED.get(error.errno or 0, "scan.port_gone")
        detail = os.strerror(error.errno or errno.EIO)
    else:
        key, detail = "", ""
    holder = next(_holders(path, proc), None)
    if holder is not None:
        raise _refused("scan.port_held", port=path, holder=holder)
    if key:
        raise _refused(key, port=path, detail=detail)


def _lock(path: str, descriptor: int) -> None:
    if not os.isatty(descriptor):
        raise _refused("scan.no_serial_port", port=path)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _refused(key: str, **values: object) -> DeviceError:
    family = Transient if key in ("scan.port_held", "scan.port_busy", "scan.port_gone") else Misconfigured
    return family(key, _SENTENCES[key], **values)


def _holders(path: str, proc: Path) -> Iterator[str]:
    """Yield the programs that have the port open, as `name (number)`; this process is none of them."""
    real = os.path.realpath(path)
    for process in sorted((p for p in proc.iterdir() if p.name.isdecimal()), key=lambda p: int(p.name)):
        if process.name == str(os.getpid()):
            continue
        try:
            opened = [(fd, str(fd.readlink())) for fd in (process / "fd").iterdir()]
            if any(target == real for _, target in opened) and not _other_end(real, opened):
                yield f"{(process / 'comm').read_text().strip()} ({process.name})"
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            # Another user's, or it has just ended: then the lock alone decides.
            continue


def _other_end(real: str, opened: Iterable[tuple[Path, str]]) -> bool:
    """Say whether a process has the far end of a pseudo-terminal: whoever is there is no rival for it."""
    number = re.fullmatch(r"/dev/pts/(\d+)", real)
    if number is None:
        return False
    told = (
        (fd.parent.parent / "fdinfo" / fd.name).read_text()
        for fd, target in opened
        if target.endswith("/ptmx")
    )
    return any(re.search(rf"^tty-index:\s*{number[1]}$", info, re.MULTILINE) for info in told)


def _is_wired(sources: Sources, device: str) -> bool:
    """Say whether there is hardware behind a port: the kernel makes built-in ports that no board has."""
    kind = sources.tty / Path(device).name / "type"
    return not kind.is_file() or kind.read_text().strip() != _ABSENT


def _built_in(sources: Sources) -> Iterator[str]:
    for kind in sources.tty.glob("*/type"):
        device = sources.dev / kind.parent.name
        if kind.read_text().strip() != _ABSENT and device.exists():
            yield str(device)


def _links(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        return {}
    # Of several links to one port the same one is named every time.
    return {os.path.realpath(link): str(link) for link in sorted(folder.iterdir(), reverse=True)}


def _adapter(info: Any) -> tuple[object, ...] | None:
    return None if info.vid is None else (info.vid, info.pid, info.serial_number)


def _port(name: str, info: Any) -> SerialPort:
    return SerialPort(
        name, info.device, _text(info.manufacturer), _text(info.product), _text(info.serial_number)
    )


def _text(claimed: str | None) -> str:
    """Return what an adapter says of itself as one line that plays no tricks on a terminal."""
    shown = "".join(letter if letter.isprintable() else " " for letter in claimed or "")
    return " ".join(shown.split())[:_LONGEST_TEXT]


def _natural(device: str) -> tuple[object, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", device))
