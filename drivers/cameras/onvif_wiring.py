"""Where a camera's ONVIF service is and who asks it."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import urlsplit

from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_names import printable

DEVICE_PATH = "/onvif/device_service"
_HOST = re.compile(r"[0-9A-Za-z.:_-]+")
_PATH = re.compile(r"/[!-~]*")
Scheme = Literal["http", "https"]
_DEFAULT_PORTS: dict[Scheme, int] = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class OnvifWiring:
    """One camera's ONVIF service. Without a user it is asked anonymously.

    A whole conversation, all its requests together, ends within `timeout_s`. A certificate is not checked:
    cameras sign their own, and the password itself never travels, only digests of it.
    """

    host: str
    port: int = 80
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    scheme: Scheme = "http"
    path: str = DEVICE_PATH
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what is no host. Raises Misconfigured."""
        if not _HOST.fullmatch(self.host) or (":" in self.host and not _is_ipv6(self.host)):
            raise fault("onvif.bad_address", _shown(self.host), "no host")

    @property
    def camera(self) -> str:
        """The name under which errors speak of it: host and port."""
        return f"{self._host}:{self.port}"

    def address(self, path: str | None = None) -> str:
        """Return the address of a service of this camera, its device service unless a path is given."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._host}{port}{self.path if path is None else path}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def wiring_at(
    where: str, username: str | None = None, password: str | None = None, timeout_s: float = 10.0
) -> OnvifWiring:
    """Return the wiring of `HOST`, `HOST:PORT` or `http://HOST:PORT/path`. Misconfigured: it is neither."""
    try:
        parts = urlsplit(where if "://" in where else f"http://{where}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise fault("onvif.bad_address", _shown(where), "it cannot be read") from None
    if "@" in parts.netloc:
        raise fault("onvif.password_in_address", host or "the camera", "@")
    scheme = next((known for known in _DEFAULT_PORTS if known == parts.scheme), None)
    if scheme is None or port == 0:
        raise fault("onvif.bad_address", _shown(where), "no http, no port")
    if not host:
        raise fault("onvif.bad_address", _shown(where), "no host")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if path in ("", "/"):
        path = DEVICE_PATH
    if not _PATH.fullmatch(path):
        raise fault("onvif.bad_address", _shown(where), "its path")
    return OnvifWiring(host, port or _DEFAULT_PORTS[scheme], username, password, scheme, path, timeout_s)


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _shown(where: str) -> str:
    # Whatever stands before an @ may be a password.
    return printable(where.rpartition("@")[2])
