"""The MQTT topics between a gate box and the community server.

All lie under `{prefix}/{site}/`, with QoS 1 in both directions (MQTT 3.1.1, clean session):

| topic | who sends | what |
|---|---|---|
| `alerts` | box | CloudEvents 1.0 in JSON: `menwei.alert.raised` and `menwei.alert.updated` |
| `pictures` | box | CloudEvents 1.0 in JSON: `menwei.picture.kept`, the JPEG in `data_base64` |
| `status` | box, retained | `{"state": "online"}`, or `offline` and why: `stopped`, `lost` (last will) |
| `acknowledgements` | server | `{"ids": [...]}`; `{"ids": [], "resend": true}` asks for all that waits |

The box sends an event again until the server has acknowledged its id, after a connection or a time-out the
oldest first and alone until the server answers. `sequence` in an event counts within the site and the topic
without gaps. A server that must keep the order therefore leaves an event unacknowledged, and asks for a
resend, whenever the sequence before it is missing. An id may come twice; its content is then the same.
"""

from dataclasses import dataclass
from typing import Literal

Topic = Literal["alerts", "pictures", "status", "acknowledgements"]


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one site."""

    prefix: str
    site: str

    def of(self, topic: Topic) -> str:
        """Return the full name of a topic."""
        return f"{self.prefix}/{self.site}/{topic}"
