"""One attempt to open a Secure Channel to one reader, for a probe or for a new key."""

from collections.abc import Callable

from drivers.doors.osdp_conversation import why
from drivers.doors.osdp_panel import OsdpPanel
from drivers.doors.osdp_port import OsdpPort
from drivers.doors.osdp_wiring import OsdpReaderWiring

_WAIT_S = 0.005


def until(
    port: OsdpPort,
    panel: OsdpPanel[str],
    reached: Callable[[], bool],
    mono: Callable[[], float],
    seconds: float,
) -> bool:
    """Let the panel work until something is reached, for so long at most; return whether it was.

    Raises Transient where the port is gone.
    """
    until_s = mono() + seconds
    while not reached():
        if mono() >= until_s:
            return False
        port.pump(_WAIT_S)
        panel.refresh()
    return True


def secure(
    port: OsdpPort,
    panel: OsdpPanel[str],
    wiring: OsdpReaderWiring,
    mono: Callable[[], float],
    seconds: float,
) -> None:
    """Wait until the panel's only reader is secure. Raises why it is not, one of the four families."""

    def decided() -> bool:
        return panel.secure(0) or panel.decided(0)

    began_s = mono()
    until(port, panel, decided, mono, seconds)
    if not panel.secure(0):
        raise why(wiring, port.heard(wiring.address), began_s)
