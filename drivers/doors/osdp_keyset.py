"""Giving a reader its own Secure Channel key, and proving that it holds it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.base import Denied, Identity, Misconfigured
from drivers.doors import osdp_commands
from drivers.doors.faults import fault
from drivers.doors.osdp_attempt import secure, until
from drivers.doors.osdp_keys import keep_key, new_key, read_key, write_key
from drivers.doors.osdp_panel import OsdpPanel, Outcome
from drivers.doors.osdp_port import OsdpPort, open_port
from drivers.doors.osdp_reports import identity
from drivers.doors.osdp_wiring import OsdpReaderWiring

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
    The new key lies in `KEY_FILE.new` from before it is sent until the reader has proven that it holds it;
    after an attempt that was cut short, the next one takes it from there. Where the reader certainly did
    not take it, nothing is left of it. Raises one of the four families.
    """
    present = read_key(reader.id, reader.key_file) if replace else None
    if present is None and reader.key_file.exists():
        raise fault("door.key_exists", reader.id, str(reader.key_file))
    draft = reader.key_file.with_name(reader.key_file.name + ".new")
    wire = open_port(port, baud, reader.id, mono)
    try:
        known = _taken_before(wire, reader, draft, mono) or _given(wire, reader, present, draft, mono)
    finally:
        wire.close()
    keep_key(reader.id, draft, reader.key_file)
    return known


def _taken_before(
    wire: OsdpPort, reader: OsdpReaderWiring, draft: Path, mono: Callable[[], float]
) -> Identity | None:
    """Return who the reader is where it took the key of an earlier attempt that was cut short.

    Raises Transient where that cannot be told, Misconfigured where the draft cannot be read: it may hold the
    only copy of the reader's key.
    """
    if not draft.exists():
        return None
    key = read_key(reader.id, draft)
    try:
        return _prove(wire, reader, key, mono)
    except Denied:
        return None


def _given(
    wire: OsdpPort,
    reader: OsdpReaderWiring,
    present: bytes | None,
    draft: Path,
    mono: Callable[[], float],
) -> Identity:
    key = new_key()
    write_key(reader.id, draft, key)
    try:
        if present is None:
            _install(wire, reader, key, mono)
        else:
            _change(wire, reader, present, key, mono)
        return _prove(wire, reader, key, mono)
    except (Denied, Misconfigured):
        # It answered, and not with this key.
        draft.unlink(missing_ok=True)
        raise


def _install(wire: OsdpPort, reader: OsdpReaderWiring, key: bytes, mono: Callable[[], float]) -> None:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, key)], secure=False)
    with _not_taken(reader):
        secure(wire, panel, reader, mono, _INSTALL_S)


def _change(
    wire: OsdpPort, reader: OsdpReaderWiring, present: bytes, key: bytes, mono: Callable[[], float]
) -> None:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, present)])
    secure(wire, panel, reader, mono, _SECURE_S)
    panel.submit(0, osdp_commands.keyset(key), "keyset")
    outcomes: list[Outcome] = []

    def answered() -> bool:
        outcomes.extend(outcome for _, _, outcome in panel.done())
        return bool(outcomes)

    until(wire, panel, answered, mono, _SECURE_S)


@contextmanager
def _not_taken(reader: OsdpReaderWiring) -> Iterator[None]:
    """Whoever answers with another key did not take the new one."""
    try:
        yield
    except Denied:
        refused = fault("door.keyset_refused", reader.id, f"OSDP {reader.address}")
    else:
        return
    raise refused


def _prove(wire: OsdpPort, reader: OsdpReaderWiring, key: bytes, mono: Callable[[], float]) -> Identity:
    panel: OsdpPanel[str] = OsdpPanel(wire, [(reader, key)])
    began_s = mono()
    with _not_taken(reader):
        secure(wire, panel, reader, mono, _SECURE_S)
    return identity(panel.identity(0), mono() - began_s)
