"""Giving a reader its own Secure Channel key, and proving that it holds it."""

from collections.abc import Callable
from pathlib import Path

from drivers.base import Denied, DeviceError, Identity, Misconfigured
from drivers.doors import osdp_commands
from drivers.doors.faults import fault
from drivers.doors.osdp_conversation import why
from drivers.doors.osdp_keys import new_key, read_key, write_key
from drivers.doors.osdp_panel import OsdpPanel, Outcome
from drivers.doors.osdp_port import OsdpPort, open_port
from drivers.doors.osdp_reports import identity
from drivers.doors.osdp_wiring import OsdpReaderWiring

_WAIT_S = 0.005
_SECURE_S = 6.0
# Finding that the new key is not known yet, falling back to the published one, setting, proving.
_INSTALL_S = 12.0


def install_key(
    port: str,
    baud: int,
    reader: OsdpReaderWiring,
    mono: Callable[[], float],
    *,
    replace: bool = False,
) -> Identity:
    """Give a reader a fresh random key and write it to `reader.key_file`; return who the reader is.

    A reader without a key must be in install mode, where it is spoken to with the published default key:
    do that on a wire nobody else listens to. With `replace` the key file's present key opens the channel.
    The new key lies in `KEY_FILE.new` until the reader has proven that it holds it, so that it is never
    lost. Raises one of the four families.
    """
    present = read_key(reader.id, reader.key_file) if replace else None
    if present is None and reader.key_file.exists():
        raise fault("door.key_exists", reader.id, str(reader.key_file))
    draft = reader.key_file.with_name(reader.key_file.name + ".new")
    wire = open_port(port, baud, reader.id, mono)
    try:
        known = _taken_before(wire, reader, draft, mono)
        if known is not None:
            _keep(reader, draft)
            return known
        key = new_key()
        write_key(reader.id, draft, key)
        if present is None:
            _install(wire, reader, key, mono)
        else:
            _change(wire, reader, present, key, mono)
        known = _prove(wire, reader, key, mono)
    finally:
        wire.close()
    _keep(reader, draft)
    return known


def _taken_before(
    wire: OsdpPort, reader: OsdpReaderWiring, draft: Path, mono: Callable[[], float]
) -> Identity | None:
    """Return who the reader is where it took the key of an earlier attempt that was cut short.

    Raises Transient where it is silent: its key must not be overwritten then.
    """
    if not draft.exists():
        return None
    try:
        return _prove(wire, reader, read_key(reader.id, draft), mono)
    except (Denied, Misconfigured):
        return None


def _install(wire: OsdpPort, reader: OsdpReaderWiring, key: bytes, mono: Callable[[], float]) -> None:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, key)], secure=False)
    if not _until(wire, panel, lambda: panel.secure(0), mono, _INSTALL_S):
        raise _refused(wire, reader)


def _change(
    wire: OsdpPort, reader: OsdpReaderWiring, present: bytes, key: bytes, mono: Callable[[], float]
) -> None:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, present)])
    if not _until(wire, panel, lambda: panel.secure(0), mono, _SECURE_S):
        raise why(reader, wire.heard(reader.address), None)
    panel.submit(0, osdp_commands.keyset(key), "keyset")
    outcomes: list[Outcome] = []

    def answered() -> bool:
        outcomes.extend(outcome for _, _, outcome in panel.done())
        return bool(outcomes)

    if not _until(wire, panel, answered, mono, _SECURE_S) or outcomes != ["confirmed"]:
        raise fault("door.keyset_refused", reader.id, f"OSDP {reader.address}")


def _prove(wire: OsdpPort, reader: OsdpReaderWiring, key: bytes, mono: Callable[[], float]) -> Identity:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, key)])
    began_s = mono()
    if not _until(wire, panel, lambda: panel.secure(0), mono, _SECURE_S):
        raise _refused(wire, reader)
    return identity(panel.identity(0), mono() - began_s)


def _refused(wire: OsdpPort, reader: OsdpReaderWiring) -> DeviceError:
    reason = why(reader, wire.heard(reader.address), None)
    if reason.key in ("door.wrong_key", "door.no_secure_channel"):
        return fault("door.keyset_refused", reader.id, f"OSDP {reader.address}")
    return reason


def _until(
    wire: OsdpPort,
    panel: OsdpPanel[str],
    reached: Callable[[], bool],
    mono: Callable[[], float],
    seconds: float,
) -> bool:
    until_s = mono() + seconds
    while not reached():
        if mono() >= until_s:
            return False
        wire.pump(_WAIT_S)
        panel.refresh()
    return True


def _keep(reader: OsdpReaderWiring, draft: Path) -> None:
    try:
        draft.replace(reader.key_file)
    except OSError as error:
        failure = fault("door.no_key", reader.id, f"{reader.key_file}: {error.strerror}")
    else:
        return
    raise failure
