"""PTZ cameras by ONVIF: asked who they are, and turned to the directions that were saved in them."""

import asyncio
from collections.abc import Callable

from drivers.base import DeviceHealth, Identity, Order, Tell
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_session import identify
from drivers.cameras.ptz_camera import PtzCamera, Turn
from drivers.cameras.ptz_wiring import PtzNetworkWiring, PtzWiring
from drivers.cameras.reconnecting import Patience

PATIENCE = Patience(cap_s=15.0, settled_s=0.0)


class PtzCameras:
    """A Driver and Turning for the PTZ cameras of one network: one thread each.

    Where the password is refused, neither a question nor an order goes out for `patience.denied_s`.
    """

    def __init__(
        self, wiring: PtzNetworkWiring, mono: Callable[[], float], patience: Patience = PATIENCE
    ) -> None:
        self.wiring = wiring
        self._mono = mono
        self._patience = patience
        self._wired = {camera.id: camera for camera in wiring.cameras}
        self._cameras: dict[str, PtzCamera] = {}
        self._started = False

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of the cameras."""
        return tuple(self._wired)

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence the camera counts as lost."""
        return self._wiring(device).lost_after_s

    def start(self, tell: Tell) -> None:
        """Begin to ask. Raises WrongState when called twice."""
        if self._started:
            raise fault("onvif.started", ", ".join(self.devices), "start")
        self._started = True
        for wired in self.wiring.cameras:
            camera = PtzCamera(wired, self._mono, tell, self._patience)
            self._cameras[wired.id] = camera
            camera.start()

    def stop(self) -> None:
        """End the conversations; an order under way is told unanswered."""
        for camera in self._cameras.values():
            camera.ask_to_stop()
        for camera in self._cameras.values():
            camera.join()

    def go_to_preset(self, device: str, preset: str, order: Order) -> None:
        """Turn to a preset of the wiring or of the camera itself; OrderDone follows. Never tried again."""
        self._wiring(device)
        camera = self._cameras.get(device)
        if camera is None or not camera.put(Turn(preset, order, self._mono())):
            raise fault("onvif.not_started", device, "order")

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each camera is."""
        return tuple(self._health_of(device) for device in self.devices)

    def probe(self, device: str) -> Identity:
        """Ask a camera who it is. Raises one of the four families."""
        if self._started:
            raise fault("onvif.started", device, "probe")
        wired = self._wiring(device)
        if wired.out is not None:
            raise wired.out
        return asyncio.run(identify(wired.camera))

    def _health_of(self, device: str) -> DeviceHealth:
        camera = self._cameras.get(device)
        if camera is not None:
            return camera.health()
        return DeviceHealth(device, online=False, last_word_age_s=None, words=0, malformed=0, reconnects=0)

    def _wiring(self, device: str) -> PtzWiring:
        wired = self._wired.get(device)
        if wired is None:
            raise fault("onvif.unknown_device", device, ", ".join(self.devices))
        return wired
