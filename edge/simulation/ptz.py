"""Simulated PTZ cameras of a site file, on this machine's loopback."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from drivers.sim.onvif_camera import OnvifCamera
from edge.refusal import Refused
from edge.simulation.rig import Actions, Do, Presence, Word, always, loopback
from edge.simulation.verbs import Verb
from edge.site.credentials import read_secret
from edge.site.wires import OnvifWire, PtzCamera


class PtzRig:
    """Cameras, each at its own address, with the presets and the password that the site file names."""

    def __init__(
        self, name: str, wire: OnvifWire, environment: Mapping[str, str], wall: Callable[[], float]
    ) -> None:
        self._name = name
        self._wired = wire.cameras
        self._environment = environment
        self._wall = wall
        self._presence = {device: Presence() for device in wire.cameras}
        self._wrongly_keyed: set[str] = set()
        self._cameras: dict[str, OnvifCamera] = {}
        for camera in wire.cameras.values():
            loopback(camera.host)

    @property
    def ports(self) -> tuple[Path, ...]:
        """None: it takes addresses."""
        return ()

    @property
    def places(self) -> Mapping[str, str]:
        """The cameras' addresses."""
        return {device: f"http://{wired.host}:{wired.port}" for device, wired in self._wired.items()}

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the network and the cameras."""
        found = {device: self._camera(device) for device in self._wired}
        of_all = ("unplug", "plug", "stall", "resume")
        whole: Actions = {verb: partial(self._every, tuple(found.values())) for verb in of_all}
        return {self._name: whole, **found}

    def start(self) -> None:
        """Bring the cameras up. Refused: another program has a port, or a password cannot be read."""
        for device, wired in self._wired.items():
            camera = self._cameras[device] = self._made(device, wired)
            try:
                camera.start()
            except OSError as error:
                raise Refused(
                    "simulate.address_taken",
                    "{address} cannot be taken ({reason}): end what uses it, or change the site file",
                    address=camera.where,
                    reason=error.strerror,
                ) from None

    def stop(self) -> None:
        """Take the cameras away."""
        for camera in self._cameras.values():
            camera.stop()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return where the cameras point, and what is wrong with them."""
        return {device: tuple(self._words(device)) for device in self._wired}

    def _made(self, device: str, wired: PtzCamera) -> OnvifCamera:
        secret = wired.password
        return OnvifCamera(
            _serial(device),
            {at.preset: at.name for at in wired.presets.values()},
            wall=self._wall,
            username=wired.username,
            password=None if secret is None else read_secret(secret, Path("/"), self._environment),
            host=loopback(wired.host),
            port=wired.port,
        )

    def _words(self, device: str) -> list[Word]:
        words = list(self._presence[device].words())
        if device in self._wrongly_keyed:
            words.append(Word("simulate.word_wrong_key"))
        camera = self._cameras.get(device)
        if camera is not None and camera.position is not None:
            words.append(Word("onvif.word_points_at", {"preset": camera.presets[camera.position]}))
        return words

    def _every(self, cameras: tuple[Actions, ...], verb: Verb) -> Do:
        happening = [actions[verb.name](verb) for actions in cameras]

        def all_of_them() -> None:
            for do in happening:
                do()

        return all_of_them

    def _camera(self, device: str) -> Actions:
        return {
            "unplug": always(partial(self._pull, device, unplugged=True)),
            "plug": always(partial(self._pull, device, unplugged=False)),
            "stall": always(partial(self._stall, device, stalled=True)),
            "resume": always(partial(self._stall, device, stalled=False)),
            "wrong-key": always(partial(self._key, device, wrong=True)),
            "right-key": always(partial(self._key, device, wrong=False)),
            "restart": always(partial(self._restart, device)),
            "swap": always(partial(self._swap, device)),
        }

    def _pull(self, device: str, *, unplugged: bool) -> None:
        camera = self._cameras[device]
        if unplugged:
            camera.unplug()
        else:
            camera.plug()
        self._presence[device].unplugged = unplugged

    def _stall(self, device: str, *, stalled: bool) -> None:
        camera = self._cameras[device]
        if stalled:
            camera.stall()
        else:
            camera.resume()
        self._presence[device].stalled = stalled

    def _key(self, device: str, *, wrong: bool) -> None:
        camera = self._cameras[device]
        if wrong:
            camera.wrong_key()
            self._wrongly_keyed.add(device)
        else:
            camera.right_key()
            self._wrongly_keyed.discard(device)

    def _restart(self, device: str) -> None:
        self._cameras[device].restart()

    def _swap(self, device: str) -> None:
        camera, own = self._cameras[device], _serial(device)
        camera.swap(f"{own}-2" if camera.serial == own else own)


def _serial(device: str) -> str:
    return f"SIM-{device}"
