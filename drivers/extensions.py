"""Drivers that other packages bring, by entry point (group `menwei.drivers`).

An entry point names a callable `(devices, settings, clocks) -> Driver`: the ids of the wire's devices, the
`settings` of the site file as they stand there, and both clocks. It raises Misconfigured for settings that it
cannot work with, and touches no wire before `probe` or `start`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, cast

from drivers.base import Driver, Misconfigured

GROUP = "menwei.drivers"


@dataclass(frozen=True, slots=True)
class Clocks:
    """Wall time may step; monotonic time is the one for deadlines. Both in seconds."""

    wall: Callable[[], float]
    mono: Callable[[], float]


Factory = Callable[[Sequence[str], Mapping[str, Any], Clocks], Driver]


def factory(name: str) -> Factory:
    """Return the driver that an installed package brings under `name`.

    Raises Misconfigured: no package brings it, or it cannot be imported.
    """
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise Misconfigured(
            "extension.missing", "no installed package brings the driver {driver}: install it", driver=name
        )
    try:
        return cast("Factory", next(iter(found)).load())
    except Exception as error:
        raise Misconfigured(
            "extension.broken",
            "the driver {driver} cannot be loaded ({detail}): reinstall its package",
            driver=name,
            detail=f"{type(error).__name__}: {error}",
        ) from error
