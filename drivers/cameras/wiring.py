"""How one camera is wired: where its streams are and what opens them."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from drivers.base import Misconfigured


@dataclass(frozen=True, slots=True)
class CameraWiring:
    """One camera's streams.

    `source` is the stream to watch and `main_source` the larger one of the same view: `rtsp://` addresses
    without user or password, or paths. `loop` plays a file again and again. Without a fresh frame for
    `lost_after_s` the camera counts as lost. Raises Misconfigured for an address that holds a password:
    addresses are printed, passwords never.
    """

    id: str
    source: str
    main_source: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    loop: bool = False
    lost_after_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse an address that this driver cannot open or must not print."""
        for source in (self.source, self.main_source):
            if source is not None:
                self._refuse_unusable(source)

    def _refuse_unusable(self, source: str) -> None:
        if "://" not in source:
            return
        parts = urlsplit(source)
        if parts.username is not None or parts.password is not None:
            raise Misconfigured(
                "camera.password_in_address",
                "camera {camera}: the address of {detail} holds a user or password; "
                "write them under username and password",
                camera=self.id,
                detail=parts.hostname or "its stream",
            )
        if parts.scheme != "rtsp" or not parts.hostname:
            raise Misconfigured(
                "camera.unsupported_address",
                "camera {camera}: {detail} is neither rtsp://host/path nor a path",
                camera=self.id,
                detail=source,
            )

    def address(self, source: str) -> str:
        """Return what FFmpeg opens: the address with its credentials. Never print it."""
        if not is_stream(source) or self.username is None:
            return source
        credentials = f"{quote(self.username, safe='')}:{quote(self.password or '', safe='')}"
        return source.replace("rtsp://", f"rtsp://{credentials}@", 1)


def is_stream(source: str) -> bool:
    """Return whether `source` is a network stream, not a file."""
    return source.startswith("rtsp://")
