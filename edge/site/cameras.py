"""From a camera of the site file to the frozen wiring that its driver takes.

Apart from `edge.site.wirings`, so that a vision worker loads no driver but the camera's.
"""

from drivers.cameras.wiring import CameraWiring
from edge.site.schema import Camera


def wiring_of(name: str, camera: Camera, password: str | None) -> CameraWiring:
    """Return how a camera is wired. Raises Misconfigured for an address that cannot be opened."""
    return CameraWiring(
        id=name,
        source=camera.source,
        main_source=camera.main_source,
        username=camera.username,
        password=password,
        loop=camera.loop,
        lost_after_s=camera.lost_after_s,
    )
