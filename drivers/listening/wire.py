"""What a wire is to a driver that only listens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as they came, and from whom: an IP address, a topic, or nothing on a serial line."""

    sender: str
    data: bytes = field(repr=False)


class Wire(Protocol):
    """Used by one thread. After an error it is closed, and opened anew when it is time."""

    @property
    def name(self) -> str:
        """What people call it: a port, an address; never a password."""
        ...

    def open(self) -> None:
        """Make it ready. Raises Transient, Denied or Misconfigured."""
        ...

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return what has come, after `timeout_s` at the latest. Raises like `open`."""
        ...

    def close(self) -> None:
        """Free it; may be called again, and before `open`."""
        ...
