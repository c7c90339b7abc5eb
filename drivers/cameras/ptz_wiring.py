"""How the PTZ cameras of one network are wired."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.base import DeviceError
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_wiring import OnvifWiring


@dataclass(frozen=True, slots=True)
class PtzWiring:
    """One camera: where it is, and its presets: their tokens or names in the camera under ids of our own.

    It is asked who it is every `poll_s`; without an answer for `lost_after_s` it counts as lost. `out` keeps
    it from being asked at all: a password that cannot be read.
    """

    id: str
    camera: OnvifWiring
    presets: Mapping[str, str] = field(default_factory=dict)
    poll_s: float = 30.0
    lost_after_s: float = 60.0
    out: DeviceError | None = None

    def __post_init__(self) -> None:
        """Refuse what would lose a camera that is there. Raises Misconfigured."""
        if self.lost_after_s <= self.poll_s:
            detail = f"lost_after_s {self.lost_after_s:g} <= poll_s {self.poll_s:g}"
            raise fault("onvif.lost_between_polls", self.id, detail)

    @property
    def answer_s(self) -> float:
        """How long a poll may take: whoever missed one is asked again before it counts as lost."""
        return min(self.camera.timeout_s, (self.lost_after_s - self.poll_s) / 2)

    def saved_as(self, preset: str) -> str:
        """Return what the camera knows a preset by; one that has no id here is the camera's own."""
        return self.presets.get(preset, preset)


@dataclass(frozen=True, slots=True)
class PtzNetworkWiring:
    """The cameras of one network."""

    cameras: tuple[PtzWiring, ...]

    def __post_init__(self) -> None:
        """Refuse one id or one address for two cameras. Raises Misconfigured."""
        ids = [camera.id for camera in self.cameras]
        addresses = [camera.camera.camera for camera in self.cameras]
        for camera in self.cameras:
            if ids.count(camera.id) > 1:
                raise fault("onvif.id_twice", camera.id, camera.camera.camera)
            if addresses.count(camera.camera.camera) > 1:
                raise fault("onvif.address_twice", camera.id, camera.camera.camera)
