"""Simulated PTZ cameras and our driver before them."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.base import Order
from drivers.cameras.onvif_wiring import OnvifWiring
from drivers.cameras.ptz import PtzCameras
from drivers.cameras.ptz_wiring import PtzNetworkWiring, PtzWiring
from drivers.cameras.reconnecting import Patience
from drivers.sim.onvif_camera import OnvifCamera
from tests.drivers.ear import Ear

USER, PASSWORD = "menwei", "p@ss:w/rd 密码"
QUICK = Patience(first_s=0.1, cap_s=0.2, denied_s=0.5, misconfigured_s=0.2, settled_s=0.0)
PRESETS = {"lane": "1", "gate": "大门"}


@dataclass
class Gate:
    """The cameras by their ids, the driver, and what it told."""

    cameras: dict[str, OnvifCamera]
    driver: PtzCameras
    ear: Ear
    orders: int = 0

    def turn(self, device: str, preset: str, good_for_s: float = 20.0) -> str:
        """Give an order; return its id."""
        self.orders += 1
        order = Order(f"o{self.orders}", time.monotonic() + good_for_s)
        self.driver.go_to_preset(device, preset, order)
        return order.id

    def health(self, device: str):
        return next(h for h in self.driver.health() if h.device == device)


def simulated(name: str) -> OnvifCamera:
    return OnvifCamera(
        f"SN-{name}", {"1": "Lane", "2": "大门"}, wall=time.time, username=USER, password=PASSWORD
    )


def wired(name: str, camera: OnvifCamera, **how) -> PtzWiring:
    where = OnvifWiring(
        camera.wire.host,
        camera.wire.port,
        USER,
        how.pop("password", PASSWORD),
        timeout_s=how.pop("timeout_s", 10.0),
    )
    return PtzWiring(name, where, PRESETS, **({"poll_s": 0.3, "lost_after_s": 1.5} | how))


@contextlib.contextmanager
def gate(*names: str, patience: Patience = QUICK, start: bool = True, **how) -> Iterator[Gate]:
    """Yield cameras of these names that answer, and a driver that asks them."""
    cameras = {name: simulated(name) for name in names or ("dome",)}
    ear = Ear()
    driver = None
    try:
        for camera in cameras.values():
            camera.start()
        wirings = tuple(wired(name, camera, **how) for name, camera in cameras.items())
        driver = PtzCameras(PtzNetworkWiring(wirings), time.monotonic, patience)
        if start:
            driver.start(ear.tell)
        yield Gate(cameras, driver, ear)
    finally:
        if driver is not None:
            driver.stop()
        for camera in cameras.values():
            camera.stop()


def until(happened: Callable[[], bool], within_s: float = 30.0) -> bool:
    """Whether it happened in time."""
    end_s = time.monotonic() + within_s
    while not happened() and time.monotonic() < end_s:
        time.sleep(0.02)
    return happened()
