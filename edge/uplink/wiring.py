"""How to reach the community server's broker, read out of the site file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.site.credentials import read_secret
from edge.site.schema import Site
from edge.uplink.topics import Topics


@dataclass(frozen=True, slots=True)
class Wiring:
    """The broker's address, its credentials and the site's topics. `password` never shows in a repr."""

    host: str
    port: int
    topics: Topics
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    resend_after_s: float = 10.0
    keepalive_s: int = 15


def wiring_of(site: Site, base_dir: Path, environment: Mapping[str, str]) -> Wiring:
    """Return the wiring. Raises what `read_secret` raises when the password cannot be read."""
    mqtt = site.uplink.mqtt
    password = read_secret(mqtt.password, base_dir, environment) if mqtt.password else None
    return Wiring(
        host=mqtt.host,
        port=mqtt.port,
        topics=Topics(mqtt.topic_prefix, site.site.id),
        username=mqtt.username,
        password=password,
        tls=mqtt.tls,
        ca_file=mqtt.ca_file and base_dir / mqtt.ca_file,
        resend_after_s=mqtt.resend_after_s,
    )
